"""What intruders try at the pages: scripts in every text, other people's bills and files, cookies in the clear, and a
shop that was set up unsafely. (Roles: test_access; guessing passwords: test_login; bodies: tests/api/test_bodies.)"""

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction
from django.test import Client

from counterfoil.audit.models import Entry
from counterfoil.billing.models import Draft, Invoice
from counterfoil.catalog.models import Product, StockMovement, TaxClass
from counterfoil.cli.verify.database import APPEND_ONLY
from counterfoil.customers.models import Customer
from counterfoil.delivery.models import Delivery
from counterfoil.exchange import keeping
from counterfoil.people.models import ApiToken, User
from counterfoil.rules.errors import NotFound
from counterfoil.shop.models import Identity
from counterfoil.till.models import Till
from counterfoil.web.counter.commands import VERBS
from tests.counter.conftest import Counter
from tests.history.ledger import NOON, sell, take_back
from tests.services import ROOT
from tests.shop import SmallShop
from tests.web.conftest import As
from tests.web.test_access import PAGES

SCRIPT = "\"'><script>alert(1)</script>{{7777*7777}}"
SHORT = "<b>x"
# What the program chose, or what has a form of its own: no free text.
CHOSEN = {
    "username", "password", "email", "email_key", "number", "kind", "digest", "previous_digest", "seal", "code",
    "barcode", "idempotency_key", "request_digest", "method", "state", "customer_state", "place_of_supply", "gstin",
    "customer_gstin", "payable_rounding", "message_id", "address_key", "role", "currency", "tax_regime", "key",
    "customer_email", "address_email", "verb", "what",
}  # fmt: skip
TEXTS: list[type[models.Model]] = [
    Identity, Product, TaxClass, Customer, Till, StockMovement, Invoice, Delivery, Entry, ApiToken, User, Draft,
]  # fmt: skip


def spoil(model: type[models.Model]) -> None:
    """A script in every text of every row, past all that would refuse it at the door."""
    texts = [
        field for field in model._meta.concrete_fields
        if isinstance(field, models.CharField) and field.attname not in CHOSEN and not field.choices
    ]  # fmt: skip
    for row in model._base_manager.all():
        # A text that must be there once stays so: the row's own number ends it.
        values = {f.attname: f"{SCRIPT if (f.max_length or 0) >= 60 else SHORT}{row.pk}"[: f.max_length] for f in texts}
        if values:
            model._base_manager.filter(pk=row.pk).update(**values)


def test_no_text_becomes_part_of_a_page(shop: SmallShop, owner: Client) -> None:
    from django.db import connection

    from counterfoil import guards
    from counterfoil.billing.models import InvoiceLine, Payment

    number = sell({"product": "P001"}, {"product": "P003"}, customer={"name": "A", "email": "asha@example.com"})
    take_back(number, lines=[{"position": 1, "quantity": "1"}], reason="why")
    with transaction.atomic():
        for table in APPEND_ONLY:
            guards.drop(connection, table)
        spoilt: list[type[models.Model]] = [*TEXTS, InvoiceLine, Payment]
        for model in spoilt:
            spoil(model)
        known = {"number": number, "product": shop.milk.pk, "customer": shop.asha.pk}
        escaped = 0
        for name, (path, method, _, _) in PAGES.items():
            if method != "get" or path.endswith(("pdf", "export/")):
                continue
            page = owner.get(path.format(**known)).content.decode()
            for raw in ("<script>alert(1)", "<b>x", "\"'><", "60481729"):
                assert raw not in page, (name, raw)
            escaped += "&lt;script&gt;alert(1)" in page
        assert escaped >= 12, "the scripts were on hardly any page"
        transaction.set_rollback(True)


def test_a_bill_being_rung_up_is_its_own_cashier_s(shop: SmallShop) -> None:
    ravi = Counter(shop.cashier)
    draft = Draft.objects.create(till=shop.till, user=shop.owner, key="intruder-1", created_at=NOON, updated_at=NOON)
    for verb in sorted(VERBS):
        ravi.draft, ravi.revision = str(draft.pk), 0
        ravi.do(verb, text="P001", name="mine", id=str(draft.pk))
        assert ravi.status < 500, verb
    ravi.send("save", {"draft": str(draft.pk), "key": draft.key, "revision": 0})
    draft.refresh_from_db()
    assert (draft.user_id, draft.sale, draft.held) == (shop.owner.pk, {}, False)
    assert Invoice.objects.count() == 0


def test_an_import_is_its_own_user_s(shop: SmallShop, as_: As, tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    meta = {"kind": "products", "name": "p.csv", "options": {"set_stock": False}}
    kept = keeping.keep(user_id=shop.owner.pk, chunks=[b"code,name\n"], meta=meta)
    assert keeping.find(user_id=shop.owner.pk, token=kept.token).token == kept.token
    for token in (kept.token, f"../{shop.owner.pk}/{kept.token}", f"..%2f{shop.owner.pk}%2f{kept.token}"):
        with pytest.raises(NotFound):
            keeping.find(user_id=shop.cashier.pk, token=token)
    User.objects.filter(pk=shop.cashier.pk).update(role="owner")
    assert as_("cashier").get(f"/products/import/{kept.token}/").status_code == 404


# How the shop is set up


def read_settings(monkeypatch: pytest.MonkeyPatch, folder: Path, **environment: str) -> dict[str, Any]:
    """The settings file, read anew in this environment."""
    for name in ("SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "TLS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"COUNTERFOIL_DATA_DIR": str(folder), **environment}.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "counterfoil" / "config" / "settings.py"))


@pytest.mark.parametrize(
    "unsafe",
    [
        {"SECRET_KEY": "short"},
        {"SECRET_KEY": "change-me-to-something-long-and-random-please"},
        {"DEBUG": "true", "ALLOWED_HOSTS": "shop.example.com"},
        {"DEBUG": "true", "ALLOWED_HOSTS": "*"},
    ],
)
def test_an_unsafe_setting_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unsafe: dict[str, str]
) -> None:
    with pytest.raises(ImproperlyConfigured):
        read_settings(monkeypatch, tmp_path, **unsafe)


@pytest.mark.parametrize(
    ("name", "value"),
    [("COUNTERFOIL_DATA_DIR", "{folder}/a-file"), ("COUNTERFOIL_DATA_DIR", "{folder}/a-file/var"),
     ("DATABASE_URL", "nonsense"), ("DATABASE_URL", "mysql://u:p@127.0.0.1/shop"),
     ("DATABASE_URL", "postgres://u:p@127.0.0.1:port/shop"), ("EMAIL_PORT", "smtp"), ("EMAIL_PORT", "70000"),
     ("TIME_ZONE", "Mars/Olympus_Mons"), ("TIME_ZONE", "../etc/passwd")],
)  # fmt: skip
def test_a_setting_that_cannot_be_meant_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    (tmp_path / "a-file").touch()
    with pytest.raises(ImproperlyConfigured, match=name):
        read_settings(monkeypatch, tmp_path, **{name: value.format(folder=tmp_path)})


def test_an_empty_setting_is_as_if_it_were_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As compose and a copied `.env` leave it."""
    names = ["DATABASE_URL", "CELERY_BROKER_URL", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "SECRET_KEY", "DEBUG",
             "ALLOWED_HOSTS", "TIME_ZONE", "DEFAULT_FROM_EMAIL", "LANGUAGE_CODE", "LOG_LEVEL", "TLS"]  # fmt: skip
    for name in names:
        monkeypatch.delenv(name, raising=False)
    unset = read_settings(monkeypatch, tmp_path)
    empty = read_settings(monkeypatch, tmp_path, **dict.fromkeys(names, ""))
    shown = [name for name in unset if name.isupper()]
    assert "DATABASES" in shown
    assert {name: empty[name] for name in shown} == {name: unset[name] for name in shown}


def test_a_key_is_made_once_and_for_its_owner_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = read_settings(monkeypatch, tmp_path)["SECRET_KEY"]
    assert read_settings(monkeypatch, tmp_path)["SECRET_KEY"] == first
    assert len(first) >= 50
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


def test_behind_tls_cookies_and_pages_never_go_in_the_clear(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    behind = read_settings(monkeypatch, tmp_path, TLS="true", ALLOWED_HOSTS="shop.example.com")
    assert behind["SESSION_COOKIE_SECURE"]
    assert behind["CSRF_COOKIE_SECURE"]
    assert behind["SECURE_SSL_REDIRECT"]
    assert behind["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert behind["CSRF_TRUSTED_ORIGINS"] == ["https://shop.example.com"]
    assert "SECURE_HSTS_SECONDS" not in read_settings(monkeypatch, tmp_path), "on one PC there is no TLS to insist on"


def test_behind_tls_every_answer_says_so(shop: SmallShop, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER, settings.SECURE_HSTS_SECONDS = ("HTTP_X_FORWARDED_PROTO", "https"), 31536000
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.SECURE_SSL_REDIRECT = True
    client = Client(HTTP_HOST="localhost")
    plain = client.get("/login/")
    assert (plain.status_code, plain["Location"]) == (301, "https://localhost/login/")
    answer = client.post(
        "/login/", {"username": "meera", "password": "meera-at-the-till"}, headers={"X-Forwarded-Proto": "https"}
    )
    assert answer["Strict-Transport-Security"].startswith("max-age=31536000")
    assert answer.cookies["sessionid"]["secure"]


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(shop: SmallShop) -> None:
    client = Client(HTTP_HOST="localhost")
    client.get("/login/")
    before = client.cookies.get("sessionid")
    client.post("/login/", {"username": "meera", "password": "meera-at-the-till"})
    for name in ("sessionid", "csrftoken"):
        cookie = client.cookies[name]
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
    assert before is None or before.value != client.cookies["sessionid"].value, "a session is new after logging in"
    answer = client.get("/login/")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
