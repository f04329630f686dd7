"""The rows of previous purchases as texts, ready to be set: a page has fifty of them, and a template's filters take
longer over them than the database does to find them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from functools import cache
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from counterfoil.billing.models import DocumentKind
from counterfoil.rules.money import MINUS, format_grouped
from counterfoil.web.templatetags.shopui import METHODS, mail_badge, marked

NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Row:
    href: str
    number: str
    how: str
    day: str
    time: str
    who: str
    email: str
    mail: str
    taxable: str
    tax: str
    net: str
    payable: str


class Ledger:
    """What all rows of one page share."""

    def __init__(self, *, root: str, zone: tzinfo, year: int = 0, searched: Mapping[str, str] = NOTHING) -> None:
        """`searched`: what was looked for, by column; it is marked. Days of `year` are written without it."""
        self.root, self.zone, self.year, self.searched = root, zone, year, searched
        self.day, self.badge = cache(self._day), cache(mail_badge)
        self.methods = {name: str(text) for name, text in METHODS.items()}
        self.credit_note, self.walk_in, self.no_email = _("Credit note"), _("Walk-in"), _("no e-mail")

    def row(self, invoice: Any, methods: list[str], mail_state: str) -> Row:
        """Of a row of `history.queries.page_of_rows`."""
        at = invoice.issued_at.astimezone(self.zone)
        back = invoice.kind == DocumentKind.CREDIT_NOTE
        minus = MINUS if back else ""
        how = [self.methods[method] for method in methods]
        return Row(
            href=f"{self.root}{invoice.number}/",
            number=self._marked(invoice.number, "number"),
            how=" + ".join([self.credit_note, *how] if back else how),
            day=self.day(at.date()),
            time=f"{at:%H:%M}",
            who=self._marked(invoice.customer_name, "customer_name") or self.walk_in,
            email=self._email(invoice),
            mail=self.badge(mail_state),
            taxable=minus + format_grouped(invoice.taxable_paise),
            tax=minus + format_grouped(invoice.tax_paise),
            net=minus + format_grouped(invoice.net_paise),
            payable=minus + format_grouped(invoice.payable_paise),
        )

    def _marked(self, text: str, name: str) -> str:
        """Escaped, and with what was searched for marked: safe to be set as it is."""
        return marked(text, self.searched.get(name, ""))

    def _email(self, invoice: Any) -> str:
        if invoice.customer_email:
            return self._marked(invoice.customer_email, "customer_email")
        return self.no_email if invoice.customer_name else ""

    def _day(self, day: date) -> str:
        return date_format(day, "j M" if day.year == self.year else "j M Y")
