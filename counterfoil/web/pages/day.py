"""The front page: the day for the owner and the accountant, the counter for a cashier."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from counterfoil.delivery import queries as delivery
from counterfoil.delivery.models import State
from counterfoil.history import day as days
from counterfoil.history import heads, rollups
from counterfoil.people import access
from counterfoil.web import answers, charts
from counterfoil.web.access import allow

WIDTH = 360
MAILS = 99


@allow("look")
def home(request: HttpRequest) -> HttpResponse:
    if not access.may(request.user.role, "day"):  # type: ignore[union-attr]
        return redirect("counter")
    return day(request)


@allow("day")
def day(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    shown = _asked(request, today)
    now, time_zone = timezone.now(), request.shop.time_zone  # type: ignore[attr-defined]
    summary, tills, low = rollups.exact(
        lambda tail: (
            days.day_summary(day=shown, now=now, time_zone=time_zone), days.tills(day=shown), days.low_stock(day=shown)
        )
    )  # fmt: skip
    bars, rules = charts.bars(summary.hours)
    kept = sum(row["paise"] for row in summary.methods)
    context: dict[str, Any] = {
        "day": summary, "is_today": shown == today, "before": shown - timedelta(days=1),
        "after": shown + timedelta(days=1) if shown < today else None, "bars": bars, "rules": rules,
        "most": max(summary.hours, key=lambda each: each.paise),
        "usual_sum": sum(each.usual_paise for each in summary.hours),
        "methods": [_method(n, row, kept) for n, row in enumerate(summary.methods)], "kept_paise": kept,
        "chart_height": 50 * max(len(summary.methods), 1) - 10, "low": low, "tills": tills,
        "cash_paise": sum(row["cash_paise"] or 0 for row in tills), "mails": _undelivered(),
        "heads": heads.on(day=shown),
    }  # fmt: skip
    return answers.page(request, "web/day.html", context)


def _asked(request: HttpRequest, today: date) -> date:
    try:
        return min(date.fromisoformat(request.GET.get("day", "")), today)
    except ValueError:
        return today


def _method(n: int, row: dict[str, Any], whole: int) -> dict[str, Any]:
    top = 50 * n
    return {**row, "text_y": top + 14, "bar_y": top + 22, "width": charts.share(row["paise"], whole, WIDTH)}


def _undelivered() -> dict[str, Any]:
    """Failed and unknown ones, and those that are still on their way."""
    newest = delivery.not_sent().values_list("id", "state", "created_at", "last_error", "invoice__number", named=True)
    rows = list(newest[: MAILS + 1])
    order = {State.FAILED: 0, State.UNKNOWN: 1}
    rows.sort(key=lambda each: (order.get(State(each.state), 2), -each.id))
    return {"count": f"{MAILS}+" if len(rows) > MAILS else len(rows), "rows": rows[:5]}
