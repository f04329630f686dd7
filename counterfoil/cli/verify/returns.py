"""Checks of credit notes against what they take back: never more than was sold, and every figure, rounding included,
the mirror of the invoice's (invariants 3 and 4).

Every figure of a credit note is a difference of cumulative ones (`rules/returns.py`), so those of one invoice add up
to what giving all of it back at once would make, in whatever order they were issued.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import attrgetter, itemgetter
from typing import Any

from counterfoil.billing.record import LINE_DIGESTED, TAX_COLUMNS
from counterfoil.cli.verify.breach import RESTORE, Breach
from counterfoil.cli.verify.reading import Document, documents_by_id, rows
from counterfoil.rules.errors import Refusal
from counterfoil.rules.returns import Credit, Sold, SoldLine, give_back

ORIGINALS = 500  # looked at together
FIGURES = ("quantity_milli", "value_paise", "discount_paise", "bill_discount_paise", "taxable_paise", "tax_paise",
           "total_paise")  # fmt: skip
TAX_FIGURES = ("taxable_paise", "amount_paise")
TOTALS = ("discount_paise", "taxable_paise", "tax_paise", "net_paise", "rounding_paise", "payable_paise")
SOLD = ("position", *FIGURES, "tax_rate_bp")
COPIED = tuple(n for n in LINE_DIGESTED if n not in (*FIGURES, "position", "original_position"))
POLICY = ("payable_rounding", "payable_unit_paise")

_figures, _sold, _copied = (itemgetter(*map(LINE_DIGESTED.index, names)) for names in (FIGURES, SOLD, COPIED))
_position, _mirrors = (itemgetter(LINE_DIGESTED.index(name)) for name in ("position", "original_position"))
_head, _of_tax = (itemgetter(*map(TAX_COLUMNS.index, n)) for n in (("name", "rate_ppm"), TAX_FIGURES))
_totals, _policy = itemgetter(*TOTALS), itemgetter(*POLICY)
_line_figures, _tax_figures, _whole_totals = attrgetter(*FIGURES), attrgetter(*TAX_FIGURES), attrgetter(*TOTALS)


def check_returns() -> Iterator[Breach]:
    """All credit notes of an invoice together."""
    after = 0
    sql = "SELECT DISTINCT original_id FROM billing_invoice WHERE original_id > %s ORDER BY 1 LIMIT %s"
    while originals := [row[0] for row in rows(sql, [after, ORIGINALS])]:
        after = originals[-1]
        yield from _check(originals)


def _check(originals: Sequence[int]) -> Iterator[Breach]:
    marks = ", ".join(map(str, originals))
    taken_back = defaultdict(list)
    for note, original in rows(f"SELECT id, original_id FROM billing_invoice WHERE original_id IN ({marks})"):
        taken_back[original].append(note)
    found = documents_by_id([*originals, *(note for notes in taken_back.values() for note in notes)])
    for original, notes in taken_back.items():
        if original in found:  # what points to nothing is said elsewhere
            yield from _mirrored(found[original], [found[note] for note in notes])


def _mirrored(original: Document, notes: Sequence[Document]) -> Iterator[Breach]:
    names = ", ".join(note.number for note in notes)

    def breach(wrong: str) -> Breach:
        return Breach("returns", f"{original.number}, taken back by {names}", wrong, RESTORE)

    if original.header["kind"] != "invoice" or any(note.header["kind"] != "credit-note" for note in notes):
        yield breach("only a credit note takes back, and only an invoice")
        return
    sold = {_position(line): line for line in original.lines}
    for note in notes:
        if _policy(note.header) != _policy(original.header):
            yield breach(f"{note.number} is rounded otherwise")
        for line in note.lines:
            if _mirrors(line) not in sold or _copied(line) != _copied(sold[_mirrors(line)]):
                yield breach(f"line {_position(line)} of {note.number} is no line of it")
    try:
        whole = give_back(_as_sold(original), returned_milli={}, now_milli=_quantities(notes))
    except (Refusal, ArithmeticError, TypeError, ValueError) as error:
        yield breach(f"cannot be given back: {error}")
        return
    for what, said, made in _claims(notes, whole):
        if said != made:
            yield breach(f"{what} given back are {said}, the invoice makes {made}")


def _as_sold(original: Document) -> Sold:
    heads = tuple(dict.fromkeys(_head(row)[0] for row in original.taxes))
    payable, rounding, unit = (original.header[name] for name in ("payable_paise", *POLICY))
    lines = tuple(SoldLine(**dict(zip(SOLD, _sold(line), strict=True))) for line in original.lines)
    return Sold(lines, heads, payable, rounding, unit)


def _quantities(notes: Sequence[Document]) -> dict[int, int]:
    quantities: dict[int, int] = defaultdict(int)
    for note in notes:
        for line in note.lines:
            quantities[_mirrors(line)] += _figures(line)[0]
    return quantities


def _claims(notes: Sequence[Document], whole: Credit) -> Iterator[tuple[str, Any, Any]]:
    """(what, what the credit notes say together, what the invoice makes)"""
    lines, taxes = defaultdict(list), defaultdict(list)
    for note in notes:
        for line in note.lines:
            lines[_mirrors(line)].append(_figures(line))
        for tax in note.taxes:
            taxes[_head(tax)].append(_of_tax(tax))
    for back in whole.lines:
        yield f"the figures of line {back.position}", _added(lines[back.position]), _line_figures(back)
    made = {(head.name, head.rate_ppm): _tax_figures(head) for head in whole.taxes}
    yield "the taxes", {key: _added(each) for key, each in taxes.items()}, made
    yield "the totals", _added([_totals(note.header) for note in notes]), _whole_totals(whole)


def _added(rows: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*rows, strict=True)))
