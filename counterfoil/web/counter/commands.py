"""What can be done to a bill: one function for each verb, called under the draft's lock. `post.js` sends them.

A verb changes the bill and says what happened; it prices nothing itself but what is left to pay.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from counterfoil.billing import drafts
from counterfoil.billing.models import Draft
from counterfoil.catalog import queries as catalog
from counterfoil.catalog.models import Product
from counterfoil.checkout.sale import CustomerIn, read
from counterfoil.people.access import may
from counterfoil.rules.change import format_notes, make_change, parse_notes
from counterfoil.rules.errors import Invalid
from counterfoil.rules.money import format_quantity, parse_amount
from counterfoil.till import queries as tills
from counterfoil.web.counter import find
from counterfoil.web.counter.bill import Bill, split_times
from counterfoil.web.counter.desk import Desk
from counterfoil.web.templatetags.shopui import money

LONGEST_TEXT = 200


@dataclass
class Done:
    """What a verb has to say. `line`: the one to mark; None leaves it. `stop`: what the page has to ask first."""

    said: str = ""
    more: str = ""
    line: int | None = None
    view: str = ""
    added: bool = False
    stop: dict[str, Any] = field(default_factory=dict)
    leave: bool = False  # the draft is no longer the one on the screen


@dataclass
class Work:
    desk: Desk
    draft: Draft
    bill: Bill
    data: Mapping[str, Any]

    def text(self, name: str, longest: int = LONGEST_TEXT) -> str:
        value = self.data.get(name, "")
        if not isinstance(value, str) or len(value) > longest or "\0" in value:
            raise Invalid(_("That is no text the counter can use."), field=name)
        return value.strip()

    def line(self) -> int:
        index = self.data.get("line")
        self.bill.line(index)
        assert isinstance(index, int)
        return index


def scan(work: Work) -> Done:
    """A code, a barcode or a name, maybe with `3*` before it."""
    milli, code = split_times(work.text("text"))
    if not code:
        return Done(_("Scan or type a product."))
    found = find.scanned(code, work.desk.now)
    if found:
        return _add(work, found, milli)
    matches = find.by_name(code)
    if matches:
        return Done(
            _("No such code: choose from the list."), stop={"matches": matches, "times": _times(milli), "text": code}
        )
    raise_unknown = {
        "unknown": code,
        "title": _("Nothing is called “%(code)s”") % {"code": code},
        "text": _("No barcode, code or name is like it. Nothing was added."),
        "may_add": may(work.desk.user.role, "masters"),
    }
    return Done(_("Not found: %(code)s") % {"code": code}, stop=raise_unknown)


def add(work: Work) -> Done:
    """A product chosen from a list or the grid, by its code."""
    times = work.text("times") or "1"
    product = catalog.product(code=work.text("code"), day=find.day(work.desk.now))
    return _add(work, product, split_times(f"{times}*{product.code}")[0])


def _add(work: Work, product: Product, milli: int) -> Done:
    if not product.enabled:
        title = _("%(name)s is disabled") % {"name": product.name}
        stop = {
            "unknown": product.code,
            "title": title,
            "text": _("It is not sold at present. Nothing was added."),
            "may_add": False,
        }
        return Done(title, stop=stop)
    line = work.bill.add(product.code, milli)
    return Done(product.name, line=line, added=True)


def quantity(work: Work) -> Done:
    line = work.line()
    text = work.text("text")
    if text:
        work.bill.set_quantity(line, text)
    else:
        work.bill.step(line, 1 if work.data.get("step") == 1 else -1)
    return Done(line=line, said=_name(work, line), more=_("Quantity %(n)s") % {"n": work.bill.line(line)["quantity"]})


def remove(work: Work) -> Done:
    line = work.line()
    name = _name(work, line)
    taken = work.bill.remove(line)
    drafts.note_removed(work.draft, line=taken, name=name, now=work.desk.now)
    return Done(line=min(line, len(work.bill.lines) - 1), said=name, more=_("Removed. Ctrl+Z brings it back"))


def clear(work: Work) -> Done:
    for taken in work.bill.clear():
        drafts.note_removed(work.draft, line=taken, name=str(taken.get("name", "")), now=work.desk.now)
    work.bill.forget_tender()
    return Done(line=-1, said=_("All lines removed"), more=_("Ctrl+Z brings them back"), view="lines")


def undo(work: Work) -> Done:
    return Done(line=work.bill.undo(), said=_("Undone"), view="lines")


def discount(work: Work) -> Done:
    """On a line, or (no line) on the bill; amount or per cent, empty takes it back."""
    text = work.text("text")
    if work.data.get("line") is None:
        work.bill.discount_bill(text)
        return Done(_("Bill discount %(text)s") % {"text": text} if text else _("No bill discount"))
    line = work.line()
    work.bill.discount_line(line, text)
    return Done(
        _name(work, line), line=line, more=_("Discount %(text)s") % {"text": text} if text else _("No discount")
    )


def customer(work: Work) -> Done:
    """Who buys; all empty is a walk-in. One whom the master does not know is created with the sale."""
    given: dict[str, Any] = {n: work.text(n) for n in ("name", "email", "phone") if work.text(n)}
    if isinstance(work.data.get("id"), int):
        given["id"] = work.data["id"]
    if not given:
        work.bill.sale.pop("customer", None)
        return Done(_("Walk-in"))
    read(CustomerIn, given)
    work.bill.sale["customer"] = given
    return Done(
        given.get("name") or given.get("email") or given.get("phone") or _("Customer"), more=_("is the customer")
    )


def again(work: Work) -> Done:
    """What the customer bought the last time, once more: at today's prices, without its discounts."""
    customer_id = work.data.get("id")
    bill = drafts.last_bill_of(customer_id=customer_id) if isinstance(customer_id, int) else None
    if bill is None:
        raise Invalid(_("There is no earlier bill of this customer."))
    lines = [
        {"product": row.code, "quantity": format_quantity(row.quantity_milli).removesuffix(".000")}
        for row in bill.lines.all()
        if row.product_id
    ]
    work.bill.add_all(lines)
    return Done(
        _("Same again"),
        more=_("%(n)s lines of %(number)s added") % {"n": len(lines), "number": bill.number},
        line=len(work.bill.lines) - 1,
        view="lines",
    )


def view(work: Work) -> Done:
    wanted = "tender" if work.data.get("view") == "tender" and work.bill.lines else "lines"
    return Done(view=wanted, said="" if work.bill.lines else _("Scan something first."))


# ---- Tender ---------------------------------------------------------------------------------------------------------


def note(work: Work) -> Done:
    """One note more (or, `step` −1, less). Any denomination of the master, enabled or not, may be received."""
    value = work.text("value", 20)
    held = parse_notes({value: 1}, field="value", denominations=tills.known_values())
    (face,) = format_notes(held)
    work.bill.give(face, -1 if work.data.get("step") == -1 else 1)
    return Done(view="tender")


def pay(work: Work) -> Done:
    """`exact` cash, or an amount by cash, card or UPI; without an amount: what is left to pay."""
    method = work.text("method", 10)
    if method not in ("cash", "card", "upi", "account"):
        raise Invalid(_("Choose cash, card or UPI."), field="method")
    typed = work.text("amount", 20)
    work.bill.unpay(method)
    amount_paise = parse_amount(typed, field="amount") if typed else left_paise(work.desk, work.bill)
    work.bill.pay(method, amount_paise, work.text("reference", 80))
    return Done(view="tender", said="" if amount_paise else _("Nothing is left to pay."))


def unpay(work: Work) -> Done:
    work.bill.unpay(work.text("method", 10))
    return Done(view="tender")


def without(work: Work) -> Done:
    """No such note in the drawer: the change is solved again without it."""
    value = parse_notes({work.text("value", 20): 1}, field="value", denominations=tills.known_values())
    (face,) = format_notes(value)
    work.bill.leave_out(face)
    return Done(view="tender")


def ask(work: Work) -> Done:
    """The customer gives the amount that makes exact change possible: in the notes that make it."""
    wanted = _asked(work)
    notes = make_change(parse_amount(wanted["amount"]), denominations=tills.enabled_values(), notes=None) or {}
    for face, count in format_notes(notes).items():
        work.bill.give(face, count)
    return Done(view="tender", said=_("%(amount)s more received") % {"amount": money(wanted["amount"])})


def waive(work: Work) -> Done:
    """The same amount let go in the customer's favour; checkout refuses it above the owner's limit."""
    work.bill.waive(_asked(work)["amount"])
    return Done(view="tender", said=_("Rounded in the customer's favour"))


def _asked(work: Work) -> dict[str, Any]:
    priced = work.desk.price(work.bill) or {"problems": []}
    for problem in priced["problems"]:
        if problem["code"] == "change-unavailable" and problem["ask_for"]:
            found: dict[str, Any] = problem["ask_for"]
            return found
    raise Invalid(_("The change can be given: nothing needs to be asked for."))


def left_paise(desk: Desk, bill: Bill) -> int:
    priced = desk.price(bill)
    if priced is None:
        raise Invalid(_("Scan something first."))
    return max(parse_amount(priced["rounded_payable"]) - parse_amount(priced["paid"]), 0)


# ---- Hold and recall ------------------------------------------------------------------------------------------------


def hold(work: Work) -> Done:
    if not work.bill.lines:
        raise Invalid(_("There is nothing to hold: the bill is empty."))
    name = work.text("name", drafts.NAME_AT_MOST) or str((work.bill.sale.get("customer") or {}).get("name", ""))[:60]
    drafts.hold(work.draft, name=name, now=work.desk.now)
    return Done(_("On hold"), more=name or _("without a name"), leave=True, line=-1)


def recall(work: Work) -> Done:
    """The open bill, if it has anything on it, goes on hold in exchange."""
    wanted, now = work.text("id", 40), work.desk.now
    if work.bill.lines:
        drafts.hold(work.draft, name=work.draft.name, now=now)
    else:
        work.draft.delete()
    found = drafts.recall(draft_id=wanted, user_id=work.desk.user.pk, till=work.desk.till, now=now)
    return Done(_("Recalled"), more=found.name, leave=True)


def discard(work: Work) -> Done:
    drafts.discard(draft_id=work.text("id", 40), now=work.desk.now)
    return Done(_("The held bill is removed"))


VERBS: dict[str, Callable[[Work], Done]] = {
    verb.__name__: verb
    for verb in (
        scan,
        add,
        quantity,
        remove,
        clear,
        undo,
        discount,
        customer,
        again,
        view,
        note,
        pay,
        unpay,
        without,
        ask,
        waive,
        hold,
        recall,
        discard,
    )
}
BY_LINE = frozenset({"quantity", "remove", "discount"})  # these need the page to have seen the bill as it is


def _name(work: Work, index: int) -> str:
    line = work.bill.line(index)
    code = line.get("product", "")
    found = Product.objects.filter(code=code).values_list("name", flat=True).first() if code else None
    return found or str(line.get("name") or code)


def _times(milli: int) -> str:
    return format_quantity(milli).removesuffix(".000")
