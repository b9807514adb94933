"""Runs: what a forwarder makes of events in the order of the log, one origin after the other.

Only the order within an origin matters to whoever receives, so the events of a long stretch of the
log are put together by origin: the longer the runs, the fewer the records, and a record costs both
sides ten times what an event in it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from contracts.envelope import join_batch
from services.node.carriers import Message
from services.node.eventlog import Logged

_RUN_EVENTS: Final = 500
_RUN_BYTES: Final = 512 * 1024


def by_origin(events: Iterable[Logged]) -> list[list[Logged]]:
    """The same events, those of each origin together and in their order."""
    # By number: a UUID hashes and compares in Python, several times an event.
    found: dict[int, list[Logged]] = {}
    for logged in events:
        number = logged.origin.int
        if number in found:
            found[number].append(logged)
        else:
            found[number] = [logged]
    return list(found.values())


def cut(events: Sequence[Logged]) -> Iterator[Sequence[Logged]]:
    """The same events in pieces of bounded size."""
    start = size = 0
    for place, logged in enumerate(events):
        length = len(logged.raw)
        if place > start and (place - start >= _RUN_EVENTS or size + length > _RUN_BYTES):
            yield events[start:place]
            start, size = place, 0
        size += length
    yield events[start:]


def runs(topic: str, events: Sequence[Logged], content_type: str) -> Iterable[Message]:
    """Events of one origin as CloudEvents batches of their exact bytes, of bounded size."""
    key = str(events[0].origin)
    for piece in cut(events):
        yield Message(topic, key, batch_of(piece), content_type)


def batch_of(events: Sequence[Logged]) -> bytes:
    """Events as one CloudEvents batch."""
    return join_batch([logged.raw for logged in events])
