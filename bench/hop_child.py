"""python -m bench.hop_child EVENTS: a node as `antq serve` runs it, whose log grows when told to.

Reads its settings from the environment. Prints a line when it is ready, and one when what it was
told to append is appended; each line on its standard input is a number of further events. Ends with
its input.
"""

from __future__ import annotations

import sys
from itertools import count, islice
from typing import Final

from bench.load import COMMUNES, Recorded, as_new, recorded, unit_of
from services.commune.spec import SPEC
from services.node.hosting import origin_of
from services.node.node import Node
from services.node.settings import load_settings
from services.node.syncstate import Direction, OriginState

_APPEND: Final = 1_000
"""Events a transaction: what a recorder under load puts together."""


def from_communes(events: int) -> list[Recorded]:
    """So many events of communes, in the order of their recording; each stream is whole."""
    communes = {origin_of(unit_of("commune", number), "main") for number in range(COMMUNES)}
    found: list[Recorded] = []
    for factor in count(2):
        found = [event for event in recorded(events * factor) if event.origin in communes]
        if len(found) >= events:
            break
    return list(islice(found, events))


def main() -> None:
    """Run until the input ends."""
    events = [as_new(event) for event in from_communes(int(sys.argv[1]))]
    node = Node(load_settings(), SPEC)
    node.start()
    try:
        # The recorder does this before it records an origin's first event.
        node.origins.register(
            OriginState(origin, Direction.OWN, "", 0, "", False)
            for origin in {event.origin for event in events}
        )
        done = 0
        _say("ready")
        for line in sys.stdin:
            until = done + int(line)
            while done < until:
                part = events[done : min(done + _APPEND, until)]
                node.log.append(part)
                done += len(part)
                node._wake()  # as the recorder does after each group
            _say("appended")
    finally:
        node.stop()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
