"""The demo shop: believable, the same for the same seed, and nothing in it that the sale itself would not write."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from stdnum import ean
from stdnum.in_ import gstin

from counterfoil.billing.models import Invoice, InvoiceLine, InvoiceTax, Payment
from counterfoil.billing.record import HEADER_COLUMNS, LINE_COLUMNS, PAYMENT_COLUMNS, TAX_COLUMNS
from counterfoil.catalog.models import Product
from counterfoil.cli.demo import load
from counterfoil.cli.demo.baskets import MEAN_LINES
from counterfoil.cli.demo.days import Shelf
from counterfoil.cli.demo.goods import GOODS
from counterfoil.cli.demo.neighbours import NEIGHBOURS, SHOP
from counterfoil.cli.verify.command import examine
from counterfoil.customers.models import Customer
from counterfoil.delivery.models import Delivery
from counterfoil.till.models import DrawerNote

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def fill(invoices: int = 60, seed: int = 1) -> int:
    return load.load_demo(invoices=invoices, seed=seed, now=NOW, out=io.StringIO())


def documents(invoices: int, seed: int) -> list[tuple[Any, ...]]:
    """Fill an empty shop, remember what was issued (row ids apart, which digests of requests hold), and empty it."""
    columns = sorted({*HEADER_COLUMNS} - {"request_digest"})
    with transaction.atomic():
        fill(invoices, seed)
        found: list[tuple[Any, ...]] = list(Invoice.objects.order_by("number").values_list(*columns))
        for model, names in ((InvoiceLine, LINE_COLUMNS), (InvoiceTax, TAX_COLUMNS), (Payment, PAYMENT_COLUMNS)):
            found += model._base_manager.order_by("invoice__number", "position").values_list("invoice__number", *names)
        transaction.set_rollback(True)
    return found


@pytest.mark.django_db
def test_a_demo_shop_verifies_and_is_whole() -> None:
    assert fill(80) == 80
    assert examine().breaches == []
    assert Product.objects.count() == len(GOODS) >= 60
    assert Customer.objects.count() == len(NEIGHBOURS) == 40
    assert Invoice.objects.filter(kind="invoice").count() == 80
    assert Invoice.objects.filter(kind="credit-note").exists()
    assert set(DrawerNote.objects.values_list("till__code", flat=True)) == {"A", "B"}
    oldest, newest = Invoice.objects.order_by("issued_at").first(), Invoice.objects.order_by("-issued_at").first()
    assert oldest
    assert newest
    assert newest.issued_at <= NOW
    assert 60 < (newest.issued_at - oldest.issued_at).days <= 90


@pytest.mark.django_db
def test_no_mail_of_the_demo_waits_to_be_sent() -> None:
    fill()
    assert Delivery.objects.exists()
    assert not Delivery.objects.filter(state__in=["queued", "sending"]).exists()
    assert not Delivery.objects.filter(next_attempt_at__isnull=False).exists()
    assert not Delivery.objects.exclude(address__endswith="@example.com").exists()


@pytest.mark.django_db
def test_the_same_seed_makes_the_same_invoices() -> None:
    assert documents(40, seed=7) == documents(40, seed=7) != documents(40, seed=8)


@pytest.mark.django_db
def test_in_bulk_the_very_same_invoices_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices, taxes, payments, change, numbers, times and keys."""
    monkeypatch.setattr(load, "WITH_RETURNS", False)
    by_sales = documents(60, seed=3)
    monkeypatch.setattr(load, "REAL_AT_MOST", 0)
    monkeypatch.setattr("counterfoil.cli.demo.bulk.BATCH", 25)
    assert documents(60, seed=3) == by_sales
    fill(60, seed=3)
    assert examine().breaches == []


@pytest.mark.django_db
def test_a_second_helping_adds_to_the_first() -> None:
    fill(20)
    fill(20)
    assert Invoice.objects.filter(kind="invoice").count() == 40
    assert examine().breaches == []


@pytest.mark.pure
def test_barcodes_and_tax_numbers_have_right_check_digits() -> None:
    assert all(ean.is_valid(good.barcode) for good in GOODS if good.barcode)
    assert all(gstin.is_valid(number) for number in [SHOP["gstin"], *(n.gstin for n in NEIGHBOURS if n.gstin)])


@pytest.mark.pure
def test_no_two_goods_share_a_code_or_a_barcode() -> None:
    barcodes = [good.barcode for good in GOODS if good.barcode]
    assert len(set(barcodes)) == len(barcodes)
    assert len({good.code for good in GOODS}) == len(GOODS)
    assert timezone.is_aware(NOW)


@pytest.mark.parametrize("days", [90, 1095])
def test_of_the_many_goods_there_is_enough_for_all_the_days(days: int) -> None:
    bought_milli = 900 * MEAN_LINES * days * 1000
    assert Shelf(900, {}).plenty_milli(50_000, days) * 50_000 >= bought_milli
