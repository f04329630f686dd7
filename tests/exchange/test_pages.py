"""The pages around it: who may, what is kept for whom, limits, and what a browser gets."""

import os
import struct
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from tests.exchange.files import csv_bytes, excel
from tests.shop import SmallShop

GOOD = csv_bytes("Code,Name,Price,GST %", "N1,Salt,20,5", "P001,Milk,21,5")


@pytest.fixture
def owner(shop: SmallShop, settings: Settings, tmp_path: Path) -> Client:
    settings.DATA_DIR = tmp_path
    return signed_in(shop.owner)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def upload(client: Client, data: bytes, kind: str = "products") -> Any:
    return client.post(f"/{kind}/import/", {"file": SimpleUploadedFile("list.csv", data), "set_stock": "on"})


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_from_file_to_shop(owner: Client, shop: SmallShop) -> None:
    answer = upload(owner, GOOD)
    page = answer["Location"]
    assert "data-run-now" in text(owner.get(page))
    assert owner.get(f"{page}progress/").json() == {"phase": "", "done": 0, "percent": 0}
    assert owner.post(f"{page}check/")["Location"] == page
    shown = text(owner.get(page))
    assert "Import 2 rows" in shown
    assert "20.00" in shown
    assert "21.00" in shown
    assert owner.get(f"{page}progress/").json() == {"phase": "checked", "done": 2, "percent": 100}
    assert owner.post(f"{page}apply/", {"rows": "all"})["Location"] == page
    assert "Done: 1 added, 1 changed." in text(owner.get(page))
    assert type(shop.milk).objects.get(code="P001").unit_price_paise == 2100


def test_the_trail_names_who_imported(owner: Client, shop: SmallShop) -> None:
    from counterfoil.audit.models import Entry

    page = upload(owner, GOOD)["Location"]
    owner.post(f"{page}check/")
    owner.post(f"{page}apply/")
    entry = Entry.objects.get(what="product", which="N1")
    assert (entry.actor_id, entry.via, entry.verb) == (shop.owner.pk, "page", "created")


def test_refused_rows_are_shown_and_downloaded(owner: Client, shop: SmallShop) -> None:
    page = upload(owner, csv_bytes("Code,Name,Price,GST %", "N1,<script>,x,5", "N2,Salt,20,5"))["Location"]
    owner.post(f"{page}check/")
    shown = text(owner.get(page))
    assert "&lt;script&gt;" in shown
    assert "Import the 1 good row" in shown
    answer = owner.post(f"{page}apply/", {"rows": "all"})
    assert answer.status_code == 422
    assert "1 rows are refused" in text(answer)
    refused = b"".join(owner.get(f"{page}refused.csv")).decode("utf-8-sig")
    assert "2,N1,<script>,Price," in refused
    owner.post(f"{page}apply/", {"rows": "good"})
    assert set(type(shop.milk).objects.filter(code__startswith="N").values_list("code", flat=True)) == {"N2"}


def test_what_happened_meanwhile_is_shown_anew(owner: Client, shop: SmallShop) -> None:
    page = upload(owner, GOOD)["Location"]
    owner.post(f"{page}check/")
    type(shop.milk).objects.filter(code="P001").update(unit_price_paise=2100)
    answer = owner.post(f"{page}apply/", {"rows": "all"})
    assert answer.status_code == 422
    assert "changed since you looked" in text(answer)
    assert not type(shop.milk).objects.filter(code="N1").exists()
    assert "Import 1 row" in text(answer)


@pytest.mark.parametrize("data, words", [
    (b"", "Choose a file."),
    (b"x" * (20 * 1024 * 1024 + 1), "larger than 20 MB"),
])  # fmt: skip
def test_what_is_no_file_for_us_is_said_at_the_field(owner: Client, data: bytes, words: str, tmp_path: Path) -> None:
    answer = owner.post("/products/import/", {"file": SimpleUploadedFile("a.csv", data)} if data else {})
    assert answer.status_code == 422
    assert words in text(answer)
    assert 'id="f-file-error"' in text(answer)
    assert not list(tmp_path.glob("imports/*/*/file"))


def test_an_unreadable_file_is_said_when_it_is_looked_at(owner: Client) -> None:
    page = upload(owner, b"Foo,Bar\n1,2\n")["Location"]
    answer = owner.post(f"{page}check/")
    assert answer.status_code == 422
    assert "No column is called Code" in text(answer)


def test_only_its_owner_opens_a_kept_file(owner: Client, shop: SmallShop) -> None:
    from counterfoil.people.models import User

    page = upload(owner, GOOD)["Location"]
    other = signed_in(User.objects.create(username="second", role="owner"))
    assert other.get(page).status_code == 404
    assert owner.get(page.replace("products", "customers")).status_code == 404
    for token in ("../../etc/passwd", "0" * 32, "%2e%2e%2f"):
        assert owner.get(f"/products/import/{token}/").status_code == 404


def test_kept_files_go_after_a_day_and_when_there_are_many(owner: Client, shop: SmallShop, tmp_path: Path) -> None:
    pages = [upload(owner, GOOD)["Location"] for _ in range(7)]
    assert len(list(tmp_path.glob("imports/*/*"))) == 5
    file = tmp_path / "imports" / str(shop.owner.pk) / pages[-1].split("/")[-2] / "file"
    os.utime(file, (0, 0))
    assert owner.get(pages[-1]).status_code == 404
    upload(owner, GOOD)
    assert not file.exists()


@pytest.mark.parametrize("path", ["/products/import/", "/customers/import/"])
def test_importing_is_for_who_keeps_the_masters(owner: Client, shop: SmallShop, path: str) -> None:
    assert owner.get(path).status_code == 200
    for user in (shop.cashier, shop.accountant):
        assert signed_in(user).get(path).status_code == 403
        assert upload(signed_in(user), GOOD).status_code == 403
    assert Client().get(path).status_code == 302


@pytest.mark.parametrize("path", ["/products/export/", "/customers/export/", "/invoices/export/"])
def test_exporting_is_for_owner_and_accountant(owner: Client, shop: SmallShop, path: str) -> None:
    assert signed_in(shop.cashier).get(path).status_code == 403
    for form, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        answer = signed_in(shop.accountant).get(path, {"format": form})
        assert answer.streaming
        assert b"".join(answer).startswith(start)
        assert answer["Content-Disposition"].endswith(f'.{form}"')
    assert owner.get(path, {"format": "exe"}).status_code == 422


def test_an_upload_needs_the_forms_own_token(owner: Client, shop: SmallShop) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(shop.owner)
    assert upload(client, GOOD).status_code == 403


def test_a_page_of_rows_asks_few_queries(owner: Client, django_assert_max_num_queries: Any) -> None:
    lines = [f"N{i},Salt {i},20,5" for i in range(450)]
    page = upload(owner, csv_bytes("Code,Name,Price,GST %", *lines))["Location"]
    with django_assert_max_num_queries(15):
        owner.post(f"{page}check/")
    with django_assert_max_num_queries(15):
        shown = text(owner.get(page, {"page": "5"}))
    assert "401 to 450 of 450" in shown


def test_a_workbook_goes_the_same_way(owner: Client, shop: SmallShop) -> None:
    data = excel([["Name", "Mobile", "E-mail"], ["Meena", ("9822033333", 0), "m@example.com"]])
    page = upload(owner, data, "customers")["Location"]
    owner.post(f"{page}check/")
    assert "9822033333" in text(owner.get(page))


def test_an_export_in_frames_says_how_far_it_is_and_is_the_same_file(owner: Client, shop: SmallShop) -> None:
    from counterfoil.web.exchange import FRAMES

    plain = b"".join(owner.get("/products/export/?show=enabled"))
    answer = owner.get("/products/export/?show=enabled", headers={"Accept": FRAMES})
    assert (answer["Content-Type"], answer["X-Rows"], answer["X-Type"][:8]) == (FRAMES, "5", "text/csv")
    data, pieces, rows = b"".join(answer), [], []
    while data:
        done, length = struct.unpack(">II", data[:8])
        rows.append(done)
        pieces.append(data[8 : 8 + length])
        data = data[8 + length :]
    assert (b"".join(pieces), rows[-1], pieces[-1]) == (plain, 5, b"")
    assert rows == sorted(rows)
