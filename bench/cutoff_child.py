"""python -m bench.cutoff_child FIRST COMMUNES EVENTS [cut]: a commune service with a line to cut.

A node as `antq serve` runs it, with the streams of so many communes from FIRST on. Reads its
settings from the environment. Takes one command a line: a number appends so many further events,
"rest" waits until the figures hold all of them, "mend" joins the line, which is cut from the start
with `cut`. Answers each with a line. Ends with its input.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Final

from bench.load import Recorded, Recorder, as_new, meetings, unit_of
from services.commune.spec import SPEC
from services.node.carriers import Carrier, Inbox, Sender
from services.node.carriers.kafka import KafkaCarrier
from services.node.errors import CarrierUnavailableError
from services.node.hosting import origin_of
from services.node.node import Node
from services.node.settings import load_settings
from services.node.syncstate import Direction, OriginState

_APPEND: Final = 1_000
_DAY: Final = date(2025, 3, 3)
_LOOK_SECONDS: Final = 0.05


def load(first: int, communes: int, events: int) -> list[Recorded]:
    """Meetings of these communes, one after the other."""
    numbers = [first + n % communes for n in range(events)]
    return meetings(numbers, Recorder(), _DAY)


class CutCarrier:
    """A carrier that is not reached before `mend`."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._whole = threading.Event()

    def mend(self) -> None:
        """From now on it is reached."""
        self._whole.set()

    def _check(self) -> None:
        if not self._whole.is_set():
            raise CarrierUnavailableError("the line is cut")

    def ensure_topics(self, topics: Sequence[str]) -> None:
        """See `Carrier`."""
        self._check()
        self._carrier.ensure_topics(topics)

    def sender(self) -> Sender:
        """See `Carrier`."""
        self._check()
        return self._carrier.sender()

    def inbox(self, group: str, topics: Sequence[str]) -> Inbox:
        """See `Carrier`."""
        self._check()
        return self._carrier.inbox(group, topics)

    def erase(self, raw: bytes, tombstone: bytes) -> None:
        """See `Carrier`."""
        self._carrier.erase(raw, tombstone)

    def scrub(self) -> None:
        """See `Carrier`."""
        self._carrier.scrub()

    def close(self) -> None:
        """See `Carrier`."""
        self._carrier.close()


def main() -> None:
    """Run until the input ends."""
    first, communes, count = map(int, sys.argv[1:4])
    events = iter(load(first, communes, count))
    settings = load_settings()
    carrier = CutCarrier(
        KafkaCarrier(str(settings.kafka), client_id=settings.node, compression="lz4")
    )
    if sys.argv[4:] != ["cut"]:
        carrier.mend()
    node = Node(settings, SPEC, carrier=carrier)
    node.start()
    try:
        units = [unit_of("commune", first + n) for n in range(communes)]
        # The recorder does this before it records an origin's first event.
        node.origins.register(
            OriginState(origin_of(unit, settings.seat), Direction.OWN, str(unit), 0, "", False)
            for unit in units
        )
        _say("ready")
        for line in sys.stdin:
            _do(node, carrier, events, line.strip())
            _say("done")
    finally:
        node.stop()


def _do(node: Node, carrier: CutCarrier, events: Iterator[Recorded], command: str) -> None:
    if command == "mend":
        carrier.mend()
    elif command == "rest":
        while node.projector.position < node.log.position():
            time.sleep(_LOOK_SECONDS)
    else:
        left = int(command)
        while left > 0:
            part = list(islice(events, min(_APPEND, left)))
            node.log.append([as_new(event) for event in part])
            left -= len(part)
            node._wake()  # as the recorder does after each group


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
