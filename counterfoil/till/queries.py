"""Reading denominations, tills and drawers."""

from django.db.models import QuerySet, Sum

from counterfoil.rules.errors import NotFound
from counterfoil.till.models import Denomination, DrawerMovement, DrawerNote, Session, Till


def denominations() -> QuerySet[Denomination]:
    return Denomination.objects.all()


def enabled_values() -> tuple[int, ...]:
    """Paise, highest first: what change may use."""
    return tuple(Denomination.objects.filter(enabled=True).values_list("value_paise", flat=True))


def known_values() -> tuple[int, ...]:
    return tuple(Denomination.objects.values_list("value_paise", flat=True))


def tills() -> QuerySet[Till]:
    return Till.objects.all()


def till(*, code: str = "") -> Till:
    """By code, or the first one."""
    found = Till.objects.filter(code=code).first() if code else Till.objects.filter(enabled=True).order_by("id").first()
    if found is None:
        raise NotFound(f"There is no till {code}." if code else "There is no till.", field="till")
    return found


def notes(till: Till) -> dict[int, int]:
    """{paise: count}, highest first, of what lies in a counted drawer."""
    return {n.value_paise: n.count for n in DrawerNote.objects.filter(till=till, count__gt=0)}


def explained_notes(till: Till) -> dict[int, int]:
    """What the movements say lies in the drawer: must be the same."""
    rows = DrawerMovement.objects.filter(till=till).values_list("value_paise").annotate(Sum("count")).order_by()
    return {value: count for value, count in rows if count}


def open_session(till: Till) -> Session | None:
    return Session.objects.filter(till=till, closed_at__isnull=True).first()


def closed_between(till: Till) -> bool:
    """This till has sessions, and none is open: what is sold now is in no Z report."""
    found = Session.objects.filter(till=till).order_by("-id").values_list("closed_at", flat=True).first()
    return found is not None


def session_of(till: Till, number: int) -> Session:
    """The till's first session is number 1, and so on: a session is never removed, so its number stays."""
    found = Session.objects.filter(till=till).order_by("id")[number - 1 : number] if number > 0 else ()
    for session in found:
        return session
    raise NotFound(f"Till {till.code} has no session {number}.")


def number_of(session: Session) -> int:
    return Session.objects.filter(till_id=session.till_id, id__lte=session.pk).count()


def variance_of(session: Session) -> dict[int, int]:
    """Per denomination, counted less expected, where they differ; of a session that is closed."""
    expected, counted = as_notes(session.expected_notes), as_notes(session.closing_notes)
    found = {v: counted.get(v, 0) - expected.get(v, 0) for v in sorted({*counted, *expected}, reverse=True)}
    return {value: count for value, count in found.items() if count}


def as_notes(kept: dict[str, int] | None) -> dict[int, int]:
    """A session's notes as they are kept, highest first."""
    return {int(value): count for value, count in sorted((kept or {}).items(), key=lambda item: -int(item[0]))}
