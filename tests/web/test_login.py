"""Logging in, and the lock-out that shuts out one guesser and nobody else."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from counterfoil.web.models import LoginTry
from tests.shop import SmallShop
from tests.web.conftest import As


def log_in(client: Client, name: str = "meera", password: str = "wrong", address: str = "10.0.0.1", **more: str) -> str:
    answer = client.post("/login/", {"username": name, "password": password, **more}, REMOTE_ADDR=address)
    return answer["Location"] if answer.status_code == 302 else f"{answer.status_code} {answer.content.decode()}"


def test_the_right_password_opens_the_door(shop: SmallShop, as_: As) -> None:
    client = as_("")
    assert log_in(client, password="meera-at-the-till") == "/"
    assert client.get("/").status_code == 200
    client.post("/logout/")
    assert client.get("/").headers["Location"] == "/login/?next=/"


def test_the_login_names_the_shop_and_asks_nothing_else(shop: SmallShop, as_: As) -> None:
    page = as_("").get("/login/").content.decode()
    assert "Kirana Asha" in page
    assert "<nav" not in page


def test_after_logging_in_one_is_where_one_wanted_to_be_and_never_elsewhere(shop: SmallShop, as_: As) -> None:
    assert log_in(as_(""), password="meera-at-the-till", next="/products/?show=low") == "/products/?show=low"
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert log_in(as_(""), password="meera-at-the-till", next=elsewhere) == "/"


def test_a_wrong_password_says_how_many_tries_are_left(shop: SmallShop, as_: As) -> None:
    assert "4 tries left" in log_in(as_(""))
    assert "3 tries left" in log_in(as_(""))
    log_in(as_(""))
    assert "1 try left" in log_in(as_(""))


def test_the_fifth_wrong_try_closes_the_door_even_for_the_right_password(shop: SmallShop, as_: As) -> None:
    for _ in range(5):
        log_in(as_(""))
    assert log_in(as_(""), password="meera-at-the-till").startswith("429")
    assert log_in(as_(""), name="MEERA", password="meera-at-the-till").startswith("429")


def test_nobody_can_lock_the_shop_for_others(shop: SmallShop, as_: As) -> None:
    for _ in range(9):
        log_in(as_(""))
    assert log_in(as_(""), password="meera-at-the-till", address="10.0.0.2") == "/"
    assert log_in(as_(""), name="ravi", password="ravi-at-the-till") == "/"


def test_after_a_quarter_of_an_hour_it_is_forgotten(shop: SmallShop, as_: As) -> None:
    for _ in range(5):
        log_in(as_(""))
    LoginTry.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert log_in(as_(""), password="meera-at-the-till") == "/"
    assert LoginTry.objects.count() == 0


def test_who_is_switched_off_cannot_log_in(shop: SmallShop, as_: As) -> None:
    shop.cashier.is_active = False
    shop.cashier.save()
    assert log_in(as_(""), name="ravi", password="ravi-at-the-till").startswith("422")


def test_strange_names_are_only_wrong(shop: SmallShop, as_: As) -> None:
    for name in ("\0", "x" * 9999, "<script>", "😀"):
        page = log_in(as_(""), name=name)
        assert page.startswith("422")
        assert "<script>" not in page
