"""Checks of issued documents, in one pass over all of them: numbers, the chain of digests, sums, and the movements of
goods and cash that each document explains (invariants 1 to 6 and 8)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from counterfoil.billing.record import notes_from_json
from counterfoil.cli.verify.breach import ASK, RESTORE, Breach
from counterfoil.cli.verify.reading import Document, Portion, as_time, before, documents, rows, summed
from counterfoil.rules.errors import Invalid
from counterfoil.rules.numbering import document_number

FIRST_COUNTS = "SELECT till_id, MIN(at) FROM till_drawermovement WHERE kind = 'counted' GROUP BY till_id"
LONGEST_WAIT = timedelta(minutes=2)  # of a sale for its till's lock


@dataclass(slots=True)
class Series:
    """A number series as its row has it, and as far as the pass has come."""

    name: str
    kind: str
    year: str
    till: str
    last_sequence: int
    head_digest: str
    seen_sequence: int = 0
    seen_digest: str = ""


@dataclass(slots=True)
class Pass:
    """What the checks remember from one document to the next."""

    series: dict[int, Series] = field(default_factory=dict)
    tracked_since: dict[int, Any] = field(default_factory=dict)  # product → its first movement, if always tracked since
    session_tills: dict[int, int] = field(default_factory=dict)
    counted_from: dict[int, int] = field(default_factory=dict)  # series → the first document that moved notes
    counted_since: dict[int, Any] = field(default_factory=dict)  # till → its first count
    heads: Mapping[str, str] = field(default_factory=dict)  # kept elsewhere: number or series → digest
    heads_found: set[str] = field(default_factory=set)
    documents: int = 0


def begin(heads: Mapping[str, str], *, like: Pass | None = None) -> Pass:
    """`like`: what was asked of the same shop before, so that it need not be asked again."""
    if like is not None:
        fresh = {key: replace(series, seen_sequence=0, seen_digest="") for key, series in like.series.items()}
        return replace(like, series=fresh, heads=heads, heads_found=set(), documents=0)
    series = rows(
        "SELECT s.id, t.code, s.kind, s.year, s.last_sequence, s.head_digest "
        "FROM billing_numberseries s JOIN till_till t ON t.id = s.till_id ORDER BY s.id"
    )
    once_untracked = {
        row[0]
        for row in rows(
            "SELECT DISTINCT p.id FROM catalog_product p JOIN audit_entry e ON e.what = 'product' AND e.which = p.code "
            "WHERE CAST(e.after AS text) LIKE %s",
            ['%"stock_milli": null%'],
        )
    }
    first = rows("SELECT product_id, MIN(at) FROM catalog_stockmovement GROUP BY product_id")
    return Pass(
        series={row[0]: Series(f"{row[1]}/{'C' if row[2] == 'credit-note' else ''}{row[3]}", row[2], row[3], row[1],
                               row[4], row[5]) for row in series},
        tracked_since={product: as_time(at) for product, at in first if product not in once_untracked},
        counted_from=dict(
            rows(
                "SELECT i.series_id, MIN(i.sequence) FROM billing_invoice i "
                "WHERE EXISTS (SELECT 1 FROM till_drawermovement m WHERE m.invoice_id = i.id) GROUP BY i.series_id"
            )
        ),
        counted_since={till: as_time(at) for till, at in rows(FIRST_COUNTS)},
        session_tills=dict(rows("SELECT id, till_id FROM till_session")),
        heads=heads,
    )  # fmt: skip


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
    series = state.series.get(document.ids["series_id"])
    header = document.record.header
    if series is None:
        yield Breach("number", document.number, "belongs to a number series that is not there", RESTORE)
        return
    expected = series.seen_sequence + 1
    if header["sequence"] != expected:
        gap = f"{_number(series, expected)} should come before it" if header["sequence"] > expected else "comes twice"
        missing = f"{header['sequence'] - expected} missing: " if header["sequence"] > expected else ""
        yield Breach("sequence", document.number, f"{missing}{gap}", RESTORE)
    right = _number(series, header["sequence"])
    if document.number != right or header["kind"] != series.kind or document.record.till != series.till:
        yield Breach("number", document.number, f"its place in the series {series.name} makes it {right}", RESTORE)
    series.seen_sequence = header["sequence"]


def _number(series: Series, sequence: int) -> str:
    try:
        kind: Any = series.kind
        return document_number(till=series.till, year=series.year, sequence=sequence, kind=kind)
    except (Invalid, KeyError) as error:
        return f"no number ({error})"


def check_digest(document: Document, state: Pass) -> Iterator[Breach]:
    """Each document carries the digest of its own content, and its predecessor's."""
    series, header = state.series.get(document.ids["series_id"]), document.record.header
    stored, previous = header["digest"], header["previous_digest"]
    try:
        computed = document.record.digest(previous=previous, check=False)
    except TypeError as error:
        computed = f"impossible: {error}"
    if computed != stored:
        wrong = "what it says is not what was issued: content and digest do not match"
        yield Breach("digest", document.number, wrong, RESTORE)
    if series is not None:
        if previous != series.seen_digest:
            wrong = "does not follow its predecessor: that one was changed, replaced or removed"
            yield Breach("chain", document.number, wrong, RESTORE)
        series.seen_digest = stored
        for name in (document.number, series.name):
            if state.heads.get(name) == stored:
                state.heads_found.add(name)


def check_sums(document: Document, state: Pass) -> Iterator[Breach]:
    """Lines add up to taxable, tax and net; rates to the tax; net and rounding to the payable; payments less change."""
    header, record = document.record.header, document.record
    lines, taxes, payments = record.lines, record.taxes, record.payments
    claims = (
        ("taxable", header["taxable_paise"], sum(line["taxable_paise"] for line in lines), "the lines make"),
        ("tax", header["tax_paise"], sum(line["tax_paise"] for line in lines), "the lines make"),
        ("tax", header["tax_paise"], sum(tax["amount_paise"] for tax in taxes), "the rates make"),
        ("net", header["net_paise"], header["taxable_paise"] + header["tax_paise"], "taxable and tax make"),
        ("net", header["net_paise"], sum(line["total_paise"] for line in lines), "the lines make"),
        ("payable", header["payable_paise"], header["net_paise"] + header["rounding_paise"], "net and rounding make"),
        ("paid", header["paid_paise"], sum(payment["amount_paise"] for payment in payments), "the payments make"),
        ("payable", header["payable_paise"], header["paid_paise"] - header["change_paise"], "paid less change makes"),
        ("change", header["change_paise"], _worth(header["change_notes"]), "its notes make"),
        *((f"payment {p['position']}", p["amount_paise"], _worth(p["notes"]), "its notes make")
          for p in payments if p["notes"]),
        *((f"line {line['position']}", line["total_paise"], line["taxable_paise"] + line["tax_paise"],
           "taxable and tax make") for line in lines),
    )  # fmt: skip
    for what, claimed, made, how in claims:
        if claimed != made:
            yield Breach("sums", document.number, f"{what} is {claimed} paise, but {how} {made}", RESTORE)


def _worth(notes: Any) -> int | None:
    if not isinstance(notes, dict):
        return None
    try:
        return sum(value * count for value, count in notes_from_json(notes).items())
    except (TypeError, ValueError):
        return None


def check_stock(document: Document, state: Pass) -> Iterator[Breach]:
    """Goods sold left the shelf, and goods returned came back, as much as the lines say."""
    lines = document.record.lines
    sold = summed([(line["product_id"], line["quantity_milli"]) for line in lines if line["product_id"] is not None])
    is_sale = document.record.header["kind"] == "invoice"
    allowed = {"sale"} if is_sale else {"returned", "written-off"}
    for product, _, reason in document.stock:
        if reason not in allowed:
            wrong = f"a stock movement of product {product} says {reason!r}"
            yield Breach("movements", document.number, wrong, RESTORE)
    moved = summed(
        [(p, -milli if is_sale else milli) for p, milli, reason in document.stock if reason != "written-off"]
    )
    sold_at = document.record.header["issued_at"] if is_sale else document.original_issued_at
    for product in sorted(sold.keys() | moved.keys()):
        had, has = sold.get(product, 0), moved.get(product, 0)
        since = state.tracked_since.get(product)
        untracked_then = not has and (since is None or since > sold_at)
        if had != has and not untracked_then:
            wrong = f"its lines move {had} thousandths of product {product}, the stock movements {has}"
            yield Breach("movements", document.number, wrong, RESTORE)
    off = summed([(p, -milli) for p, milli, reason in document.stock if reason == "written-off"])
    for product, milli in off.items():
        if milli != moved.get(product):
            yield Breach("movements", document.number, f"writes off {milli} of product {product}", RESTORE)


def check_drawer(document: Document, state: Pass) -> Iterator[Breach]:
    """What a counted drawer took and gave is what the document says was handed over and given back."""
    header, till = document.record.header, document.ids["till_id"]
    session = header["session_id"]
    if session is not None and state.session_tills.get(session) != till:
        yield Breach("drawer", document.number, "belongs to another till's session", RESTORE)
    cash = [p for p in document.record.payments if p["method"] == "cash"]
    for moved_till, moved_session, kind, _, _ in document.drawer:
        right_kind = kind in ("received", "change") if header["kind"] == "invoice" else kind == "refund"
        if moved_till != till or moved_session != session or not right_kind:
            yield Breach("drawer", document.number, f"a drawer movement ({kind}) is not of this sale", RESTORE)
    if not document.drawer and not (cash and _was_counted(document, state)):
        return
    if header["kind"] == "invoice":
        yield from _same_notes(document, "change", -1, _notes(header["change_notes"]))
        if all(payment["notes"] for payment in cash):
            yield from _same_notes(document, "received", 1, _all_notes(cash))
        else:  # an amount without its notes: the drawer took notes that make it
            took = sum(paise * count for _, _, kind, paise, count in document.drawer if kind == "received")
            yield from _same_amount(document, took, sum(payment["amount_paise"] for payment in cash))
    else:
        yield from _same_notes(document, "refund", -1, _all_notes(cash))


def _was_counted(document: Document, state: Pass) -> bool:
    """A drawer once counted stays so. Numbers are given under the drawer's lock, so their order decides; by the clock,
    a sale may have waited for a count that began a little later."""
    first, since = state.counted_from.get(document.ids["series_id"]), state.counted_since.get(document.ids["till_id"])
    header = document.record.header
    by_order = first is not None and header["sequence"] > first
    return by_order or (since is not None and header["issued_at"] > since + LONGEST_WAIT)


def _same_notes(document: Document, kind: str, sign: int, said: dict[int, int]) -> Iterator[Breach]:
    moved = summed([(paise, sign * count) for _, _, k, paise, count in document.drawer if k == kind])
    if moved != said:
        wrong = f"the drawer's movements ({kind}) are {_shown(moved)}, the document says {_shown(said)}"
        yield Breach("drawer", document.number, wrong, RESTORE)


def _same_amount(document: Document, took_paise: int, paid_paise: int) -> Iterator[Breach]:
    if took_paise > paid_paise or paid_paise - took_paise >= 100:
        wrong = f"the drawer took {took_paise} paise, the document says {paid_paise}"
        yield Breach("drawer", document.number, wrong, RESTORE)


def _notes(notes: Any) -> dict[int, int]:
    try:
        return {value: count for value, count in notes_from_json(notes).items() if count}
    except (AttributeError, TypeError, ValueError):
        return {}


def _all_notes(payments: Iterable[Any]) -> dict[int, int]:
    return summed([pair for payment in payments for pair in _notes(payment["notes"]).items()])


def _shown(notes: Mapping[int, int]) -> str:
    return ", ".join(f"{count} × {paise / 100:g}" for paise, count in sorted(notes.items(), reverse=True)) or "nothing"


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
