"""python -m bench.growing_child EVENTS: a node as `antq serve` runs it, whose log grows when told.

Reads its settings from the environment. Takes one command a line: a number appends so many further
events of its share, "rest" waits until the figures hold all of them, "mend" joins the line that
`--cut` cut. Says "ready" when it runs, and "done" after each command. Ends with its input.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count, islice
from typing import Final

from bench.country import COMMUNES, unit_of
from bench.happenings import Recorded, Recorder, as_new
from bench.load import meetings, recorded
from services.commune.spec import SPEC
from services.node.carriers import Carrier, Inbox, Sender
from services.node.carriers.opening import open_carrier
from services.node.errors import CarrierUnavailableError
from services.node.hosting import origin_of
from services.node.node import Node
from services.node.settings import load_settings
from services.node.syncstate import Direction, OriginState

READY: Final = "ready"
DONE: Final = "done"
REST: Final = "rest"
MEND: Final = "mend"
_APPEND: Final = 1_000
"""Events a transaction: what a recorder under load puts together."""
_DAY: Final = date(2025, 3, 3)
_LOOK_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Share:
    """The events that are a node's to append, the same at every call."""

    events: int
    communes: range | None = None
    """Meetings of these by turns; None: the mixture that communes record, each stream whole."""

    def load(self) -> list[Recorded]:
        """They, in the order of their recording."""
        if self.communes is not None:
            turns = [self.communes[n % len(self.communes)] for n in range(self.events)]
            return meetings(turns, Recorder(), _DAY)
        origins = {origin_of(unit_of("commune", number), "main") for number in range(COMMUNES)}
        found: list[Recorded] = []
        for factor in count(2):  # the districts' answers stand between them
            found = [event for event in recorded(self.events * factor) if event.origin in origins]
            if len(found) >= self.events:
                break
        return found[: self.events]

    def as_arguments(self) -> list[str]:
        """As this program takes it."""
        if self.communes is None:
            return [str(self.events)]
        communes = (self.communes.start, self.communes.stop)
        return [str(self.events), "--communes", *map(str, communes)]


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
    options = _options()
    events = Share(options.events, range(*options.communes) if options.communes else None).load()
    settings = load_settings()
    carrier = CutCarrier(open_carrier(settings))
    if not options.cut:
        carrier.mend()
    node = Node(settings, SPEC, carrier=carrier)
    node.start()
    try:
        # The recorder does this before it records an origin's first event.
        node.origins.register(
            OriginState(origin, Direction.OWN, "", 0, "", False)
            for origin in {event.origin for event in events}
        )
        waiting = iter(events)
        _say(READY)
        for line in sys.stdin:
            _do(node, carrier, waiting, line.strip())
            _say(DONE)
    finally:
        node.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.growing_child", description=__doc__)
    parser.add_argument("events", type=int, metavar="EVENTS")
    parser.add_argument("--communes", type=int, nargs=2, metavar=("FIRST", "END"))
    parser.add_argument("--cut", action="store_true")
    return parser.parse_args()


def _do(node: Node, carrier: CutCarrier, events: Iterator[Recorded], command: str) -> None:
    if command == MEND:
        carrier.mend()
    elif command == REST:
        while node.projector.position < node.log.position():
            time.sleep(_LOOK_SECONDS)
    else:
        left = int(command)
        while left > 0 and (part := list(islice(events, min(_APPEND, left)))):
            node.log.append([as_new(event) for event in part])
            left -= len(part)
            node.load.add(len(part))  # as for events that are pushed
            node.wake()  # as the recorder does after each group


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
