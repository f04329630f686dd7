"""The rows of previous purchases as texts, ready to be set: a page has fifty of them, and a template's filters take
longer over them than the database does to find them."""

from dataclasses import dataclass
from datetime import date, tzinfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from counterfoil.billing.models import DocumentKind, Invoice
from counterfoil.rules.money import MINUS, format_grouped
from counterfoil.web.templatetags.shopui import METHODS, mail_badge, marked


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

    def __init__(self, *, root: str, zone: tzinfo, today: date, searched: dict[str, str]) -> None:
        self.root, self.zone, self.today, self.searched = root, zone, today, searched
        self.days: dict[date, str] = {}
        self.badges: dict[str, str] = {}
        self.methods = {name: str(text) for name, text in METHODS.items()}

    def row(self, invoice: Invoice, mail_state: str) -> Row:
        at = invoice.issued_at.astimezone(self.zone)
        back = invoice.kind == DocumentKind.CREDIT_NOTE
        minus = MINUS if back else ""
        how = [self.methods[payment.method] for payment in invoice.payments.all()]
        return Row(
            href=f"{self.root}{invoice.number}/",
            number=self._marked(invoice.number, "number"),
            how=" + ".join([_("Credit note"), *how] if back else how),
            day=self._day(at.date()),
            time=f"{at:%H:%M}",
            who=self._marked(invoice.customer_name, "customer_name") or _("Walk-in"),
            email=self._email(invoice),
            mail=self._badge(mail_state),
            taxable=minus + format_grouped(invoice.taxable_paise),
            tax=minus + format_grouped(invoice.tax_paise),
            net=minus + format_grouped(invoice.net_paise),
            payable=minus + format_grouped(invoice.payable_paise),
        )

    def _marked(self, text: str, name: str) -> str:
        """Escaped, and with what was searched for marked: safe to be set as it is."""
        return marked(text, self.searched.get(name, ""))

    def _email(self, invoice: Invoice) -> str:
        if invoice.customer_email:
            return self._marked(invoice.customer_email, "customer_email")
        return _("no e-mail") if invoice.customer_name else ""

    def _day(self, day: date) -> str:
        if day not in self.days:
            self.days[day] = date_format(day, "j M" if day.year == self.today.year else "j M Y")
        return self.days[day]

    def _badge(self, state: str) -> str:
        if state not in self.badges:
            self.badges[state] = mail_badge(state)
        return self.badges[state]
