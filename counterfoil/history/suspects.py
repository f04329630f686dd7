"""Where a session's variance may come from: the documents and cash movements that touched those notes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from counterfoil.till.models import DrawerMovement, Kind, Session

SHOWN_AT_MOST = 6


@dataclass(slots=True)
class Touch:
    """One document, or one cash movement (number ""), and how many of a note it moved: in is positive."""

    number: str
    kind: str
    cashier: str
    note: str
    at: datetime
    counts: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suspects:
    """Of one denomination. `all` says how many documents touched it; `first` are the likelier ones."""

    value_paise: int
    variance: int
    all: int
    first: list[Touch]


def suspects(session: Session, variance: Mapping[int, int]) -> list[Suspects]:
    """Per denomination that is off. Those that touched most of the denominations that are off come first (a 500 given
    for a 100 makes both wrong), then the newest."""
    if not variance:
        return []
    touches: dict[tuple[int | None, str, datetime], Touch] = {}
    moves = DrawerMovement.objects.filter(session=session, value_paise__in=list(variance)).exclude(kind=Kind.COUNTED)
    for move in moves.select_related("invoice").order_by("id"):
        invoice = move.invoice
        # A document is one suspect, though it took notes and gave others; a cash movement stands for itself.
        key = (invoice.pk, "", invoice.issued_at) if invoice else (None, move.kind, move.at)
        if key not in touches:
            number, cashier = (invoice.number, invoice.cashier_name) if invoice else ("", "")
            touches[key] = Touch(number, move.kind, cashier, move.note, move.at)
        counts = touches[key].counts
        counts[move.value_paise] = counts.get(move.value_paise, 0) + move.count
    found = sorted(touches.values(), key=lambda touch: (len(touch.counts), touch.at), reverse=True)
    return [
        Suspects(value, off, len(own := [t for t in found if value in t.counts]), own[:SHOWN_AT_MOST])
        for value, off in variance.items()
    ]
