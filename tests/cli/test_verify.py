"""`counterfoil verify`: a shop in order passes; whatever is changed behind its back is found, and named.

In random places everywhere: tests/simulation/test_tampering.py.
"""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from counterfoil import guards
from counterfoil.billing.models import Invoice, InvoiceLine, NumberSeries
from counterfoil.cli import main
from counterfoil.cli.demo.load import load_demo
from counterfoil.cli.verify.command import examine
from counterfoil.cli.verify.database import APPEND_ONLY

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def busy_shop(db: None) -> None:
    load_demo(invoices=30, seed=5, now=NOW, out=io.StringIO())


@contextmanager
def behind_its_back() -> Iterator[None]:
    """No guards inside; everything is undone afterwards."""
    with transaction.atomic():
        for table in APPEND_ONLY:
            guards.drop(connection, table)
        yield
        transaction.set_rollback(True)


def found() -> dict[str, set[str]]:
    """{row: the checks that it fails}, but for the guards that the test itself took away."""
    rows: dict[str, set[str]] = {}
    for breach in examine().breaches:
        if breach.check != "guards":
            rows.setdefault(breach.row, set()).add(breach.check)
    return rows


def run(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


@pytest.mark.usefixtures("busy_shop")
def test_a_shop_in_order_passes() -> None:
    result = examine()
    assert result.ok, result.breaches
    assert result.documents >= 30


@pytest.mark.usefixtures("busy_shop")
def test_one_paisa_of_an_issued_line_is_found_and_its_invoice_named() -> None:
    line = InvoiceLine.objects.select_related("invoice").order_by("id")[17]
    with behind_its_back():
        more = "taxable_paise = taxable_paise + 1, total_paise = total_paise + 1"
        run(f"UPDATE billing_invoiceline SET {more} WHERE id = %s", line.pk)
        assert found() == {line.invoice.number: {"digest", "sums"}}


@pytest.mark.usefixtures("busy_shop")
def test_a_removed_invoice_is_missed() -> None:
    victim = Invoice.objects.order_by("series_id", "sequence")[3]
    following = Invoice.objects.get(series=victim.series, sequence=victim.sequence + 1)
    with behind_its_back():
        remove(victim)
        checks = found()
        assert {"sequence", "chain"} <= checks[following.number]


@pytest.mark.usefixtures("busy_shop")
def test_a_cut_tail_is_noticed_against_a_head_kept_elsewhere() -> None:
    series = NumberSeries.objects.get(till__code="A", kind="invoice")
    last = Invoice.objects.get(series=series, sequence=series.last_sequence)
    before = Invoice.objects.get(series=series, sequence=series.last_sequence - 1)
    kept = {f"A/{series.year}": series.head_digest}
    assert examine(heads=kept).ok
    assert examine(heads={last.number: last.digest}).ok
    with behind_its_back():
        remove(last)
        series.last_sequence, series.head_digest = before.sequence, before.digest
        series.save()
        assert "head" not in {check for checks in found().values() for check in checks}
        missed = [b.row for b in examine(heads=kept).breaches if b.check == "head"]
        assert missed == [f"A/{series.year}"]


def remove(invoice: Invoice) -> None:
    for model in invoice._meta.related_objects:
        if model.field.model is not Invoice:
            rows = model.field.model._base_manager.filter(**{model.field.name: invoice})
            if model.field.model._meta.model_name == "delivery":
                theirs = "SELECT id FROM delivery_delivery WHERE invoice_id = %s"
                run(f"DELETE FROM delivery_step WHERE delivery_id IN ({theirs})", invoice.pk)
            rows._raw_delete(rows.db)
    run("DELETE FROM billing_invoice WHERE id = %s", invoice.pk)


@pytest.mark.usefixtures("busy_shop")
@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE catalog_product SET stock_milli = stock_milli + 1000 WHERE code = 'MLK10'", "stock"),
        ("UPDATE till_drawernote SET count = count + 1 WHERE value_paise = 50000", "drawer"),
        ("DELETE FROM catalog_stockmovement WHERE reason = 'sale' AND id % 7 = 0", "movements"),
        ("DELETE FROM till_drawermovement WHERE kind = 'received'", "drawer"),
        ("UPDATE till_drawermovement SET invoice_id = NULL WHERE kind = 'change'", "drawer"),
        ("DELETE FROM delivery_step", ""),
        ("UPDATE delivery_delivery SET address = 'else@example.com'", "delivery"),
        ("UPDATE billing_numberseries SET last_sequence = last_sequence + 1", "series"),
        ("UPDATE billing_numberseries SET head_digest = 'x'", "series"),
    ],
)
def test_books_that_do_not_add_up_are_named(damage: str, check: str) -> None:
    with behind_its_back():
        run(damage.replace("%", "%%") if "%" in damage else damage)
        checks = {each for checks in found().values() for each in checks}
        assert check in checks if check else checks == set()


@pytest.mark.usefixtures("busy_shop")
def test_a_guard_that_was_taken_away_is_missed() -> None:
    with transaction.atomic():
        guards.drop(connection, "billing_payment")
        assert [breach.row for breach in examine().breaches] == ["table billing_payment"]
        transaction.set_rollback(True)


@pytest.mark.usefixtures("busy_shop")
def test_the_command_says_what_it_found_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify"]) == 0
    assert "every invariant holds" in capsys.readouterr().out
    with behind_its_back():
        run("UPDATE catalog_product SET stock_milli = stock_milli + 1000 WHERE code = 'MLK10'")
        assert main(["verify", "--json"]) == 1
        told = json.loads(capsys.readouterr().out)
        assert told["ok"] is False
        assert [b["row"] for b in told["breaches"] if b["check"] == "stock"] == ["product MLK10"]
        assert all(b["advice"] for b in told["breaches"])
    assert main(["verify", "--head", "nonsense"]) == 1
    assert "DIGEST" in capsys.readouterr().err
