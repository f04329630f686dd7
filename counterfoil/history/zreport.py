"""A session's report as one plain dict, as `documents` prints it and the API answers it: amounts are strings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from counterfoil.history.session import Report
from counterfoil.history.suspects import Suspects
from counterfoil.people.models import User
from counterfoil.rules.change import format_notes, format_value
from counterfoil.rules.money import format_amount, format_rate
from counterfoil.shop.queries import Settings

NOTE_COLUMNS = ("opening", "received", "change", "refund", "cash_in", "cash_out", "safe_drop", "corrected", "expected")


def document(report: Report, *, shop: Settings, suspected: Sequence[Suspects] = ()) -> dict[str, Any]:
    session, zone = report.session, ZoneInfo(shop.time_zone)
    closed = session.closed_at is not None
    return {
        "kind": "z" if closed else "x",
        "number": report.number,
        "till": session.till.code,
        "till_name": session.till.name,
        "supplier": shop.identity,
        "currency": shop.currency,
        "opened_at": _at(session.opened_at, zone),
        "opened_by": name_of(session.opened_by),
        "closed_at": _at(session.closed_at, zone) if session.closed_at else None,
        "closed_by": name_of(session.closed_by),
        "until": _at(report.until, zone),
        "handed_from": name_of(session.handed_from.closed_by) if session.handed_from else "",
        "handed_to": next((name_of(after.opened_by) for after in session.handed_to.all()), ""),
        **_sales(report),
        "cash": [
            {
                "kind": deed.verb, "at": _at(deed.at, zone), "by": name_of(deed.user), "reason": deed.note,
                "amount": format_amount(sum(int(value) * count for value, count in deed.notes.items())),
                "notes": format_notes({int(value): count for value, count in deed.notes.items()}),
            }
            for deed in report.cash_moves
        ],
        **_drawer(report),
        "suspects": {
            format_value(each.value_paise): [touch.number or touch.kind for touch in each.first] for each in suspected
        },
    }  # fmt: skip


def _sales(report: Report) -> dict[str, Any]:
    figures = ("taxable", "tax", "net", "rounding", "payable", "refunded", "kept")
    return {
        "invoices": report.invoices,
        "credit_notes": report.credit_notes,
        "first_number": report.first_number,
        "last_number": report.last_number,
        **{name: format_amount(getattr(report, f"{name}_paise")) for name in figures},
        "methods": [
            {"method": method, "documents": count, "amount": format_amount(paise)}
            for method, (count, paise) in report.by_method.items()
        ],
        "taxes": [
            {"name": name, "rate": format_rate(ppm), "taxable": format_amount(taxable), "amount": format_amount(amount)}
            for name, ppm, taxable, amount in report.by_tax
        ],
    }


def _drawer(report: Report) -> dict[str, Any]:
    counted = report.counted_paise
    return {
        "notes": [
            {
                "value": format_value(row.value_paise),
                **{name: getattr(row, name) for name in NOTE_COLUMNS},
                "counted": row.counted,
                "variance": None if row.counted is None else row.variance,
            }
            for row in report.rows
        ],
        "expected_total": format_amount(report.expected_paise),
        "counted_total": None if counted is None else format_amount(counted),
        "variance_total": None if counted is None else format_amount(report.variance_paise),
        "variance": format_notes(report.variance),
        "opening_difference": None if report.opening_difference is None else format_notes(report.opening_difference),
    }


def name_of(user: User | None) -> str:
    return (user.first_name or user.get_username()) if user else ""


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")
