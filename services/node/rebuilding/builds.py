"""What is being built, and which of its steps are done: kept in the database, so that a build that
was interrupted goes on where it stood."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.node.errors import MovedError

_metadata = sa.MetaData()
_builds = sa.Table(
    "projection_builds",
    _metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("complete", sa.Boolean, nullable=False),
    sa.Column("as_of", sa.Text, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
)
_steps = sa.Table(
    "projection_steps",
    _metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("events", sa.BigInteger, nullable=False),
)

PARTITION: Final = 20_000
"""Positions for each partition; its bytes and the rows made of them are held in memory."""
_MAX_PARTITIONS: Final = 1_024
SLICE: Final = 50_000
"""Positions of a slice of the log, at most: 40 MiB or so."""
_SLICES: Final = 32
"""Slices of a short log: enough for every process to have as much to deal out."""
_MIN_SLICE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Build:
    """One generation in the making. Nothing of it changes while it is made."""

    number: int
    token: str
    """Names its folder: no other build has it."""
    goal: int
    """The log position it goes to; what comes after is folded in as everything else is."""
    partitions: int
    slice_size: int
    """Positions that are dealt out at once, and held in memory meanwhile."""
    only: tuple[str, ...]
    """Read models to build; all tables if empty."""
    as_of: str
    """Empty, or what a generation that never becomes live was asked for: a time or a position."""
    recorded_until: str
    """Leave out what was recorded later; empty for everything."""
    suspects: tuple[str, ...]
    """Aggregates that could not be folded when it began: for them every model is asked, because
    what one model stumbles over counts for no other."""

    @staticmethod
    def of(
        number: int,
        goal: int,
        *,
        only: Iterable[str] = (),
        as_of: str = "",
        recorded_until: str = "",
        suspects: Iterable[str] = (),
    ) -> Build:
        """A new build."""
        return Build(
            number=number,
            token=uuid4().hex,
            goal=goal,
            partitions=min(max(-(-goal // PARTITION), 1), _MAX_PARTITIONS),
            slice_size=min(max(-(-goal // _SLICES), _MIN_SLICE), SLICE),
            only=tuple(sorted(only)),
            as_of=as_of,
            recorded_until=recorded_until,
            suspects=tuple(sorted(suspects)),
        )

    @property
    def slices(self) -> range:
        """Where the slices of the log begin: each is what stands behind, through `slice_end`."""
        return range(0, self.goal, self.slice_size)

    def slice_end(self, after: int) -> int:
        """The last position of the slice behind `after`."""
        return min(after + self.slice_size, self.goal)


class Builds:
    """The builds of one node, finished or not."""

    @staticmethod
    def create(connection: sa.Connection) -> None:
        """Create the tables that hold them."""
        _metadata.create_all(connection)

    @staticmethod
    def add(connection: sa.Connection, build: Build) -> None:
        """Begin one."""
        plan = {name: getattr(build, name) for name in Build.__slots__}
        connection.execute(
            sa.insert(_builds).values(
                number=build.number,
                complete=False,
                as_of=build.as_of,
                plan=orjson.dumps(plan).decode(),
            )
        )

    @staticmethod
    def unfinished(connection: sa.Connection) -> list[Build]:
        """Those that were begun and neither finished nor dropped."""
        rows = connection.execute(sa.select(_builds.c.plan).where(~_builds.c.complete))
        return [_build(row.plan) for row in rows]

    @staticmethod
    def kept(connection: sa.Connection) -> dict[int, Build]:
        """Finished generations that show an earlier state of the log, by number."""
        rows = connection.execute(
            sa.select(_builds.c.plan).where(_builds.c.complete, _builds.c.as_of != "")
        )
        return {build.number: build for row in rows for build in (_build(row.plan),)}

    @staticmethod
    def drop(connection: sa.Connection, numbers: Iterable[int]) -> None:
        """Forget some."""
        wanted = list(numbers)
        for table in (_builds, _steps):
            connection.execute(sa.delete(table).where(table.c.number.in_(wanted)))

    @staticmethod
    def complete(connection: sa.Connection, number: int) -> None:
        """All its steps are done."""
        connection.execute(
            sa.update(_builds).where(_builds.c.number == number).values(complete=True)
        )
        connection.execute(sa.delete(_steps).where(_steps.c.number == number))

    @staticmethod
    def done(connection: sa.Connection, number: int) -> dict[str, int]:
        """The steps that are done, with the number of events each went through."""
        rows = connection.execute(sa.select(_steps).where(_steps.c.number == number))
        return {row.step: row.events for row in rows}

    @staticmethod
    def note(connection: sa.Connection, number: int, step: str, events: int) -> None:
        """A step is done when this transaction commits, and not before.

        Raises MovedError if somebody else has done it.
        """
        try:
            connection.execute(sa.insert(_steps).values(number=number, step=step, events=events))
        except IntegrityError as error:
            raise MovedError(f"another process has done {step} of {number}") from error


def _build(plan: str) -> Build:
    fields = orjson.loads(plan)
    fields["only"], fields["suspects"] = tuple(fields["only"]), tuple(fields["suspects"])
    return Build(**fields)
