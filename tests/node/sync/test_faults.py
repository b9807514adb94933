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
    "quarantine",
)


def fault_carrier(node: Node, fault: Fault) -> None:
    """Faults in what the carrier does, wherever senders and inboxes are opened."""
    carrier: Any = node.carrier
    sender, inbox = carrier.sender, carrier.inbox

    def faulty_sender() -> Any:
        opened = sender()
        fault.wrap(opened, "send")
        return opened

    def faulty_inbox(group: str, topics: list[str]) -> Any:
        opened = inbox(group, topics)
        fault.wrap(opened, "poll", "commit")
        return opened

    carrier.sender, carrier.inbox = faulty_sender, faulty_inbox
    fault.wrap(carrier, "ensure_topics")


def play(folder: Path, fault: Fault, *, on_carrier: bool) -> bool:
    """A run with a gap in it, a fault on the parent's or child's side; whether the fault struck."""
    hierarchy = Hierarchy(folder)
    parent = hierarchy.add("parent", Level.DISTRICT)
    child = hierarchy.add("child", Level.COMMUNE, "parent")
    for node in (parent, child):
        if on_carrier:
            fault_carrier(node, fault)
        else:
            fault.wrap(node.log, *LOG)
            fault.wrap(node.sync, *SYNC)
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
@pytest.mark.parametrize("on_carrier", [False, True], ids=["stores", "carrier"])
def test_every_step(tmp_path: Path, *, persisted: bool, on_carrier: bool) -> None:
    error = CarrierUnavailableError if on_carrier else StoreUnavailableError
    struck: set[str] = set()
    for at in range(1, 60):
        fault = Fault(at, persisted=persisted, error=error)
        if not play(tmp_path / str(at), fault, on_carrier=on_carrier):
            break
        struck.add(fault.names[at - 1])
    expected = (
        {"send", "poll", "commit", "ensure_topics"}
        if on_carrier
        else {"append", "read", "read_stream", "save_cursor", "save_origins", "add_waiting"}
        | {"drop_waiting"}
    )
    assert expected <= struck
