"""What `counterfoil verify` sees beyond sums and digests: each of these once went unseen."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from counterfoil.billing.models import Invoice, InvoiceLine, InvoiceTax
from counterfoil.cli.verify.command import examine
from counterfoil.cli.verify.database import APPEND_ONLY, column_rules
from counterfoil.delivery.models import Delivery
from counterfoil.history import rollups
from counterfoil.store import is_postgresql
from counterfoil.till import actions as tills
from counterfoil.till.queries import enabled_values
from tests.checkout.conftest import NOON, sell
from tests.shop import open_small_shop
from tests.simulation.tampering import guards_off
from tests.simulation.varied import VariedShop


@pytest.fixture
def shop(db: None) -> Iterator[None]:
    """In order, its guards off; whatever is done to it is undone."""
    VariedShop().open()
    rollups.catch_up()
    assert examine().breaches == []
    with transaction.atomic():
        guards_off()
        yield
        transaction.set_rollback(True)


def run(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def seen(check: str) -> list[str]:
    return [breach.line() for breach in examine().breaches if breach.check == check]


def taken_back() -> Invoice:
    """An invoice of which something is left."""
    for original in Invoice.objects.filter(credit_notes__isnull=False).distinct():
        back_paise = sum(note.payable_paise for note in original.credit_notes.all())
        if back_paise < original.payable_paise:
            return original
    raise AssertionError("everything was taken back whole")


@pytest.mark.usefixtures("shop")
def test_more_given_back_than_was_sold_is_seen() -> None:
    original = taken_back()
    line = InvoiceLine.objects.filter(invoice__original=original).order_by("id")[0]
    run("UPDATE billing_invoiceline SET quantity_milli = 900000 WHERE id = %s", line.pk)
    (said,) = seen("returns")
    assert original.number in said
    assert "left to return" in said


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "what",
    [
        "billing_invoice SET rounding_paise = rounding_paise - 1, payable_paise = payable_paise - 1, "
        "paid_paise = paid_paise - 1 WHERE original_id",
        "billing_invoice SET discount_paise = discount_paise + 1 WHERE original_id",
        "billing_invoice SET payable_rounding = 'odd' WHERE original_id",
    ],
)
def test_a_credit_note_that_does_not_mirror_its_invoice_is_seen(what: str) -> None:
    original = taken_back()
    run(f"UPDATE {what} = %s", original.pk)
    assert any(original.number in said for said in seen("returns"))


@pytest.mark.usefixtures("shop")
def test_a_line_given_back_at_another_price_is_seen() -> None:
    original = taken_back()
    theirs = "invoice_id IN (SELECT id FROM billing_invoice WHERE original_id = %s)"
    run(f"UPDATE billing_invoiceline SET unit_price_paise = unit_price_paise + 1 WHERE {theirs}", original.pk)
    assert any("is no line of it" in said for said in seen("returns"))


@pytest.mark.usefixtures("shop")
def test_a_credit_note_of_a_credit_note_is_seen() -> None:
    one, other = Invoice.objects.filter(kind="credit-note").order_by("id")[:2]
    run("UPDATE billing_invoice SET original_id = %s WHERE id = %s", one.pk, other.pk)
    assert any("only an invoice" in said for said in seen("returns"))


@pytest.mark.usefixtures("shop")
def test_tax_moved_from_one_rate_to_another_is_seen() -> None:
    """The sum of all rates stays the same."""
    for invoice in Invoice.objects.filter(kind="invoice"):
        taxes = list(invoice.taxes.all())
        other = next((t for t in taxes if t.name == taxes[0].name and t.rate_ppm != taxes[0].rate_ppm), None)
        if other is not None:
            break
    for tax, paise in ((taxes[0], 1), (other, -1)):
        assert isinstance(tax, InvoiceTax)
        run("UPDATE billing_invoicetax SET amount_paise = amount_paise + %s WHERE id = %s", paise, tax.pk)
    assert any(invoice.number in said and "at that rate" in said for said in seen("sums"))


@pytest.mark.usefixtures("shop")
def test_a_document_in_the_series_of_another_year_is_seen() -> None:
    invoice = Invoice.objects.order_by("id")[0]
    run("UPDATE billing_invoice SET day = '2031-05-01' WHERE id = %s", invoice.pk)
    assert any(invoice.number in said and "not of the year" in said for said in seen("number"))


@pytest.mark.usefixtures("shop")
def test_a_counted_drawer_that_is_made_boundless_is_seen() -> None:
    run("UPDATE till_till SET counted = %s WHERE code = 'A'", False)
    assert seen("drawer") == ["drawer of till A: is taken for uncounted, but its notes were counted [drawer]"]


@pytest.mark.usefixtures("shop")
def test_a_mark_that_forgets_the_largest_rounding_is_seen() -> None:
    """Searching by amount trusts it."""
    run("UPDATE history_mark SET most_rounding_paise = most_rounding_paise - 1 WHERE most_rounding_paise > 0")
    assert any("round by at most" in said for said in seen("rollups"))


@pytest.mark.usefixtures("shop")
def test_a_sequence_that_is_no_number_is_seen_and_stops_nothing() -> None:
    if is_postgresql():
        pytest.skip("PostgreSQL takes no word for a number")
    invoice = Invoice.objects.order_by("-id")[0]
    run("UPDATE billing_invoice SET sequence = 'x' WHERE id = %s", invoice.pk)
    said = [breach.line() for breach in examine().breaches]
    assert any(invoice.number in line for line in said)


@pytest.mark.usefixtures("shop")
def test_bytes_in_place_of_a_text_are_seen() -> None:
    if is_postgresql():
        pytest.skip("PostgreSQL takes no bytes for a text")
    line = InvoiceLine.objects.order_by("id")[0]
    run("UPDATE billing_invoiceline SET name = CAST(name AS BLOB), hsn = x'' WHERE id = %s", line.pk)
    assert seen("values") == [f"billing_invoiceline row {line.pk}: holds bytes where a text belongs [values]"]


GUARD = "CREATE OR REPLACE TRIGGER billing_payment_append_only BEFORE UPDATE OR DELETE ON billing_payment FOR EACH ROW"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("damage", "rows"),
    [
        ("CREATE OR REPLACE FUNCTION counterfoil_refuse() RETURNS trigger LANGUAGE plpgsql AS "
         "'BEGIN RETURN COALESCE(NEW, OLD); END'", {f"table {table}" for table in APPEND_ONLY}),
        (f"{GUARD} WHEN (OLD.id < 0) EXECUTE FUNCTION counterfoil_refuse()", {"table billing_payment"}),
        (f"{GUARD.replace('UPDATE', 'UPDATE OF reference')} EXECUTE FUNCTION counterfoil_refuse()",
         {"table billing_payment"}),
        ("ALTER TABLE billing_invoice DROP CONSTRAINT billing_invoice_number_key", {"table billing_invoice"}),
        ("ALTER TABLE billing_invoice DROP CONSTRAINT billing_invoice_idempotency_key_key", {"table billing_invoice"}),
        ("DO $$ BEGIN EXECUTE (SELECT format('ALTER TABLE billing_payment DROP CONSTRAINT %I', conname) FROM "
         "pg_constraint WHERE contype = 'f' AND conrelid = 'billing_payment'::regclass); END $$",
         {"table billing_payment"}),
    ],
)  # fmt: skip
def test_a_guard_or_key_that_is_there_by_name_only_is_seen(damage: str, rows: set[str]) -> None:
    if not is_postgresql():
        pytest.skip("SQLite's triggers are compared as a whole, its keys cannot be dropped")
    assert examine().breaches == []
    with transaction.atomic():
        run(damage.replace("%", "%%") if "%" in damage else damage)
        assert {breach.row for breach in examine().breaches} == rows
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_every_key_and_reference_of_the_tables_is_looked_for() -> None:
    """On both databases, and by the names that they have there."""
    in_force = column_rules()
    assert ("billing_invoice", "number", "unique") in in_force
    assert ("billing_invoice", "series_id", "reference") in in_force
    assert ("billing_invoice", "sequence", "unique") not in in_force  # only together with its series
    assert ("till_session", "till_id", "unique") not in in_force  # only while it is open


@pytest.mark.usefixtures("shop")
def test_a_second_letter_given_to_another_invoice_is_missed_where_it_was_asked_for() -> None:
    again = Delivery.objects.filter(round=1).select_related("invoice")[0]
    other = Invoice.objects.exclude(deliveries__address=again.address).order_by("id")[0]
    run("UPDATE delivery_delivery SET invoice_id = %s WHERE id = %s", other.pk, again.pk)
    assert any(again.invoice.number in line for line in seen("delivery"))


@pytest.mark.django_db
def test_of_cash_given_as_an_amount_no_less_was_taken_than_the_coins_of_then_could_make() -> None:
    """21.00 where nothing below five rupees is in use: a note of twenty went into the drawer, and nothing is wrong."""
    till = open_small_shop().till
    tills.count_drawer(till=till, notes=dict.fromkeys(enabled_values(), 9), now=NOON)
    for value_paise in (100, 200):
        tills.change_denomination(value_paise=value_paise, enabled=False, now=NOON)
    sold = sell({"product": "P001"}, payments=[{"method": "cash", "amount": "21.00"}]).document["number"]
    assert examine().breaches == []
    twenty = "kind = 'received' AND value_paise = 2000"
    for damage, said in (("value_paise = 1999", "no note and no coin"), ("value_paise = 1000", "took 1000 paise"),
                         ("count = 2", "took 4000 paise")):  # fmt: skip
        with transaction.atomic():
            guards_off()
            run(f"UPDATE till_drawermovement SET {damage} WHERE {twenty}")
            assert [line for line in seen("drawer") if line.startswith(sold) and said in line], damage
            transaction.set_rollback(True)
    assert examine().breaches == []
