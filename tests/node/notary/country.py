"""Four levels whose nodes have keys, units and an organisation each."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from domain.signing_keys import KeyBook
from services.node.ingest import ItemVerdict
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.names import node_name
from services.node.node import Node
from services.node.notary.trust import cosignatures
from tests.node.sync.hierarchy import Hierarchy, catalogue, push

ABOVE_A_COMMUNE = ("central", "province", "district")


def populate(hierarchy: Hierarchy) -> None:
    """Let the centre record units and organisations, and give every node its keys."""
    catalogue(hierarchy)
    central = hierarchy.nodes["central"]
    police = {name: str(uuid4()) for name in hierarchy.nodes}
    for name, org_id in police.items():
        push(
            central,
            "OrganisationChanged",
            {
                "unit_id": str(hierarchy.units["central"]),
                "org_id": police["central"],
                "actor_account": "catalogue",
                "occurred_on": "2024-01-01",
                "kind": "established",
                "organisations": [
                    {
                        "org_id": org_id,
                        "unit_id": str(hierarchy.units[name]),
                        "name": f"Công an {name}",
                        "category": "police",
                    }
                ],
                "effective_on": "2024-01-01",
            },
        )
    hierarchy.settle()
    hierarchy.give_keys()
    hierarchy.settle()


def origin_of(node: Node) -> UUID:
    """The stream that a node records in."""
    return node.hosting.origin(node.settings.units[0])


def meeting(node: Node, **more: Any) -> ItemVerdict:
    """Record a meeting at a node."""
    unit_id = node.settings.units[0]
    (org_id, *_) = node.directory.organisations_of(unit_id)
    data = {
        "unit_id": str(unit_id),
        "org_id": org_id,
        "actor_account": "tests",
        "occurred_on": "2025-01-01",
        "kind": "briefing",
        "attendees": 12,
        "mode": "online",
    }
    return push(node, "MeetingHeld", {**data, **more})


def latest(node: Node, origin: UUID) -> SignedCheckpoint:
    """The newest checkpoint of a stream that a node keeps."""
    found = node.notary.checkpoints.latest(origin)
    assert found is not None
    return found


def vouching(node: Node, signed: SignedCheckpoint, book: KeyBook | None = None) -> set[str]:
    """The names of the nodes whose cosignature a node finds beneath a checkpoint."""
    found = cosignatures(signed, (book or node.state.keys).cosigners())
    names = {node_name(name): name for name in ("central", "province", "district", "commune")}
    return {names[registration.name] for registration, _, _ in found}
