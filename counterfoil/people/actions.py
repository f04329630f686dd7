"""Users and tokens: made, changed, revoked."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from counterfoil.audit import actions as audit
from counterfoil.people.models import ApiToken, Role, User
from counterfoil.rules.errors import Invalid, NotFound

PREFIX = "cf_"
LAST_USE_EVERY = timedelta(minutes=1)  # written at most that often, so that a token costs no write per request


def token_digest(token: str) -> str:
    """Tokens are random and long, so a plain SHA-256 is enough to keep them by."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create_token(*, name: str, now: datetime, role: str = Role.OWNER, expires_at: datetime | None = None) -> str:
    """Answers the token; it is shown this once."""
    if not name.strip() or len(name) > 80 or not name.strip().isprintable():
        raise Invalid("Name the token, in one line of at most 80 characters.", field="name")
    if role not in Role.values:
        raise Invalid("Choose owner, cashier or accountant.", field="role")
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        name=name.strip(), digest=token_digest(token), role=role, created_at=now, expires_at=expires_at
    )
    audit.note(
        verb="created",
        what="token",
        which=row.name,
        now=now,
        after=audit.values_of(row, leave_out=frozenset({"digest"})),
    )
    return token


@transaction.atomic
def revoke_token(*, token_id: int, now: datetime) -> None:
    row = ApiToken.objects.filter(id=token_id, revoked_at__isnull=True).first()
    if row is None:
        raise NotFound("There is no such token.")
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    audit.note(verb="revoked", what="token", which=row.name, now=now)


def token_of(*, token: str, now: datetime) -> ApiToken | None:
    """The valid token's row, or None; notes its last use."""
    valid = Q(revoked_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))
    row = ApiToken.objects.filter(valid, digest=token_digest(token)).first()
    if row and (row.last_used_at is None or now - row.last_used_at > LAST_USE_EVERY):
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
    return row


@transaction.atomic
def create_user(*, username: str, password: str, role: str, now: datetime, name: str = "") -> User:
    """Raises Invalid for a taken name, an unknown role or a weak password."""
    if not username.strip() or len(username) > 150:
        raise Invalid("Give a name to sign in with.", field="username")
    if role not in Role.values:
        raise Invalid("Choose owner, cashier or accountant.", field="role")
    user = User(username=username.strip(), first_name=name[:150], role=role)
    _set_password(user, password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise Invalid(f"There is somebody called {username} already.", field="username") from error
    audit.note(verb="created", what="user", which=user.username, now=now, after=audit.values_of(user))
    return user


@transaction.atomic
def change_user(
    *, user_id: int, now: datetime, role: str | None = None, is_active: bool | None = None, password: str = ""
) -> User:
    """The last active owner can neither be switched off nor made anything else: the shop would be locked."""
    user = User.objects.select_for_update().filter(id=user_id).first()
    if user is None:
        raise NotFound("There is no such user.")
    before = audit.values_of(user)
    user.role = user.role if role is None else role
    user.is_active = user.is_active if is_active is None else is_active
    if user.role not in Role.values:
        raise Invalid("Choose owner, cashier or accountant.", field="role")
    others = User.objects.filter(role=Role.OWNER, is_active=True).exclude(id=user.pk)
    if not (user.role == Role.OWNER and user.is_active) and not others.exists():
        raise Invalid("The shop needs one owner who can sign in.", field="role")
    if password:
        _set_password(user, password)
    user.save()
    audit.note(verb="changed", what="user", which=user.username, now=now, before=before, after=audit.values_of(user))
    return user


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from error
    user.set_password(password)
