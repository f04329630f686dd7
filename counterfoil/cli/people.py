"""`counterfoil token …` and `counterfoil user …`."""

import argparse
import secrets
from datetime import datetime, timedelta
from getpass import getpass

from django.utils import timezone

from counterfoil.cli.refused import Refused
from counterfoil.people import actions
from counterfoil.people.models import ApiToken, User
from counterfoil.rules.errors import Refusal

CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else
GROUPS, GROUP_LENGTH = 4, 4


def new_password() -> str:
    """79 random bits, in groups that can be typed from a screen."""
    groups = ("".join(secrets.choice(CLEAR) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def create_token(options: argparse.Namespace) -> int:
    now = timezone.now()
    expires_at = now + timedelta(days=options.days) if options.days else None
    try:
        token = actions.create_token(name=options.name, role=options.role, expires_at=expires_at, now=now)
    except Refusal as refusal:
        raise Refused(refusal.detail) from refusal
    print(f"A token with the rights of the role {options.role}. It is shown this once:")
    print(token)
    return 0


def list_tokens(options: argparse.Namespace) -> int:
    for token in ApiToken.objects.order_by("id"):
        print(f"{token.pk:>4}  {token.name:<24} {token.role:<11} {_state(token)}")
    return 0


def _state(token: ApiToken) -> str:
    if token.revoked_at:
        return f"revoked {_day(token.revoked_at)}"
    if token.expires_at and token.expires_at <= timezone.now():
        return f"ended {_day(token.expires_at)}"
    until = f", until {_day(token.expires_at)}" if token.expires_at else ""
    return (f"last used {_day(token.last_used_at)}" if token.last_used_at else "never used") + until


def _day(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def revoke_token(options: argparse.Namespace) -> int:
    valid = ApiToken.objects.filter(revoked_at__isnull=True)
    found = list(valid.filter(name=options.which))
    if not found and options.which.isascii() and options.which.isdigit():
        found = list(valid.filter(id=int(options.which)))
    if len(found) != 1:
        many = f"{len(found)} tokens are called" if found else "There is no valid token"
        raise Refused(f"{many} {options.which}: give its number, from `counterfoil token list`.")
    actions.revoke_token(token_id=found[0].pk, now=timezone.now())
    print(f"{found[0].name} is revoked.")
    return 0


def add_user(options: argparse.Namespace) -> int:
    password = _password(options)
    try:
        actions.create_user(username=options.name, password=password, role=options.role, now=timezone.now())
    except Refusal as refusal:
        raise Refused(refusal.detail) from refusal
    print(f"{options.name} can sign in, as {options.role}.")
    _show(options, password)
    return 0


def change_password(options: argparse.Namespace) -> int:
    user = User.objects.filter(username=options.name).first()
    if user is None:
        raise Refused(f"There is nobody called {options.name}: see `counterfoil user list`.")
    password = _password(options)
    try:
        actions.change_user(user_id=user.pk, password=password, now=timezone.now())
    except Refusal as refusal:
        raise Refused(refusal.detail) from refusal
    print(f"{options.name} has a new password.")
    _show(options, password)
    return 0


def list_users(options: argparse.Namespace) -> int:
    for user in User.objects.order_by("username"):
        print(f"{user.username:<24} {user.role:<11} {'' if user.is_active else 'switched off'}".rstrip())
    return 0


def _password(options: argparse.Namespace) -> str:
    return new_password() if options.generate else getpass(f"Password for {options.name}: ")


def _show(options: argparse.Namespace, password: str) -> None:
    if options.generate:
        print(f"Password: {password}")
