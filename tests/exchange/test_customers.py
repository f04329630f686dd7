"""Customers from files: who is meant, and what becomes of them."""

import pytest

from tests.exchange.conftest import NOW, Look
from tests.exchange.files import csv_bytes
from tests.shop import SmallShop

HEAD = "Name,E-mail,Mobile,GST No,State,Address"


def test_who_is_meant(look: Look, shop: SmallShop) -> None:
    found = look(csv_bytes(
        HEAD,
        "Asha Rao,ASHA@example.com,,,,",  # by e-mail, without regard to case: only its spelling changes
        "thomas  KURIAN,,9822022222,,,",  # by name and phone, however they are written
        "Thomas Kurian,t@example.com,098220 22222,,,",  # the same row's customer again
        "Meena,,98220 33333,27AAPFU0939F1ZV,,",
        "Nobody,,,,,",
        ",x@example.com,,,,",
        "Bad,no-mail,9.82201E+09,27XX,Atlantis,",
    ))  # fmt: skip
    assert found.row(2).details == [("email", "asha@example.com", "ASHA@example.com")]
    assert found.row(3).verb == "change"
    assert "Row 3 is the same customer" in found.why(4)
    assert found.row(5).details == [("phone", "98220 33333"), ("gstin", "27AAPFU0939F1ZV"), ("state", "27")]
    assert found.row(6).verb == "create"
    assert found.why(7) == "name: Give a name."
    assert [field for field, _why in found.row(8).details] == ["email", "phone", "gstin", "state"]


def test_the_same_file_twice_changes_nothing(look: Look, shop: SmallShop) -> None:
    from counterfoil.customers.models import Customer

    data = csv_bytes(HEAD, "Meena,m@e.com,98220 33333,,Karnataka,Road", "Raju,,98220 44444,,29-Karnataka,", "Anon,,,,,")
    look(data, "customers").apply()
    again = look(data, "customers")
    assert again.totals == (0, 0, 3, 0)
    again.apply()
    assert Customer.objects.count() == 5
    assert set(Customer.objects.filter(phone__startswith="98220").values_list("state", flat=True)) == {"29"}


@pytest.fixture
def look(look: Look) -> Look:
    return lambda data, kind="customers", **options: look(data, kind, **options)


def test_bulk_leaves_the_rows_that_single_actions_leave(look: Look, shop: SmallShop) -> None:
    from counterfoil.audit.models import Entry
    from counterfoil.customers import actions
    from counterfoil.customers.models import Customer

    one = actions.add_customer(values={"name": "Meena", "email": "one@example.com", "phone": "1"}, now=NOW)
    actions.change_customer(customer_id=one.pk, changes={"name": "Meena K", "phone": "2"}, now=NOW)
    look(csv_bytes(HEAD, "Meena,two@example.com,1,,,")).apply()
    look(csv_bytes(HEAD, "Meena K,two@example.com,2,,,")).apply()
    two = Customer.objects.get(email_key="two@example.com")

    def left(customer: Customer) -> list[object]:
        row = Customer.objects.filter(pk=customer.pk).values().get()
        entries = Entry.objects.filter(what="customer", which=str(customer.pk)).order_by("id")
        return [{**row, "id": 0}, [(e.at, e.via, e.verb, e.before, e.after) for e in entries]]

    assert str(left(one)) == str(left(two)).replace("two@", "one@")


def test_an_id_of_another_shop_overwrites_nobody(look: Look, shop: SmallShop) -> None:
    found = look(csv_bytes("Id,Name,E-mail", f"{shop.asha.pk},Someone,else@e.com", "999999,Meena,", "x,Raju,"))
    assert "of another shop" in found.why(2)
    assert "There is no customer 999999" in found.why(3)
    assert "There is no customer x" in found.why(4)


def test_an_id_renames_its_customer(look: Look, shop: SmallShop) -> None:
    found = look(csv_bytes("Id,Name,E-mail", f"{shop.asha.pk},Asha Kulkarni,asha@example.com"))
    assert found.row(2).details == [("name", "Asha Rao", "Asha Kulkarni")]


def test_an_address_of_two_does_not_decide(look: Look, shop: SmallShop) -> None:
    found = look(csv_bytes("Id,Name,E-mail", f"{shop.thomas.pk},Thomas Kurian,asha@example.com"))
    assert found.why(2) == f"email: The customer {shop.asha.pk} has this e-mail."
