"""What a row of a customer file would do. Who is meant: the id, else the e-mail, else name and phone together."""

from collections import defaultdict
from typing import Any

from counterfoil.customers.models import Customer, email_key
from counterfoil.exchange.planning import CHANGE, CREATE, SAME, Cells, Verdict, read_fields, refused
from counterfoil.exchange.values import (
    read_address,
    read_cell,
    read_code,
    read_flag,
    read_gstin,
    read_mail,
    read_name,
    read_state_code,
)
from counterfoil.rules.errors import FieldError, Invalid
from counterfoil.rules.tax import STATES

SEEN = ("name", "email", "phone", "gstin", "state", "address", "enabled")
SHOWN_OF_NEW = ("email", "phone", "gstin", "state")
READERS = {
    "name": read_name, "email": read_mail, "phone": read_code, "gstin": read_gstin, "state": read_state_code,
    "address": read_address, "enabled": read_flag,
}  # fmt: skip
PHONE_DIGITS = 10  # the rest is a country's or a trunk's prefix

Key = tuple[str, str]


def show(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def key_of(name: str, phone: str) -> Key:
    """What makes two without an e-mail the same customer."""
    digits = "".join(letter for letter in phone if letter.isdecimal())
    return (" ".join(name.split()).casefold(), digits[-PHONE_DIGITS:])


class Customers:
    """The shop's customers as they are now, and the rows judged so far."""

    def __init__(self) -> None:
        self.held: dict[int, tuple[Any, ...]] = {}
        self.by_email: dict[str, int] = {}
        self.by_key: defaultdict[Key, list[int]] = defaultdict(list)
        for row in Customer.objects.order_by("id").values_list("id", *SEEN).iterator(5000):
            self.held[row[0]] = row
            if row[2]:
                self.by_email[email_key(row[2]) or ""] = row[0]
            self.by_key[key_of(row[1], row[3])].append(row[0])
        self.read: dict[object, int] = {}

    def judge(self, number: int, cells: Cells) -> Verdict:
        shown = str(cells.get("email")).strip() or str(cells.get("phone")).strip()
        shown_name = str(cells.get("name")).strip()
        given, wrong = read_fields(cells, READERS, {})
        try:
            if not wrong:
                if "name" not in given:
                    raise Invalid("Give a name.", field="name")
                customer_id = self._meant(read_cell(cells.get("id")), given)
                self._refuse_twice(number, customer_id, given)
                return self._judged(number, customer_id, given)
        except Invalid as refusal:
            wrong = list(refusal.errors) or [FieldError("", refusal.detail)]
        return refused(number, shown, shown_name, wrong)

    def _judged(self, number: int, customer_id: int | None, given: dict[str, Any]) -> Verdict:
        state = given.get("gstin", "")[:2]
        if state in STATES and "state" not in given:
            given["state"] = state
        if customer_id is None:
            which = given.get("email") or given.get("phone", "")
            shown = [(name, show(name, given[name])) for name in SHOWN_OF_NEW if name in given]
            return Verdict(number, CREATE, which[:40], given["name"], shown, given)
        seen = dict(zip(SEEN, self.held[customer_id][1:], strict=True))
        changes = {name: value for name, value in given.items() if value != seen[name]}
        which = seen["email"] or seen["phone"]
        if not changes:
            return Verdict(number, SAME, which[:40], seen["name"], [])
        details = [(name, show(name, seen[name]), show(name, value)) for name, value in changes.items()]
        return Verdict(number, CHANGE, which[:40], seen["name"], details, (customer_id, seen, changes))

    def _meant(self, own_id: str, given: dict[str, Any]) -> int | None:
        email = email_key(given.get("email", "")) or ""
        by_email = self.by_email.get(email) if email else None
        if own_id:
            return self._by_id(own_id, given, by_email)
        if by_email is not None:
            return by_email
        found = self.by_key.get(key_of(given["name"], given.get("phone", "")), [])
        if email:  # somebody known without an address; the name alone would be too little
            found = [each for each in found if not self.held[each][2] and given.get("phone")]
        if len(found) > 1:
            raise Invalid("Several customers have this name and phone: give the id or the e-mail.", field="name")
        return found[0] if found else None

    def _by_id(self, own_id: str, given: dict[str, Any], by_email: int | None) -> int:
        if not (own_id.isascii() and own_id.isdecimal() and len(own_id) < 19 and int(own_id) in self.held):
            raise Invalid(f"There is no customer {own_id[:40]}: leave the id empty to add one.", field="id")
        found = int(own_id)
        if by_email not in (None, found):
            raise Invalid(f"The customer {by_email} has this e-mail.", field="email")
        name, email, phone = self.held[found][1:4]
        same_person = (
            key_of(given["name"], "") == key_of(name, "")
            or (email and by_email == found)
            or (phone and key_of("", given.get("phone", "")) == key_of("", phone))
        )
        if not same_person:
            raise Invalid(
                f"Customer {found} is {name}, with another e-mail and phone. Is this file of another shop? Then leave "
                "the id empty.", field="id",
            )  # fmt: skip
        return found

    def _refuse_twice(self, number: int, customer_id: int | None, given: dict[str, Any]) -> None:
        email = email_key(given.get("email", ""))
        if email and (before := self.read.setdefault(email, number)) != number:
            raise Invalid(f"Row {before} has the same e-mail.", field="email")
        own: object = customer_id
        if own is None and not email:
            own = key_of(given["name"], given.get("phone", ""))
        if own is not None and (before := self.read.setdefault(own, number)) != number:
            raise Invalid(f"Row {before} is the same customer.", field="name")
