"""Checks of what a document moved: the goods that its lines say, and the notes that were handed over and given back
(invariants 5 and 6)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from counterfoil.billing.record import LINE_DIGESTED, PAYMENT_COLUMNS
from counterfoil.cli.verify.breach import RESTORE, Breach
from counterfoil.cli.verify.known import Pass
from counterfoil.cli.verify.reading import Document, summed

LONGEST_WAIT = timedelta(minutes=2)  # of a sale for its till's lock
PRODUCT, QUANTITY = map(LINE_DIGESTED.index, ("product_id", "quantity_milli"))
METHOD, AMOUNT, NOTES = map(PAYMENT_COLUMNS.index, ("method", "amount_paise", "notes"))


def check_stock(document: Document, state: Pass) -> Iterator[Breach]:
    """Goods sold left the shelf, and goods returned came back, as much as the lines say."""
    sold = summed([(line[PRODUCT], line[QUANTITY]) for line in document.lines if line[PRODUCT] is not None])
    is_sale = document.header["kind"] == "invoice"
    allowed = {"sale"} if is_sale else {"returned", "written-off"}
    for product, _, reason in document.stock:
        if reason not in allowed:
            wrong = f"a stock movement of product {product} says {reason!r}"
            yield Breach("movements", document.number, wrong, RESTORE)
    moved = summed(
        [(p, -milli if is_sale else milli) for p, milli, reason in document.stock if reason != "written-off"]
    )
    if moved != sold:
        yield from _not_as_sold(document, state, sold, moved)
    off = summed([(p, -milli) for p, milli, reason in document.stock if reason == "written-off"])
    for product, milli in off.items():
        if milli != moved.get(product):
            yield Breach("movements", document.number, f"writes off {milli} of product {product}", RESTORE)


def _not_as_sold(
    document: Document, state: Pass, sold: Mapping[int, int], moved: Mapping[int, int]
) -> Iterator[Breach]:
    """Nothing moves where the product's stock was not tracked then."""
    is_sale = document.header["kind"] == "invoice"
    sold_at = document.header["issued_at"] if is_sale else document.original_issued_at
    for product in sorted(sold.keys() | moved.keys()):
        had, has = sold.get(product, 0), moved.get(product, 0)
        since = state.tracked_since.get(product)
        untracked_then = not has and (since is None or since > sold_at)
        if had != has and not untracked_then:
            wrong = f"its lines move {had} thousandths of product {product}, the stock movements {has}"
            yield Breach("movements", document.number, wrong, RESTORE)


def check_drawer(document: Document, state: Pass) -> Iterator[Breach]:
    """What a counted drawer took and gave is what the document says was handed over and given back."""
    header, till = document.header, document.till_id
    session, is_sale = header["session_id"], header["kind"] == "invoice"
    if session is not None and state.session_tills.get(session) != till:
        yield Breach("drawer", document.number, "belongs to another till's session", RESTORE)
    cash = [payment for payment in document.payments if payment[METHOD] == "cash"]
    right_kinds = ("received", "change") if is_sale else ("refund",)
    for moved_till, moved_session, kind, value_paise, _ in document.drawer:
        if moved_till != till or moved_session != session or kind not in right_kinds:
            yield Breach("drawer", document.number, f"a drawer movement ({kind}) is not of this sale", RESTORE)
        if value_paise not in state.denominations:
            wrong = f"a drawer movement ({kind}) is of {value_paise} paise, which is no note and no coin"
            yield Breach("drawer", document.number, wrong, RESTORE)
    if not document.drawer and not (cash and _was_counted(document, state)):
        return
    if is_sale:
        yield from _same_notes(document, "change", -1, _notes(header["change_notes"]))
        if all(payment[NOTES] for payment in cash):
            yield from _same_notes(document, "received", 1, _all_notes(cash))
        else:  # an amount without its notes: the drawer took notes that make it
            took = sum(paise * count for _, _, kind, paise, count in document.drawer if kind == "received")
            yield from _same_amount(document, took, sum(payment[AMOUNT] for payment in cash), state.denominations)
    else:
        yield from _same_notes(document, "refund", -1, _all_notes(cash))


def _was_counted(document: Document, state: Pass) -> bool:
    """A drawer once counted stays so. Numbers are given under the drawer's lock, so their order decides; by the clock,
    a sale may have waited for a count that began a little later."""
    first, since = state.counted_from.get(document.series_id), state.counted_since.get(document.till_id)
    by_order = first is not None and document.header["sequence"] > first
    return by_order or (since is not None and document.header["issued_at"] > since + LONGEST_WAIT)


def _same_notes(document: Document, kind: str, sign: int, said: dict[int, int]) -> Iterator[Breach]:
    moved = summed([(paise, sign * count) for _, _, k, paise, count in document.drawer if k == kind])
    if moved != said:
        wrong = f"the drawer's movements ({kind}) are {_shown(moved)}, the document says {_shown(said)}"
        yield Breach("drawer", document.number, wrong, RESTORE)


def _same_amount(
    document: Document, took_paise: int, paid_paise: int, denominations: Mapping[int, bool]
) -> Iterator[Breach]:
    """The same, but for what no note or coin of that time could make: less than the smallest one. Which they were is
    kept nowhere; those that nobody ever changed were among them."""
    always = [value_paise for value_paise, ever in denominations.items() if ever]
    smallest_paise = min(always) if always else max(denominations, default=1)
    if took_paise > paid_paise or paid_paise - took_paise >= smallest_paise:
        wrong = f"the drawer took {took_paise} paise, the document says {paid_paise}"
        yield Breach("drawer", document.number, wrong, RESTORE)


def _notes(notes: Any) -> dict[int, int]:
    try:
        return {int(value): count for value, count in notes.items() if count}
    except (AttributeError, TypeError, ValueError):
        return {}


def _all_notes(payments: Iterable[Any]) -> dict[int, int]:
    return summed([pair for payment in payments for pair in _notes(payment[NOTES]).items()])


def _shown(notes: Mapping[int, int]) -> str:
    return ", ".join(f"{count} × {paise / 100:g}" for paise, count in sorted(notes.items(), reverse=True)) or "nothing"
