"""Each step of input and output, failed and failed-but-persisted: nothing lost, nothing twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from domain.levels import Level
from services.node.errors import CarrierUnavailableError, StoreUnavailableError
from services.node.node import Node
from tests.node.sync.faults import Fault
from tests.node.sync.hierarchy import Hierarchy, held, record

LOG = ("append", "read", "read_stream", "head")
SYNC = (
    "save_cursor",
    "cursor",
    "save_origins",
    "add_waiting",
    "waiting_from",
    "drop_waiting",
    "waiting_counts",
)
CARRIER = ("send", "poll", "commit", "ensure_topics")


def fault_carrier(node: Node, fault: Fault, method: str) -> None:
    """A fault in what the carrier does, wherever senders and inboxes are opened."""
    carrier: Any = node.carrier
    if method == "ensure_topics":
        fault.wrap(carrier, method)
    sender, inbox = carrier.sender, carrier.inbox

    def faulty_sender() -> Any:
        opened = sender()
        if method == "send":
            fault.wrap(opened, method)
        return opened

    def faulty_inbox(group: str, topics: list[str]) -> Any:
        opened = inbox(group, topics)
        if method in ("poll", "commit"):
            fault.wrap(opened, method)
        return opened

    carrier.sender, carrier.inbox = faulty_sender, faulty_inbox


def play(folder: Path, fault: Fault, method: str) -> bool:
    """A run with a gap in it and faults on both sides; whether the fault struck."""
    hierarchy = Hierarchy(folder)
    parent = hierarchy.add("parent", Level.DISTRICT)
    child = hierarchy.add("child", Level.COMMUNE, "parent")
    for node in (parent, child):
        if method in CARRIER:
            fault_carrier(node, fault, method)
        else:
            fault.wrap(node.log if method in LOG else node.sync, method)
    origin = uuid4()
    raws = record(child, origin, range(1, 6))
    # Events 3 to 5 come first, as after a topic was lost: they wait, 1 and 2 are asked for.
    child.sync.save_cursor("forward-up", 2)
    fault.armed = True
    hierarchy.settle()
    fault.armed = False
    hierarchy.settle()
    assert held(parent, origin) == raws
    assert parent.sync.waiting_counts() == {}
    assert not parent.sync.forks()
    hierarchy.close()
    return fault.raised


@pytest.mark.parametrize("persisted", [False, True], ids=["failed", "failed-but-persisted"])
@pytest.mark.parametrize("method", [*LOG, *SYNC, *CARRIER])
def test_every_step(tmp_path: Path, method: str, *, persisted: bool) -> None:
    """Each step, at its first, second and third time, on whichever side it happens."""
    error = CarrierUnavailableError if method in CARRIER else StoreUnavailableError
    struck = [
        play(tmp_path / str(at), Fault(at, persisted=persisted, error=error), method)
        for at in (1, 2, 3)
    ]
    assert struck[0]
