"""Sending the events of the national catalogue to the central node."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from services.node.cli.pushing.reading import Item, batches
from services.node.cli.pushing.sending import Sender, Verdict
from services.node.unitcatalogue.planning import Event


@dataclass(slots=True)
class Imported:
    """What became of the events."""

    recorded: int = 0
    duplicate: int = 0
    refused: list[Verdict] = field(default_factory=list)
    stopped: bool = False
    """The first event was refused, so nothing else was sent."""


def send(events: Sequence[Event], sender: Sender, on_sent: Callable[[int], None]) -> Imported:
    """Send everything; the first event alone, because the others hang on it.

    Sending again is harmless, so a broken import is simply run again. Raises UnreachableError,
    RefusedRequestError.
    """
    found = Imported()
    for batch in _portions(events):
        for verdict in sender.send(batch):
            match verdict.outcome:
                case "recorded":
                    found.recorded += 1
                case "duplicate":
                    found.duplicate += 1
                case _:
                    found.refused.append(verdict)
        on_sent(batch[-1].number)
        if batch[-1].number == 1 and found.refused:
            found.stopped = True
            break
    return found


def _portions(events: Sequence[Event]) -> Iterator[Sequence[Item]]:
    items = [Item(n, orjson.dumps(event), n) for n, event in enumerate(events, start=1)]
    if items:
        yield items[:1]
        yield from batches(items[1:])
