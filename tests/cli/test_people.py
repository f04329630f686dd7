"""`counterfoil token …` and `counterfoil user …`."""

import re

import pytest
from django.contrib.auth import authenticate
from django.utils import timezone

from counterfoil.cli import main
from counterfoil.people import actions
from counterfoil.people.models import ApiToken

pytestmark = pytest.mark.django_db


def say(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 0
    return capsys.readouterr().out


def test_a_token_is_alone_on_the_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    token = say(capsys, "token", "create", "web shop").splitlines()[-1]
    assert re.fullmatch(r"cf_\S{40,}", token)
    row = actions.token_of(token=token, now=timezone.now())
    assert row
    assert (row.name, row.role) == ("web shop", "owner")


def test_a_token_can_be_weaker_and_end(capsys: pytest.CaptureFixture[str]) -> None:
    say(capsys, "token", "create", "kiosk", "--role", "cashier", "--days", "30")
    row = ApiToken.objects.get(name="kiosk")
    assert row.role == "cashier"
    assert row.expires_at
    assert (row.expires_at - row.created_at).days == 30
    assert "kiosk" in say(capsys, "token", "list")


def test_a_revoked_token_is_worth_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    token = say(capsys, "token", "create", "lost").splitlines()[-1]
    say(capsys, "token", "revoke", "lost")
    assert actions.token_of(token=token, now=timezone.now()) is None
    assert main(["token", "revoke", "lost"]) == 1
    assert "token list" in capsys.readouterr().err


def test_a_new_user_can_sign_in_and_get_another_password(capsys: pytest.CaptureFixture[str]) -> None:
    say(capsys, "user", "add", "owner", "--generate", "--role", "owner")
    first = say(capsys, "user", "add", "meena", "--generate").splitlines()[-1].removeprefix("Password: ")
    assert authenticate(username="meena", password=first)
    second = say(capsys, "user", "password", "meena", "--generate").splitlines()[-1].removeprefix("Password: ")
    assert authenticate(username="meena", password=second)
    assert not authenticate(username="meena", password=first)
    assert "meena" in say(capsys, "user", "list")


@pytest.mark.parametrize("name", ["two\nlines", "a\x1b[2Jscreen", " ", "x" * 81])
def test_a_tokens_name_is_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Else it could stand for another token in `token list`."""
    assert main(["token", "create", name]) == 1
    assert capsys.readouterr().out == ""
    assert not ApiToken.objects.exists()


def test_a_refusal_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    say(capsys, "user", "add", "ravi", "--generate")
    assert main(["user", "add", "ravi", "--generate"]) == 1
    assert "ravi" in capsys.readouterr().err
    assert main(["user", "password", "nobody", "--generate"]) == 1
    assert "user list" in capsys.readouterr().err
