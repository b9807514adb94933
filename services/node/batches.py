"""Events that are folded together, read and sorted by what they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Sequence
from typing import Final, NamedTuple, TypeVar

from contracts.tombstone import ERASED_TYPE
from services.node.eventlog import EventLog
from services.node.reading import Unknown, record_of
from services.node.readmodel import Placed

TFound = TypeVar("TFound")
_FEW: Final = 2_000
"""Asked for at first: more are there only if the projector is behind."""
_MOST: Final = 10_000
"""Folded together."""
_PIECE: Final = 1_000
"""Events that are read from their bytes at a time, which takes some ten milliseconds."""


class Batch(NamedTuple):
    """Some events of a log, one at least, that follow each other."""

    last: int
    """The position of its last event."""
    events: int
    touched: dict[str, list[Placed]]
    """Records by aggregate, in the order of the log."""
    unknown: list[tuple[int, str, int]]
    """Position, type and version of events that this code does not know."""

    @property
    def is_full(self) -> bool:
        """Whether the log may hold more behind it."""
        return self.events == _MOST


def sorted_out(entries: Sequence[tuple[int, bytes]]) -> Batch:
    """The batch of these positions and exact bytes, in the order of the log."""
    return finished(_sorting(entries))


def reading(
    log: EventLog, position: int, until: int | None = None
) -> Generator[None, None, Batch | None]:
    """What the log holds behind `position` and not beyond `until`, as much as goes together; None
    at its end. Work for some milliseconds at a time. Raises StoreUnavailableError.
    """
    entries = log.read_bytes(position, _FEW)
    if len(entries) == _FEW:
        yield
        entries = [*entries, *log.read_bytes(entries[-1][0], _MOST - _FEW)]
    if until is not None:
        entries = [entry for entry in entries if entry[0] <= until]
    if not entries:
        return None
    return (yield from _sorting(entries))


def finished(work: Generator[None, None, TFound]) -> TFound:
    """What comes of it when all of it is done."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            found: TFound = end.value
            return found


def _sorting(entries: Sequence[tuple[int, bytes]]) -> Generator[None, None, Batch]:
    touched: dict[str, list[Placed]] = defaultdict(list)
    unknown: list[tuple[int, str, int]] = []
    for start in range(0, len(entries), _PIECE):
        _sort(entries[start : start + _PIECE], touched, unknown)
        yield
    return Batch(entries[-1][0], len(entries), touched, unknown)


def _sort(
    entries: Iterable[tuple[int, bytes]],
    touched: dict[str, list[Placed]],
    unknown: list[tuple[int, str, int]],
) -> None:
    for position, raw in entries:
        record = record_of(raw)
        if isinstance(record, Unknown):
            if record.type == ERASED_TYPE:
                continue  # nothing is left to fold; its redaction tells of it
            unknown.append((position, record.type, record.version))
        else:
            touched[record.aggregate_id].append(Placed(record, position, raw))
