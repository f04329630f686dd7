"""Checks of issued documents, in one pass over all of them: numbers, the chain of digests and sums (invariants 1 to 4
and 8). What each moved is in `moves`."""

from collections.abc import Iterator
from hashlib import sha256
from operator import itemgetter
from typing import Any

from pydantic_core import to_json

from counterfoil.billing.record import LINE_DIGESTED, PAYMENT_COLUMNS, TAX_COLUMNS, content
from counterfoil.cli.verify.breach import ASK, RESTORE, Breach
from counterfoil.cli.verify.known import Pass, Series
from counterfoil.cli.verify.moves import check_drawer, check_stock
from counterfoil.cli.verify.reading import Document, Portion, before, documents, rows
from counterfoil.rules.digest import digest
from counterfoil.rules.errors import Invalid
from counterfoil.rules.numbering import document_number, financial_year
from counterfoil.rules.pricing import PPM_PER_BP

LINE_FIGURES = itemgetter(*map(LINE_DIGESTED.index, ("taxable_paise", "tax_paise", "total_paise")))
LINE_TAXED = itemgetter(*map(LINE_DIGESTED.index, ("tax_rate_bp", "taxable_paise", "tax_paise")))
NOTHING = (0, 0, 0)
TAX_HEAD, TAX_AMOUNT = map(TAX_COLUMNS.index, ("name", "amount_paise"))
TAX_KEY, TAX_FIGURES = (
    itemgetter(*map(TAX_COLUMNS.index, names)) for names in (("name", "rate_ppm"), ("taxable_paise", "amount_paise"))
)
POSITION, AMOUNT, NOTES = map(PAYMENT_COLUMNS.index, ("position", "amount_paise", "notes"))


def check_documents(state: Pass, portion: Portion) -> Iterator[Breach]:
    """One portion, in order."""
    series = state.series.get(portion.series_id)
    if series is not None:
        series.seen_sequence, series.seen_digest = before(portion)
    for document in documents(portion):
        state.documents += 1
        for check in CHECKS:
            try:
                yield from check(document, state)
            except (TypeError, ValueError, AttributeError) as error:  # SQLite takes words where a number belongs
                yield Breach("values", document.number, f"holds what is no value of its kind: {error}", RESTORE)


def check_number(document: Document, state: Pass) -> Iterator[Breach]:
    """Numbers of a series run 1, 2, 3 … with no gap and no repeat."""
    series = state.series.get(document.series_id)
    header = document.header
    if series is None:
        yield Breach("number", document.number, "belongs to a number series that is not there", RESTORE)
        return
    expected, sequence = series.seen_sequence + 1, header["sequence"]
    series.seen_sequence = sequence
    if sequence != expected:
        gap = f"{_number(series, expected)} should come before it" if sequence > expected else "comes twice"
        missing = f"{sequence - expected} missing: " if sequence > expected else ""
        yield Breach("sequence", document.number, f"{missing}{gap}", RESTORE)
    right = _number(series, sequence)
    if document.number != right or header["kind"] != series.kind or document.till != series.till:
        yield Breach("number", document.number, f"its place in the series {series.name} makes it {right}", RESTORE)
    if financial_year(header["day"]) != series.year:
        yield Breach("number", document.number, f"is of {header['day']}, not of the year {series.year}", RESTORE)


def _number(series: Series, sequence: int) -> str:
    try:
        kind: Any = series.kind
        return document_number(till=series.till, year=series.year, sequence=sequence, kind=kind)
    except (Invalid, KeyError) as error:
        return f"no number ({error})"


def check_digest(document: Document, state: Pass) -> Iterator[Breach]:
    """Each document carries the digest of its own content, and its predecessor's."""
    series = state.series.get(document.series_id)
    if _digest(document) != document.digest:
        wrong = "what it says is not what was issued: content and digest do not match"
        yield Breach("digest", document.number, wrong, RESTORE)
    if series is not None:
        if document.previous_digest != series.seen_digest:
            wrong = "does not follow its predecessor: that one was changed, replaced or removed"
            yield Breach("chain", document.number, wrong, RESTORE)
        series.seen_digest = document.digest
        for name in (document.number, series.name) if state.heads else ():
            if state.heads.get(name) == document.digest:
                state.heads_found.add(name)


def _digest(document: Document) -> str:
    """Written quickly first. Should that not be the document's digest, the one canonical form decides."""
    previous = document.previous_digest
    values = content(
        header=document.header,
        supplier=document.supplier,
        till=document.till,
        original=document.original_number,
        lines=document.lines,
        taxes=document.taxes,
        payments=document.payments,
    )
    quick = sha256(f"{previous}\n".encode() + to_json(values)).hexdigest()
    if quick == document.digest:
        return quick
    try:
        return digest(values, previous=previous, check=False)
    except TypeError as error:
        return f"impossible: {error}"


def check_sums(document: Document, state: Pass) -> Iterator[Breach]:
    """Lines add up to taxable, tax and net; rates to the tax; net and rounding to the payable; payments less change."""
    header, payments = document.header, document.payments
    taxable, tax, total = map(sum, zip(*map(LINE_FIGURES, document.lines), strict=True)) if document.lines else NOTHING
    rates = sum(row[TAX_AMOUNT] for row in document.taxes)
    paid = sum(row[AMOUNT] for row in payments)
    claims = (
        ("taxable", header["taxable_paise"], taxable, "the lines make"),
        ("tax", header["tax_paise"], tax, "the lines make"),
        ("tax", header["tax_paise"], rates, "the rates make"),
        ("net", header["net_paise"], header["taxable_paise"] + header["tax_paise"], "taxable and tax make"),
        ("net", header["net_paise"], total, "the lines make"),
        ("payable", header["payable_paise"], header["net_paise"] + header["rounding_paise"], "net and rounding make"),
        ("paid", header["paid_paise"], paid, "the payments make"),
        ("payable", header["payable_paise"], header["paid_paise"] - header["change_paise"], "paid less change makes"),
        ("change", header["change_paise"], _worth(header["change_notes"]), "its notes make"),
    )
    for what, claimed, made, how in claims:
        if claimed != made:
            yield _sum(document, what, claimed, made, how)
    for row in payments:
        if row[NOTES] and row[AMOUNT] != _worth(row[NOTES]):
            yield _sum(document, f"payment {row[POSITION]}", row[AMOUNT], _worth(row[NOTES]), "its notes make")
    if {TAX_KEY(row): TAX_FIGURES(row) for row in document.taxes} != _taxes_of_lines(document):
        yield Breach("sums", document.number, "its taxes at a rate are not what the lines at that rate make", RESTORE)
    for taxable, tax, total in map(LINE_FIGURES, document.lines):
        if total != taxable + tax:
            yield _sum(document, "a line", total, taxable + tax, "its taxable and tax make")


def _taxes_of_lines(document: Document) -> dict[tuple[str, int], tuple[int, int]]:
    """{(head, rate): (taxable, amount)}; heads share each rate equally."""
    heads = {row[TAX_HEAD]: None for row in document.taxes}
    by_rate: dict[int, tuple[int, int]] = {}
    for rate_bp, taxable, tax in map(LINE_TAXED, document.lines):
        others, their_tax = by_rate.get(rate_bp, (0, 0))
        by_rate[rate_bp] = others + taxable, their_tax + tax
    return {
        (name, rate_bp * PPM_PER_BP // len(heads)): (taxable, tax // len(heads))
        for rate_bp, (taxable, tax) in by_rate.items()
        for name in heads
    }


def _sum(document: Document, what: str, claimed: int, made: int | None, how: str) -> Breach:
    return Breach("sums", document.number, f"{what} is {claimed} paise, but {how} {made}", RESTORE)


def _worth(notes: Any) -> int | None:
    try:
        return sum(int(value) * count for value, count in notes.items())
    except (AttributeError, TypeError, ValueError):
        return None


def check_heads(state: Pass) -> Iterator[Breach]:
    """The series' rows know their last document; and the heads that were kept elsewhere are still there."""
    for series in state.series.values():
        if series.seen_sequence != series.last_sequence:
            wrong = f"its last document is {series.seen_sequence}, but {series.last_sequence} were numbered"
            yield Breach("series", series.name, wrong, RESTORE)
        elif series.seen_digest != series.head_digest:
            yield Breach("series", series.name, "its last document is not the one that was issued last", RESTORE)
    for name in state.heads.keys() - state.heads_found:
        wrong = "no document has the digest that you kept: it was removed, or changed, or the digest is mistyped"
        yield Breach("head", name, wrong, RESTORE)


def check_keys() -> Iterator[Breach]:
    """One idempotency key, at most one document."""
    for key, count in rows(
        "SELECT idempotency_key, COUNT(*) FROM billing_invoice GROUP BY idempotency_key HAVING COUNT(*) > 1"
    ):
        yield Breach("key", f"key {key}", f"stands for {count} documents", ASK)


CHECKS = (check_number, check_digest, check_sums, check_stock, check_drawer)
