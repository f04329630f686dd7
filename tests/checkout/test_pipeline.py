"""A batch on PostgreSQL as a sale sends it: its answers, its refusals, and that the connection stays usable."""

import os
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction
from psycopg.conninfo import make_conninfo

from counterfoil import pipeline, store
from counterfoil.store import Statement, send
from tests.checkout.conftest import sell
from tests.shop import SmallShop

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        os.environ.get("COUNTERFOIL_TEST_DATABASE") != "postgres", reason="SQLite runs statements one by one"
    ),
]

MANY = 300
LONG = "x" * 40_000


def numbers(count: int) -> list[Statement]:
    return [Statement("SELECT %s::int", (n,), lambda rows: rows[0][0]) for n in range(count)]


def test_answers_come_in_the_order_of_the_statements() -> None:
    with transaction.atomic():
        assert send(*numbers(MANY)) == list(range(MANY))


def test_more_than_the_sockets_hold_goes_out_and_comes_back() -> None:
    """Both directions at once: a client that only sent, or only read, would wait for ever."""
    with transaction.atomic():
        answers = send(*(Statement("SELECT %s::text", (LONG,), lambda rows: rows[0][0]) for _ in range(MANY)))
    assert all(answer == LONG for answer in answers)


def test_parameters_arrive_as_they_are() -> None:
    now = datetime(2026, 11, 22, 23, 59, 59, 123456, tzinfo=UTC)
    sql = "SELECT %s::bigint, %s::text, %s::boolean, %s::timestamptz, %s::text, %s::int"
    with transaction.atomic():
        ((row,),) = send(Statement(sql, (10**15, "ரூ '\"\\ %s $1", True, now, None, -1)))
    assert row == (10**15, "ரூ '\"\\ %s $1", True, now, None, -1)


def test_the_first_error_comes_out_and_nothing_after_it_is_run() -> None:
    add = "INSERT INTO till_denomination (value_paise, is_coin, enabled) VALUES (%s::bigint, false, true)"
    with pytest.raises(IntegrityError), transaction.atomic():
        send(Statement(add, (70,)), Statement(add, (70,)), Statement("SELECT 1/0", ()))
    with transaction.atomic():
        assert send(Statement("SELECT count(*) FROM till_denomination WHERE value_paise = 70", ())) == [[(0,)]]


def test_a_batch_that_fails_in_a_savepoint_leaves_the_rest_of_the_transaction() -> None:
    with transaction.atomic():
        before = send(*numbers(3))
        with pytest.raises(IntegrityError), transaction.atomic():
            send(Statement("INSERT INTO till_till (code) VALUES (%s)", ("Z",)))
        assert send(*numbers(3)) == before


def test_a_statement_that_is_not_understood_is_an_error_and_not_remembered() -> None:
    for _ in range(2):
        with pytest.raises(ProgrammingError, match="no_such_table"), transaction.atomic():
            send(Statement("SELECT 1 FROM no_such_table", ()))
    with transaction.atomic():
        assert send(*numbers(1)) == [0]


@pytest.mark.parametrize("value", ["a\0b", b"bytes", 1.5, ["list"]])
def test_what_the_protocol_would_cut_or_guess_is_refused(value: object) -> None:
    with pytest.raises((TypeError, DataError), match=r"NUL|no parameter"), transaction.atomic():
        send(Statement("SELECT %s::text", (value,)))
    with transaction.atomic():
        assert send(*numbers(1)) == [0]


def prepared() -> dict[str, int]:
    """{statement: how many there are of it} on this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, count(*) FROM pg_prepared_statements GROUP BY 1")
        return dict(cursor.fetchall())


def test_a_dozen_sales_prepare_each_statement_once(shop: SmallShop) -> None:
    for _ in range(12):
        sell({"product": "P001"}, {"product": "P002"}, payments=[{"method": "card", "amount": "117.00"}])
    after = prepared()
    assert any("catalog_stockmovement" in statement for statement in after)
    assert {statement for statement, times in after.items() if times > 1} == set()


def test_a_rollback_leaves_the_statements_prepared() -> None:
    connection.ensure_connection()
    psycopg.Cursor(connection.connection).execute("SELECT 'kept?'", prepare=True)
    with transaction.atomic():
        send(*numbers(1))
    with transaction.atomic():
        send(*numbers(1))
        transaction.set_rollback(True)
    with transaction.atomic():
        assert send(*numbers(1)) == [0]
    assert prepared()["SELECT $1::int"] == 1


def test_begin_goes_out_with_the_batch_and_only_when_no_transaction_is_open() -> None:
    raw = _connect()
    try:
        assert pipeline.run(raw, [("SELECT 1", ())]) == [[(1,)]]
        assert raw.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        assert pipeline.run(raw, [("SELECT 2", ())]) == [[(2,)]]
        raw.rollback()
        raw.autocommit = True
        assert pipeline.run(raw, [("SELECT 3", ())]) == [[(3,)]]
        assert raw.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    finally:
        raw.close()


def test_a_server_that_went_away_is_an_error_and_not_a_wait() -> None:
    raw = _connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [raw.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        pipeline.run(raw, [("SELECT 1", ())])
    raw.close()


def _connect() -> psycopg.Connection[tuple[Any, ...]]:
    """One of its own, outside Django."""
    settings = connection.get_connection_params()
    named = {name: str(settings[name]) for name in ("dbname", "user", "password", "host", "port") if name in settings}
    return psycopg.connect(make_conninfo("", **named))


def test_a_shop_has_one_database() -> None:
    assert store.is_postgresql()
