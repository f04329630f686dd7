"""The filters of previous purchases as the URL carries them: read once, for the list and its exports alike."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from counterfoil.billing.models import Invoice, Method
from counterfoil.history import queries
from counterfoil.rules.errors import FieldError, Invalid
from counterfoil.rules.money import parse_amount

TEXTS = ("customer_name", "customer_email", "number", "product", "till", "email_state", "method", "kind")
MORE = ("number", "product", "amount", "till", "method", "email_state", "kind")


class Filters:
    """`shown` is what was typed, `errors` what could not be read: {field: message}; such a filter is left out."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        names = (*TEXTS, "from", "to", "amount")
        self.shown = {name: str(given.get(name, "")).strip()[:200] for name in names}
        self.errors: dict[str, str] = {}
        self.wanted = self._read()

    @cached_property
    def query(self) -> str:
        """For links: what is filtered, without the page."""
        return self.with_()

    def with_(self, **changes: str) -> str:
        return urlencode({name: text for name, text in {**self.shown, **changes}.items() if text})

    def find(self) -> queries.Found:
        return queries.find(**self.wanted)

    def found(self) -> QuerySet[Invoice]:
        return self.find().invoices

    def _read(self) -> dict[str, Any]:
        """The arguments for history.queries.invoices. A number that is asked for is found among credit notes too."""
        wanted: dict[str, Any] = {name: self.shown[name] for name in TEXTS}
        wanted["kind"] = {"all": "", "": "" if wanted["number"] else "invoice"}.get(wanted["kind"], wanted["kind"])
        for name, allowed in (("email_state", queries.EMAIL_STATES), ("method", Method.values)):
            if wanted[name] and wanted[name] not in allowed:
                self.errors[name] = _("Choose one of the list.")
                wanted[name] = ""
        wanted["date_from"], wanted["date_to"] = self._day("from"), self._day("to")
        wanted["amount_paise"] = self._amount()
        return wanted

    def _day(self, name: str) -> date | None:
        try:
            return date.fromisoformat(self.shown[name]) if self.shown[name] else None
        except ValueError:
            self.errors[name] = _("Write a day like 2026-11-22.")
            return None

    def _amount(self) -> int | None:
        try:
            return parse_amount(self.shown["amount"]) if self.shown["amount"] else None
        except Invalid as refusal:
            self.errors["amount"] = refusal.detail
            return None

    def refusal(self) -> Invalid:
        errors = [FieldError(name, message) for name, message in self.errors.items()]
        return Invalid("; ".join(f"{error.field}: {error.message}" for error in errors), errors=errors)
