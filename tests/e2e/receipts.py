"""What every level has signed and vouched for, as the nodes tell it and as `antq` shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.e2e.places import COMMUNE_SERVICES, SERVICES, ident
from tests.e2e.waiting import until
from tests.e2e.world import World

_SECONDS = 90.0


def above(service: str) -> list[str]:
    """The services above one, nearest first."""
    found: list[str] = []
    parent = SERVICES[service].parent
    while parent is not None:
        found.append(parent)
        parent = SERVICES[parent].parent
    return found


def check_receipts(world: World) -> int:
    """Each stream is sealed to its end, every level above its unit vouches for all of it, and all
    levels know the same root; how many streams there are.

    Waits for receipts that are on their way. Raises AssertionError.
    """
    until("every stream is vouched for", lambda: _lacking(world), _SECONDS)
    count = 0
    for name, service in SERVICES.items():
        for unit in service.units:
            (own,) = _told(world, name, unit)
            for other in above(name):
                (there,) = _told(world, other, unit)
                assert _head(there) == _head(own), f"{unit} at {other} and {name}"
                assert there["size"] == own["size"]
            count += 1
    for node in world.nodes.values():
        forks = node.get("/v1/forks")
        assert forks["items"] == forks["checkpoints"] == [], node.name
    return count


def check_proof(world: World, service: str, event_id: str, out: Path) -> None:
    """`antq proof` of an event at its own node names every level above; `antq verify` finds that
    log, and the centre's, to be what was signed. Raises AssertionError."""
    node = world.nodes[service]
    proved = node.run("proof", event_id, "--url", node.url, "--out", str(out))
    assert proved.returncode == 0, proved.stdout + proved.stderr
    named = [line for line in proved.stdout.splitlines() if line.startswith("Received and")]
    assert len(named) == len(above(service)), proved.stdout
    for line, superior in zip(named, above(service), strict=True):
        assert f"/{world.node_name(superior)}," in line, (line, superior)
    assert out.read_text("utf-8").startswith("c2sp.org/tlog-proof@")
    for name in (service, "central"):
        verified = world.nodes[name].run("verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        assert "Everything agrees." in verified.stdout


def announced_keys(stream: list[bytes]) -> int:
    """How many events of a stream announce a key."""
    return sum(b'"vn.antq.SigningKeyRegistered"' in raw for raw in stream)


def keys_of(service: str) -> int:
    """How many keys a stream of a service announces: its own, and its node's that cosigns."""
    return 1 if service in COMMUNE_SERVICES else 2


def _lacking(world: World) -> str | None:
    for name, service in SERVICES.items():
        for unit in service.units:
            for stream in _told(world, name, unit):
                by = [one["cosigner"] for one in stream["receipts"]]
                if stream["sealed"] != stream["size"] or len(by) != len(above(name)):
                    return f"{unit}: {stream['sealed']} of {stream['size']}, by {by}"
    return None


def _told(world: World, service: str, unit: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = world.nodes[service].get("/v1/receipts", unit=ident(unit))[
        "items"
    ]
    return items


def _head(stream: dict[str, Any]) -> list[str]:
    """Name, size and root of a checkpoint."""
    return str(stream["note"]).splitlines()[:3]
