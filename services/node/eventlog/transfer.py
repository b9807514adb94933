"""An append in three exchanges with PostgreSQL.

Each exchange puts the recording thread to sleep and has it wait for the interpreter again.
Statement by statement there are seven (begin, lock and draw, two for each COPY, commit), which for
the few dozen events that wait together cost as much as deciding them. So all statements are sent as
one query, which stops where it wants rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import psycopg
from psycopg import errors
from psycopg.abc import PQGen
from psycopg.generators import copy_to, execute
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

_PIECE: Final = 128 * 1024
"""libpq moves what it has not sent yet, again for every piece that is put behind it."""
_GIVEN_UP: Final = b"given up"
_OPEN: Final = (TransactionStatus.INTRANS, TransactionStatus.INERROR)


def transfer(
    connection: psycopg.Connection[Any],
    query: bytes,
    blocks: Callable[[int], Iterable[Iterable[bytes]]],
) -> int | None:
    """Run a query that begins a transaction, answers one number, copies and commits; the number.

    `blocks` is told the number and gives what each COPY of the query reads, in pieces. Where the
    query answers none (NULL), it is given up: nothing was recorded. Raises psycopg.Error: then
    nothing was recorded, unless the connection broke while the commit was on its way. A crash
    before the commit leaves nothing, whatever was copied.
    """
    pgconn = connection.pgconn
    try:
        pgconn.send_query(query)
        results = _answered(connection)
        number = next(_number(result) for result in results if result.ntuples)
        if number is None:
            pgconn.put_copy_end(_GIVEN_UP)
            connection.wait(execute(pgconn))
            connection.rollback()
            return None
        for block in blocks(number):
            connection.wait(_put(pgconn, block))
            _answered(connection)
    except errors.Error:
        if pgconn.transaction_status in _OPEN:
            connection.rollback()
        raise
    return number


def _answered(connection: psycopg.Connection[Any]) -> list[PGresult]:
    """What the query answers until it ends or waits for rows. Raises psycopg.Error."""
    results: list[PGresult] = connection.wait(execute(connection.pgconn))
    for result in results:
        if result.error_message:
            raise errors.error_from_result(result, encoding=connection.info.encoding)
    return results


def _number(result: PGresult) -> int | None:
    value = result.get_value(0, 0)
    return None if value is None else int(value)


def _put(pgconn: PGconn, block: Iterable[bytes]) -> PQGen[None]:
    """Hand over a block and its end. What is less than a piece at last is sent with what is asked
    next."""
    unsent = 0
    for whole in block:
        for start in range(0, len(whole), _PIECE):
            piece = whole[start : start + _PIECE]
            unsent += len(piece)
            flush = unsent >= _PIECE
            yield from copy_to(pgconn, piece, flush=flush)
            unsent = 0 if flush else unsent
    pgconn.put_copy_end()
