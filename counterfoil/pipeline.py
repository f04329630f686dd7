"""A batch of SQL on PostgreSQL: every statement goes out in one piece, then the answers are read.

psycopg's own pipeline mode saves the waiting between two statements, but it still sends each by itself and asks the
socket each time: with twenty statements in a sale that was most of its time (docs/performance.md). This is the same
protocol a level lower, by `psycopg.pq`: statements prepared once per connection, parameters as text, one flush.

The connection must be idle or in a transaction, and not in psycopg's pipeline mode. With autocommit off and no
transaction open, BEGIN goes out in the same piece. psycopg itself must prepare nothing on it (`prepare_threshold`
None): at a rollback it drops every statement of the connection, and ours with them.
"""

from collections.abc import Generator, Iterable, Sequence
from datetime import date, datetime
from functools import cache
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import DataError, OperationalError, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait

Rows = list[tuple[Any, ...]]
Query = tuple[str, Sequence[Any]]

ANSWER, END, SYNC = "answer", "end", "sync"  # what the server sends: two for each statement, one for the whole

_numbers = count(1)
_prepared: WeakKeyDictionary[psycopg.Connection[Any], dict[str, bytes]] = WeakKeyDictionary()


def run(connection: psycopg.Connection[Any], queries: Iterable[Query]) -> list[Rows]:
    """Run SQL with `%s` for its parameters, in order; answer each one's rows (none for what answers none).

    Raises psycopg's errors: the first one met; nothing after it was run, and the transaction is to be rolled back.
    """
    known = _prepared.setdefault(connection, {})
    sent = [(_prepare(connection, known, sql), [_text(value) for value in params]) for sql, params in queries]
    if not connection.autocommit and connection.pgconn.transaction_status == TransactionStatus.IDLE:
        sent.insert(0, (_prepare(connection, known, "BEGIN"), []))
        results = connection.wait(_exchange(connection.pgconn, sent))[1:]
    else:
        results = connection.wait(_exchange(connection.pgconn, sent))
    reader = Transformer(connection)
    return [_rows(reader, result) for result in results]


def _prepare(connection: psycopg.Connection[Any], known: dict[str, bytes], sql: str) -> bytes:
    """The name under which this connection knows the statement. Preparing waits for its answer, once."""
    name = known.get(sql)
    if name is None:
        name = b"counterfoil_%d" % next(_numbers)
        result = connection.pgconn.prepare(name, _numbered(sql))
        if connection.pgconn.status != ConnStatus.OK:
            raise OperationalError(f"the connection is lost: {result.get_error_message()}")
        _refuse_error(result)
        known[sql] = name
    return name


@cache
def _numbered(sql: str) -> bytes:
    """`%s` as PostgreSQL's own $1, $2 and so on."""
    first, *rest = sql.split("%s")
    return (first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))).encode()


def _text(value: Any) -> bytes | None:
    """A parameter as PostgreSQL reads it; its type is what the statement casts it to."""
    if value is None:
        return None
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, datetime | date):
        return value.isoformat().encode()
    if not isinstance(value, int | str):
        raise TypeError(f"{type(value).__name__} is no parameter of a batch")
    text = str(value).encode()
    if b"\0" in text:  # the protocol would end the text here
        raise DataError("a text with a NUL character cannot be kept")
    return text


def _exchange(
    pgconn: PGconn, sent: Sequence[tuple[bytes, Sequence[bytes | None]]]
) -> Generator[Wait, Ready | int, list[PGresult]]:
    """Out in one piece, then back; leaves pipeline mode in any case where the connection lives."""
    pgconn.enter_pipeline_mode()
    for name, params in sent:
        pgconn.send_query_prepared(name, params)
    pgconn.pipeline_sync()
    while pgconn.flush():  # the socket is full: read meanwhile, or both sides would wait for each other
        if (yield Wait.RW) & Ready.R:
            pgconn.consume_input()
    results: list[PGresult] = []
    for expected in (ANSWER, END) * len(sent) + (SYNC,):
        while pgconn.is_busy():
            yield Wait.R
            pgconn.consume_input()
        result = pgconn.get_result()
        if pgconn.status != ConnStatus.OK:
            raise OperationalError(f"the connection is lost: {pgconn.get_error_message()}")
        if expected is ANSWER and result is not None:
            results.append(result)
        assert (result is None) == (expected is END), expected
    pgconn.exit_pipeline_mode()
    for result in results:
        _refuse_error(result)
    return results


def _refuse_error(result: PGresult) -> None:
    if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        raise error_from_result(result)


def _rows(reader: Any, result: PGresult) -> Rows:
    """`reader` is psycopg's Transformer."""
    if not result.nfields:
        return []
    reader.set_pgresult(result)
    return reader.load_rows(0, result.ntuples, tuple)
