"""Writing denominations and tills; counting drawers and moving cash, always under the till's lock."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from counterfoil.audit import actions as audit
from counterfoil.rules.errors import Invalid, NotFound
from counterfoil.rules.numbering import TILL_CODE
from counterfoil.store import send, writing
from counterfoil.till import statements
from counterfoil.till.models import Denomination, Kind, Till


@transaction.atomic
def add_denomination(*, value_paise: int, is_coin: bool, now: datetime, enabled: bool = True) -> Denomination:
    denomination = Denomination(value_paise=value_paise, is_coin=is_coin, enabled=enabled)
    try:
        with transaction.atomic():
            denomination.save()
    except IntegrityError as error:
        raise Invalid("This denomination is already there.", field="value") from error
    audit.note(
        verb="created", what="denomination", which=str(value_paise), now=now, after=audit.values_of(denomination)
    )
    return denomination


@transaction.atomic
def change_denomination(
    *, value_paise: int, now: datetime, enabled: bool | None = None, is_coin: bool | None = None
) -> Denomination:
    denomination = Denomination.objects.select_for_update().filter(value_paise=value_paise).first()
    if denomination is None:
        raise NotFound("There is no such note or coin.")
    before = audit.values_of(denomination)
    denomination.enabled = denomination.enabled if enabled is None else enabled
    denomination.is_coin = denomination.is_coin if is_coin is None else is_coin
    denomination.save()
    after = audit.values_of(denomination)
    audit.note(verb="changed", what="denomination", which=str(value_paise), now=now, before=before, after=after)
    return denomination


@transaction.atomic
def add_till(*, code: str, name: str, now: datetime) -> Till:
    if not TILL_CODE.fullmatch(code):
        raise Invalid("A till's code is 1 to 3 letters A to Z or digits.", field="code")
    till = Till(code=code, name=name or f"Till {code}")
    try:
        with transaction.atomic():
            till.save()
    except IntegrityError as error:
        raise Invalid(f"There is a till {code} already.", field="code") from error
    audit.note(verb="created", what="till", which=code, now=now, after=audit.values_of(till))
    return till


@writing()
def count_drawer(
    *,
    till: Till,
    notes: Mapping[int, int],
    now: datetime,
    note: str = "",
) -> tuple[dict[int, int], dict[int, int]]:
    """From now on the drawer is counted and holds `notes` ({paise: count}). Answers (expected, variance).

    The variance is counted − expected per denomination; on the first count it is all that is there.
    """
    _, (now_, held) = send(statements.hold(till_id=till.pk), statements.ask_drawer(till_id=till.pk))
    expected: dict[int, int] = held
    variance = {
        value: notes.get(value, 0) - expected.get(value, 0)
        for value in sorted({*notes, *expected}, reverse=True)
        if notes.get(value, 0) != expected.get(value, 0)
    }
    send(
        *statements.move_notes(
            till_id=till.pk,
            session_id=now_.session_id,
            moves={Kind.COUNTED: variance},
            invoice_id=None,
            now=now,
            note=note or ("count" if now_.counted else "first count"),
        )
    )
    Till.objects.filter(pk=till.pk).update(counted=True, counted_at=now)
    audit.note(
        verb="counted",
        what="drawer",
        which=till.code,
        now=now,
        before={"notes": {str(k): v for k, v in expected.items()}},
        after={"notes": {str(k): v for k, v in notes.items() if v}},
    )
    return expected, variance
