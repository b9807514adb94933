"""Makes a small PostgreSQL store large: the server copies real rows under other names and days.

A history of millions takes hours to record and fold in earnest. Here one province's events, folded
by the real projector, are copied for further provinces, and then again for later days, row by row
and table by table, so that every table and index has the size and the distribution that real
events would have given it. What nobody reads again is shortened: the bytes of a copied event and
the history of a copied aggregate are 100 bytes each. Indexes are taken away while rows are copied
and built anew afterwards.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from bench.country import COMMUNES, DISTRICTS, unit_of
from services.node.hosting import origin_of

_SHORT: Final = 100
_SKIPPED: Final = frozenset({"unprojected", "unreadable"})
_BALANCES: Final = re.compile(r"(.+)_balances(_g\d+)")
"""Sums of another table's cells, which are made of all copies at once."""
_OF_COMMUNES: Final = "kind NOT IN ('unit', 'organisation', 'rule')"
_SHIFTED_IDS: Final = SQL("CAST(md5(b.{0} || k) AS uuid)::text")
_SHIFTED_DAY: Final = SQL("CAST(CAST(b.{0} AS date) + r * %(days)s AS text)")
_COLUMNS: Final[Mapping[str, SQL]] = {
    "unit_id": SQL("m.unit"),
    "origin": SQL("m.origin::text"),
    "position": SQL("b.{0} + %(shift)s"),
    "sequence": SQL("b.{0} + r * m.head + m.own"),
    "history": SQL("convert_to(rpad('[]', %(short)s), 'UTF8')"),
    "period": SQL(
        "CASE b.{0} WHEN '' THEN ''"
        " ELSE CAST(substr(b.{0}, 1, 4) AS int) + r || substr(b.{0}, 5) END"
    ),
    **dict.fromkeys(
        (
            "event_id",
            "aggregate_id",
            "report_id",
            "changed_by",
            "first_event_id",
            "return_event_id",
            "accept_event_id",
        ),
        _SHIFTED_IDS,
    ),
    **dict.fromkeys(
        (
            "day",
            "occurred_on",
            "occurred_to",
            "first_submitted_on",
            "latest_submitted_on",
            "accepted_on",
        ),
        _SHIFTED_DAY,
    ),
}
"""How a column of a read model changes with the copy k, which is the r-th of its province."""
_LOG: Final[Mapping[str, str]] = {
    "stored_events": (
        "SELECT m.origin, b.originator_version + r * m.head + m.own, b.topic,"
        " substr(b.state, 1, %(short)s), b.notification_id + %(shift)s"
    ),
    "event_keys": (
        "SELECT CAST(md5(b.event_id || '/' || k) AS uuid),"
        " replace(b.record_key, b.origin::text, m.origin::text) || '/' || r, b.content,"
        " CAST(md5(b.aggregate_id::text || k) AS uuid), m.origin, b.sequence + r * m.head + m.own"
    ),
}


class NothingCopiedError(RuntimeError):
    """A table of the node is not of the form that this module knows."""


class Multiplied:
    """A store whose rows were kept to be copied."""

    def __init__(
        self, url: str, tables: Sequence[str], after: int, days: int, provinces: int
    ) -> None:
        """`tables` are those of the live generation; the events behind position `after` are
        copied for so many further provinces side by side, and then again `days` later.

        Raises NothingCopiedError where a table holds nothing that can be copied, when it grows.
        """
        self._connection = psycopg.connect(url, autocommit=True, row_factory=tuple_row)
        # What is lost with the server's machine is made again.
        self._run("SET synchronous_commit = off")
        self._days = days
        self.provinces = provinces
        self._copies = 0
        self._shift = 0
        log = [("stored_events", f"notification_id > {after}"), ("event_keys", "true")]
        self.tables = [name for name, _ in log]
        self._balances = [name for name in tables if _BALANCES.fullmatch(name)]
        for name in tables:
            if name in self._balances:
                self.tables.append(name)
            elif not name.startswith(tuple(_SKIPPED)):
                self.tables.append(name)
                log.append((name, _OF_COMMUNES if name.startswith("entit") else "true"))
        self._held: dict[str, int] = {}
        """How many rows of each table are there to be copied."""
        for name, condition in log:
            kept = self._connection.execute(
                SQL("CREATE UNLOGGED TABLE {} AS SELECT * FROM {} WHERE ").format(
                    Identifier(f"base_{name}"), Identifier(name)
                )
                + SQL(_literal(condition))
            )
            self._held[name] = kept.rowcount
        self.events, self._span, self._last = self._row(
            "SELECT count(*), max(notification_id) - min(notification_id) + 1,"
            " max(notification_id) FROM base_stored_events"
        )
        self._map()

    @property
    def newest(self) -> int:
        """How many days after the events copied the newest copies lie."""
        return max(0, (self._copies - 1) // self.provinces) * self._days

    @property
    def complete(self) -> int:
        """Of how many days, from the first one on, all provinces have their events."""
        return max(1, self._copies // self.provinces) * self._days

    def heads(self) -> dict[UUID, int]:
        """The head of every copied stream."""
        whole, part = divmod(self._copies, self.provinces)
        rows = self._connection.execute(
            "SELECT origin, head * (%s + CAST(number <= %s AS int)) + own FROM base_map",
            [whole, part],
        )
        return {origin: head for origin, head in rows.fetchall() if head}

    def went_on(self, heads: Mapping[UUID, int]) -> None:
        """Streams that were copied were continued up to these heads: later copies follow them."""
        before = self.heads()
        added = [
            (head - before.get(origin, 0), origin)
            for origin, head in heads.items()
            if head > before.get(origin, 0)
        ]
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany("UPDATE base_map SET own = own + %s WHERE origin = %s", added)

    def grow(self, events: int) -> None:
        """Copy until the log holds about so many events, then make it fit for reading.

        Where every province has had its turn it goes on until they all have had as many, so that
        the newest day is the same for all of them, whatever the size.
        """
        wanted = round(events / self.events) - 1
        if wanted > self.provinces:
            wanted = math.ceil(wanted / self.provinces) * self.provinces
        wanted = max(self._copies, wanted)
        (last,) = self._row("SELECT max(notification_id) FROM stored_events")
        # What was recorded between the copies stands between them.
        self._shift = last - self._last - self._copies * self._span
        with self._without_indexes():
            for copy in range(self._copies + 1, wanted + 1):
                for name in self.tables:
                    if name not in self._balances:
                        self._copy(name, copy)
            for name in self._balances:
                self._add_up(name)
        self._copies = wanted
        for name in self.tables:
            self._run(f"VACUUM ANALYZE {name}")
        last = "(SELECT max(notification_id) FROM stored_events)"
        self._run(f"SELECT setval('stored_events_notification_id_seq', {last})")
        self._run("CHECKPOINT")

    def sizes(self) -> dict[str, int]:
        """Bytes of each table with its indexes."""
        return {
            name: self._row(f"SELECT pg_total_relation_size('{name}')")[0] for name in self.tables
        }

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def _map(self) -> None:
        """Which unit and stream of each further province stands for which of the first."""
        self._run(
            "CREATE UNLOGGED TABLE base_map (number int, was text, was_origin uuid, unit text,"
            " origin uuid PRIMARY KEY, head bigint, own bigint)"
        )
        with self._connection.cursor() as cursor, cursor.copy("COPY base_map FROM STDIN") as copy:
            for number in range(1, self.provinces + 1):
                for kind, count in (("commune", COMMUNES), ("district", DISTRICTS)):
                    for unit in range(count):
                        was, is_now = unit_of(kind, unit), unit_of(kind, unit + number * count)
                        seats = origin_of(was, "main"), origin_of(is_now, "main")
                        row = (number, str(was), seats[0], str(is_now), seats[1], 0, 0)
                        copy.write_row(row)
        self._run(
            "UPDATE base_map SET head = h.head FROM (SELECT originator_id, max(originator_version)"
            " AS head FROM base_stored_events GROUP BY 1) AS h WHERE was_origin = originator_id"
        )
        self._run("ANALYZE base_map")

    def _copy(self, name: str, copy: int) -> None:
        r, number = divmod(copy - 1, self.provinces)
        values = {
            "days": self._days,
            "shift": self._shift + copy * self._span,
            "short": _SHORT,
            "number": number + 1,
        }
        if name in _LOG:
            selected = SQL(_literal(_LOG[name])).format()
            key = "b.originator_id" if name == "stored_events" else "b.origin"
            joined = SQL(
                _literal(f" JOIN base_map AS m ON m.was_origin = {key} AND m.number = %(number)s")
            ).format()
        else:
            columns = self._columns(name)
            selected = SQL("SELECT ") + SQL(", ").join(
                _COLUMNS.get(column, SQL("b.{0}")).format(Identifier(column)) for column in columns
            )
            joined = SQL("").format()
            if "unit_id" in columns:
                joined = SQL(
                    " JOIN base_map AS m ON m.was = b.unit_id AND m.number = %(number)s"
                ).format()
            elif "origin" in columns:
                joined = SQL(
                    " JOIN base_map AS m ON m.was_origin = b.origin::uuid AND m.number = %(number)s"
                ).format()
        ordered = " ORDER BY b.notification_id" if name == "stored_events" else ""
        statement = (
            SQL("INSERT INTO {} ").format(Identifier(name))
            + selected
            + SQL(" FROM {} AS b").format(Identifier(f"base_{name}"))
            + joined
            + SQL(" CROSS JOIN (SELECT %(copy)s::int AS k, %(round)s::int AS r) AS c")
            + SQL(_literal(ordered))
        )
        done = self._connection.execute(statement, {**values, "copy": copy, "round": r})
        if self._held[name] and not done.rowcount:
            raise NothingCopiedError(f"no row of {name} belongs to a copied unit")

    def _add_up(self, name: str) -> None:
        """Make the balances of a table of cells anew; as `services.node.balances` does."""
        keys = [column for column in self._columns(name) if column not in ("period", "value")]
        listed = ", ".join(keys)
        cells = _BALANCES.sub(r"\1\2", name)
        self._run(f"TRUNCATE {name}")
        for period in ("''", "substr(day, 1, 4)"):
            self._run(
                f"INSERT INTO {name} ({listed}, period, value) SELECT {listed}, {period},"  # noqa: S608 # our own names
                f" sum(value) FROM {cells} GROUP BY {listed}, {len(keys) + 1}"
                " HAVING sum(value) <> 0"
            )

    def _columns(self, name: str) -> list[str]:
        rows = self._connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped ORDER BY attnum",
            [name],
        )
        return [row[0] for row in rows.fetchall()]

    @contextmanager
    def _without_indexes(self) -> Iterator[None]:
        constraints = self._connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE contype IN ('p', 'u')"
            " AND conrelid::regclass::text = ANY(%s)",
            [self.tables],
        ).fetchall()
        indexes = self._connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)"
            " AND indexname <> ALL(%s)",
            [self.tables, [name for _, name, _ in constraints]],
        ).fetchall()
        for table, name, _ in constraints:
            self._run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _ in indexes:
            self._run(f'DROP INDEX "{name}"')
        yield
        self._run("SET maintenance_work_mem = '512MB'")
        for table, name, definition in constraints:
            self._run(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for _, definition in indexes:
            self._run(definition)

    def _row(self, statement: str) -> Any:
        row = self._connection.execute(SQL(_literal(statement))).fetchone()
        assert row is not None  # noqa: S101 # aggregates answer one row
        return row

    def _run(self, statement: str) -> None:
        self._connection.execute(SQL(_literal(statement)))


def _literal(text: str) -> LiteralString:
    """Our own text, which is made of names of tables that the node gave."""
    return text
