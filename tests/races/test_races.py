"""Two at once. Each guard is taken off first, to show that its race is real."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from counterfoil.billing.models import Invoice, NumberSeries
from counterfoil.catalog import actions as catalog
from counterfoil.catalog import stock
from counterfoil.catalog.models import Product
from counterfoil.checkout.actions import Outcome
from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.returns import ReturnIn, take_back
from counterfoil.customers import actions as customers
from counterfoil.customers.models import Customer
from counterfoil.customers.queries import Buyer
from counterfoil.rules.errors import AlreadyReturned, OutOfStock
from counterfoil.store import Statement, send
from counterfoil.till import actions as till_actions
from counterfoil.till import queries as till
from counterfoil.till import sessions
from counterfoil.till import statements as till_statements
from tests.checkout.conftest import NOON, sell
from tests.races.conftest import TILLS, at_once, unique_off
from tests.shop import SmallShop

AllHaveRead = Callable[[int], None]
LAST_COLA = {"product": "P005", "quantity": "3"}
EMPTY_THE_DRAWER: dict[str, Any] = {"payments": [{"method": "cash", "notes": {"100": 1}}]}


def sold(answers: list[Any]) -> list[dict[str, Any]]:
    return [a.document for a in answers if isinstance(a, Outcome)]


def pay_by_card(amount: str) -> dict[str, Any]:
    return {"payments": [{"method": "card", "amount": amount}]}


# The last packet


def check_then_act(**sale: Any) -> list[Statement]:
    """What the guard replaces: the stock as it was read, less what is wanted, is written back."""
    statements = []
    for product in Product.objects.filter(id__in=sale["wanted"]):
        wanted = sale["wanted"][product.pk]
        assert product.stock_milli is not None
        if product.stock_milli < wanted:
            raise sale["refuse"]({product.pk})
        left = product.stock_milli - wanted
        statements.append(Statement(f"UPDATE catalog_product SET stock_milli = {left} WHERE id = {product.pk}", ()))
    return statements


def sell_the_last(all_have_read: AllHaveRead) -> list[Any]:
    all_have_read(TILLS)
    return at_once(*[lambda: sell(LAST_COLA, **pay_by_card("135")) for _ in range(TILLS)])


@pytest.mark.usefixtures("postgresql_only")
def test_without_its_guard_the_last_packet_is_sold_twice(
    busy_shop: SmallShop, all_have_read: AllHaveRead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "take_stock", check_then_act)
    assert len(sold(sell_the_last(all_have_read))) > 1


def test_two_tills_cannot_sell_the_last_packet(busy_shop: SmallShop, all_have_read: AllHaveRead) -> None:
    answers = sell_the_last(all_have_read)
    assert len(sold(answers)) == 1
    assert [type(a) for a in answers if not isinstance(a, Outcome)] == [OutOfStock] * (TILLS - 1)
    assert busy_shop.stock_milli("P005") == 0
    assert NumberSeries.objects.get().last_sequence == 1, "a number was burnt"


# The same key


def sell_under_one_key(all_have_read: AllHaveRead) -> list[Any]:
    all_have_read(TILLS)
    milk = {"product": "P001", "quantity": "2"}
    return at_once(*[lambda: sell(milk, key="one-key-for-all", **pay_by_card("42")) for _ in range(TILLS)])


@pytest.mark.usefixtures("postgresql_only")
def test_without_its_guard_one_key_makes_several_invoices(busy_shop: SmallShop, all_have_read: AllHaveRead) -> None:
    on_again = unique_off("billing_invoice", "idempotency_key")
    try:
        assert len({s["number"] for s in sold(sell_under_one_key(all_have_read))}) > 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE billing_invoice CASCADE")
        on_again()


def test_one_key_is_one_invoice_on_four_tills_at_once(busy_shop: SmallShop, all_have_read: AllHaveRead) -> None:
    answers = sell_under_one_key(all_have_read)
    assert [s["number"] for s in sold(answers)] == ["A/26-27/000001"] * TILLS, answers
    assert sum(not a.replayed for a in answers) == 1
    assert Invoice.objects.count() == 1
    assert busy_shop.stock_milli("P001") == 48_000


# The same new customer


def plain_insert(*, buyer: Any, now: Any) -> list[Statement]:
    """What the guard replaces: look first, then add."""
    statement = customers_add(buyer=buyer, now=now)
    sql = statement[0].sql.replace("ON CONFLICT (email_key) DO UPDATE SET enabled = customers_customer.enabled ", "")
    return [Statement(sql, statement[0].params, statement[0].read)]


customers_add = customers.add_if_new


def sell_to_a_newcomer(all_have_read: AllHaveRead) -> list[Any]:
    all_have_read(TILLS)
    nila = {"name": "Nila", "email": "nila@example.com"}
    return at_once(*[lambda: sell({"product": "P001"}, customer=nila, **pay_by_card("21")) for _ in range(TILLS)])


@pytest.mark.usefixtures("postgresql_only")
def test_without_its_guard_a_newcomer_is_added_several_times(
    busy_shop: SmallShop, all_have_read: AllHaveRead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customers, "add_if_new", plain_insert)
    on_again = unique_off("customers_customer", "email_key")
    try:
        sell_to_a_newcomer(all_have_read)
        assert Customer.objects.filter(email_key="nila@example.com").count() > 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE customers_customer CASCADE")
        on_again()


@pytest.mark.usefixtures("postgresql_only")
def test_adding_somebody_who_is_there_lets_sales_refer_to_them(busy_shop: SmallShop) -> None:
    """A sale that knew the customer holds its goods by then: were its reference to wait, the two would wait for each
    other for ever."""
    asha = Buyer(name="Asha Rao", email=busy_shop.asha.email)

    def refer() -> int:
        with transaction.atomic(), connection.cursor() as cursor:  # as a foreign key's check asks
            cursor.execute("SELECT id FROM customers_customer WHERE id = %s FOR KEY SHARE NOWAIT", [busy_shop.asha.pk])
            return int(cursor.fetchone()[0])

    with transaction.atomic():
        assert send(*customers.add_if_new(buyer=asha, now=NOON)) == [busy_shop.asha.pk]
        assert at_once(refer) == [busy_shop.asha.pk]


def test_a_hundred_sales_to_one_newcomer_add_one_customer(busy_shop: SmallShop, all_have_read: AllHaveRead) -> None:
    before = Customer.objects.count()
    assert len(sold(sell_to_a_newcomer(all_have_read))) == TILLS

    def quarter() -> list[Outcome]:
        email = {"email": "HUNDRED@example.com"}
        return [sell({"product": "P004"}, customer=email, **pay_by_card("6")) for _ in range(25)]

    assert [len(q) for q in at_once(*[quarter] * TILLS)] == [25] * TILLS
    assert Customer.objects.count() == before + 2


# A return and a second return


def return_twice(busy_shop: SmallShop) -> list[Any]:
    number = sell({"product": "P001", "quantity": "2"}, **pay_by_card("42")).document["number"]
    met = threading.Barrier(2)

    def back(n: int) -> Outcome:
        met.wait(10)
        request = ReturnIn(refund=[{"method": "card"}])  # type: ignore[list-item]
        return take_back(number=number, request=request, key=f"return-key-{n}", cashier=Cashier(), now=NOON)

    return at_once(lambda: back(1), lambda: back(2))


@pytest.mark.usefixtures("postgresql_only")
def test_without_its_guard_everything_is_returned_twice(busy_shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    from counterfoil.checkout import returns

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)
    so_far, met = returns.returned_so_far, threading.Barrier(2)

    def both_have_looked(original: Invoice) -> Mapping[int, int]:
        found = so_far(original)
        met.wait(10)
        return found

    monkeypatch.setattr(returns, "returned_so_far", both_have_looked)
    assert len(sold(return_twice(busy_shop))) == 2


def test_the_second_return_waits_and_is_refused(busy_shop: SmallShop) -> None:
    answers = return_twice(busy_shop)
    assert len(sold(answers)) == 1
    assert [type(a) for a in answers if not isinstance(a, Outcome)] == [AlreadyReturned]
    assert busy_shop.stock_milli("P001") == 50_000


# The drawer


def sell_for_the_last_notes(busy_shop: SmallShop, all_have_read: AllHaveRead) -> list[Any]:
    """The drawer can give 58 once: a fifty, a five, a two and a one."""
    till_actions.count_drawer(till=busy_shop.till, notes={5000: 1, 500: 1, 200: 1, 100: 1}, now=NOON)
    all_have_read(TILLS)
    milk = {"product": "P001", "quantity": "2"}
    return at_once(*[lambda: sell(milk, **EMPTY_THE_DRAWER) for _ in range(TILLS)])


def test_two_sales_cannot_give_back_the_same_note(busy_shop: SmallShop, all_have_read: AllHaveRead) -> None:
    answers = sell_for_the_last_notes(busy_shop, all_have_read)
    assert len(sold(answers)) == 1
    assert {a.code for a in answers if not isinstance(a, Outcome)} == {"change-unavailable"}
    assert till.notes(busy_shop.till) == {10000: 1} == till.explained_notes(busy_shop.till)


@pytest.mark.usefixtures("postgresql_only")
def test_without_the_tills_lock_a_count_and_a_sale_disagree(
    busy_shop: SmallShop, all_have_read: AllHaveRead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(till_statements, "hold", lambda *, till_id: Statement("SELECT 1", ()))
    assert close_during_a_sale(busy_shop, monkeypatch) is False


def test_a_session_closed_during_a_sale_counts_it_or_does_not(
    busy_shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert close_during_a_sale(busy_shop, monkeypatch) is True


def close_during_a_sale(busy_shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Close while a sale stands between reading the drawer and writing. True: the books agree with themselves.

    The sale stops before its third batch until the closing has either ended or been seen to wait for the till.
    """
    from counterfoil.checkout import actions

    session = sessions.open_session(till=busy_shop.till, notes={10000: 3, 1000: 9, 200: 9}, now=NOON, user_id=None)
    number_and_issue, reached, closed = actions.number_and_issue, threading.Event(), threading.Event()

    def slow(*args: Any, **more: Any) -> Any:
        reached.set()
        closed.wait(1)  # with the guard on this always runs out: the closing waits for us
        return number_and_issue(*args, **more)

    monkeypatch.setattr(actions, "number_and_issue", slow)
    milk = {"product": "P001", "quantity": "2"}

    def close() -> None:
        assert reached.wait(10)
        notes = {10000: 3, 1000: 9, 200: 9}
        sessions.close_session(till=busy_shop.till, notes=notes, now=NOON + timedelta(minutes=1), user_id=None)
        closed.set()

    notes_given: dict[str, Any] = {"payments": [{"method": "cash", "notes": {"20": 2, "2": 1}}]}
    answers = at_once(lambda: sell(milk, **notes_given), close)
    assert not [a for a in answers if isinstance(a, Exception)], answers
    session.refresh_from_db()
    takings = Invoice.objects.filter(session=session).exists()
    counted_on = session.expected_notes != session.opening_notes
    return takings == counted_on


@pytest.mark.usefixtures("postgresql_only")
@pytest.mark.parametrize("guarded", [False, True])
def test_a_sale_that_waited_for_the_closing_is_of_no_session(
    busy_shop: SmallShop, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Without the guard the sale looks in the statement that waits for the lock, and sees the session still open."""
    if not guarded:
        monkeypatch.setattr(till_statements, "hold", lambda *, till_id: Statement("SELECT 1", ()))
        monkeypatch.setattr(till_statements, "ask_drawer", look_while_waiting)
    notes = {10000: 3, 1000: 9, 200: 9}
    sessions.open_session(till=busy_shop.till, notes=notes, now=NOON, user_id=None)
    counted, closing = till_actions.count_drawer, threading.Event()

    def slow(**more: Any) -> Any:
        closing.set()
        while not somebody_waits():
            threading.Event().wait(0.01)
        return counted(**more)

    monkeypatch.setattr(sessions, "count_drawer", slow)
    given: dict[str, Any] = {"payments": [{"method": "cash", "notes": {"20": 2, "2": 1}}]}

    def late() -> Outcome:
        assert closing.wait(10)
        return sell({"product": "P001", "quantity": "2"}, **given)

    end: dict[str, Any] = {"till": busy_shop.till, "notes": notes, "now": NOON + timedelta(minutes=1), "user_id": None}
    answers = at_once(lambda: sessions.close_session(**end), late)
    assert not [a for a in answers if isinstance(a, Exception)], answers
    assert (Invoice.objects.get().session_id is None) == guarded


def look_while_waiting(*, till_id: int) -> Statement:
    """What the guard replaces: lock and look in one statement."""
    looked = look(till_id=till_id)
    inner = "(SELECT s.id FROM till_session s WHERE s.till_id = t.id AND s.closed_at IS NULL)"
    sql = f"SELECT t.counted, {inner}, 100, 90 FROM till_till t WHERE t.id = %s::bigint FOR NO KEY UPDATE OF t"
    return Statement(sql, looked.params, looked.read)


look = till_statements.ask_drawer


def somebody_waits() -> bool:
    """In this database: other tests have theirs on the same server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # pg_stat_activity stands still in a transaction
        cursor.execute(
            "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE NOT granted AND datname = current_database()"
        )
        return bool(cursor.fetchall())


# Masters edited during sales


def test_prices_and_notes_edited_during_sales_tear_no_invoice(busy_shop: SmallShop) -> None:
    def edit() -> None:
        for n in range(10):
            catalog.change_product(code="P001", changes={"unit_price_paise": 2000 + 100 * (n % 2)}, now=NOON)
            till_actions.change_denomination(value_paise=20000, enabled=bool(n % 2), now=NOON)

    def ring_up() -> list[dict[str, Any]]:
        lines = [{"product": "P001"}, {"product": "P001", "quantity": "2"}]
        cash: dict[str, Any] = {"payments": [{"method": "cash", "notes": {"500": 1}}]}
        return [sell(*lines, **cash).document for _ in range(8)]

    answers = at_once(edit, ring_up, ring_up)
    assert not [a for a in answers if isinstance(a, Exception)], answers
    for invoice in [*answers[1], *answers[2]]:
        prices = {line["unit_price"] for line in invoice["lines"]}
        assert prices in ({"20.00"}, {"21.00"})
        assert invoice["net_total"] == {"20.00": "63.00", "21.00": "66.16"}[prices.pop()]


def test_random_sales_on_all_tills_deadlock_nowhere(busy_shop: SmallShop) -> None:
    import random

    till_actions.count_drawer(till=busy_shop.till, notes={100: 10_000, 200: 100, 5000: 100}, now=NOON)
    codes = ["P001", "P002", "P003", "P004"]
    before = {code: busy_shop.stock_milli(code) for code in codes}

    def ring_up(seed: int) -> int:
        dice, count = random.Random(seed), 0
        for _ in range(15):
            lines = [{"product": dice.choice(codes), "quantity": "0.100"} for _ in range(3)]
            count += isinstance(sell(*lines, payments=[{"method": "cash", "notes": {"100": 1}}]), Outcome)
        return count

    assert at_once(*[lambda n=n: ring_up(n) for n in range(TILLS)]) == [15] * TILLS
    assert NumberSeries.objects.get().last_sequence == Invoice.objects.count() == 15 * TILLS
    assert till.notes(busy_shop.till) == till.explained_notes(busy_shop.till)
    taken = sum((before[c] or 0) - (busy_shop.stock_milli(c) or 0) for c in codes)
    lines = Invoice.objects.values_list("lines__quantity_milli", "lines__code")
    assert taken == sum(q for q, code in lines if code != "P004")
