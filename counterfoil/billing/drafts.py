"""Drafts: bills being rung up or on hold. Each change is a row's update under its lock, so that nothing typed is lost.

What `sale` and `state` mean is the counter's own business; here they are values. A draft belongs to one user at one
till until it is held; whoever recalls it takes it over.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from counterfoil.audit import actions as audit
from counterfoil.billing.models import Draft, Invoice
from counterfoil.rules.errors import NotFound
from counterfoil.till.models import Till

NAME_AT_MOST = 60


# ---- Reading --------------------------------------------------------------------------------------------------------


def current(*, user_id: int, till_id: int) -> Draft | None:
    """The bill that this user is ringing up at this till."""
    return Draft.objects.select_related("till").filter(user_id=user_id, till_id=till_id, held=False).first()


def waiting(*, user_id: int, till_id: int) -> QuerySet[Draft]:
    """What can be recalled: all that is on hold, at any till, and what this user left open at another one."""
    own = Q(held=False, user_id=user_id) & ~Q(till_id=till_id) & ~Q(sale={})
    return Draft.objects.select_related("till", "user").filter(Q(held=True) | own)


def saved_with(*, key: str) -> str:
    """The number of the invoice that a draft's key stands for, or nothing."""
    return Invoice.objects.filter(idempotency_key=key).values_list("number", flat=True).first() or ""


def last_bill_of(*, customer_id: int) -> Invoice | None:
    """The customer's last invoice, with its lines."""
    invoices = Invoice.objects.filter(customer_id=customer_id, kind="invoice")
    return invoices.order_by("-issued_at", "-id").prefetch_related("lines").first()


# ---- Writing (inside the caller's transaction) ----------------------------------------------------------------------


def begin(*, till: Till, user_id: int, now: datetime) -> Draft:
    """A new, empty draft. Its key will be the invoice's."""
    return Draft.objects.create(
        till=till, user_id=user_id, key=f"counter-{uuid.uuid4()}", created_at=now, updated_at=now
    )


def locked(*, draft_id: str, user_id: int) -> Draft:
    """The user's own open draft, locked. Raises NotFound where it was saved, held or recalled elsewhere."""
    found = _lock(draft_id)
    if found is None or found.held or found.user_id != user_id:
        raise NotFound("This bill is no longer open here: it was saved, held or recalled elsewhere.")
    return found


def _lock(draft_id: str) -> Draft | None:
    try:
        wanted = uuid.UUID(draft_id)
    except ValueError:
        return None
    return Draft.objects.select_for_update(of=("self",)).select_related("till").filter(id=wanted).first()


def keep(draft: Draft, *, sale: Mapping[str, Any], state: Mapping[str, Any], now: datetime) -> None:
    """Write what was changed."""
    draft.sale, draft.state, draft.updated_at = dict(sale), dict(state), now
    draft.save(update_fields=["sale", "state", "updated_at"])


def hold(draft: Draft, *, name: str, now: datetime) -> None:
    draft.held, draft.name, draft.updated_at = True, name.strip()[:NAME_AT_MOST], now
    draft.save(update_fields=["held", "name", "updated_at"])


def recall(*, draft_id: str, user_id: int, till: Till, now: datetime) -> Draft:
    """Take a waiting draft over. Raises NotFound where somebody was faster."""
    draft = _lock(draft_id)
    if draft is None or not (draft.held or draft.user_id == user_id):
        raise NotFound("This bill is no longer on hold: somebody else took it.")
    draft.held, draft.user_id, draft.till, draft.updated_at = False, user_id, till, now
    draft.save(update_fields=["held", "user", "till", "updated_at"])
    return draft


def discard(*, draft_id: str, now: datetime) -> None:
    """Throw a waiting draft away; the audit trail keeps what was on it."""
    draft = _lock(draft_id)
    if draft is None or not draft.held:
        raise NotFound("This bill is no longer on hold.")
    audit.note(
        verb="removed",
        what="draft",
        which=draft.name or str(draft.id),
        now=now,
        before={"till": draft.till.code, "lines": draft.sale.get("lines", [])},
    )
    draft.delete()


def set_aside(*, draft_id: str, till: Till, now: datetime) -> Draft:
    """On hold, whoever's it is, without what was paid on it: the customer has their notes back."""
    draft = _lock(draft_id)
    if draft is None or draft.till_id != till.pk:
        raise NotFound("This bill is no longer at this till.")
    audit.note(
        verb="set aside", what="draft", which=draft.name or str(draft.id), now=now,
        before={"till": till.code, "payments": draft.sale.get("payments", [])},
    )  # fmt: skip
    sale = {name: value for name, value in draft.sale.items() if name not in ("payments", "without", "waive")}
    state = {**draft.state, "view": "lines", "revision": draft.state.get("revision", 0) + 1}
    keep(draft, sale=sale, state=state, now=now)
    hold(draft, name=draft.name, now=now)
    return draft


def note_removed(draft: Draft, *, line: Mapping[str, Any], name: str, now: datetime) -> None:
    """A line taken off a bill before it was paid: the owner can see it."""
    audit.note(
        verb="removed",
        what="draft line",
        which=str(line.get("product") or name),
        now=now,
        before={"name": name, **line, "till": draft.till.code, "draft": str(draft.id)},
    )
