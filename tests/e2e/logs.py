"""What stands in the nodes' logs, read by plain SQL, and what must be true of it."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

import psycopg

from tests.e2e.places import SERVICES
from tests.e2e.pushing import Place
from tests.e2e.world import World

Streams = Mapping[str, list[bytes]]
"""By origin: the bytes of its events, in their order."""


def read_streams(address: str) -> Streams:
    """The streams of a log.

    Raises AssertionError for a stream with a hole, one that was recorded out of order, and an event
    that stands elsewhere than it says.
    """
    streams: dict[str, list[bytes]] = defaultdict(list)
    with psycopg.connect(address) as connection:
        rows = connection.execute(
            "SELECT originator_id, originator_version, state FROM stored_events"
            " ORDER BY notification_id"
        )
        for origin, sequence, raw in rows:
            stream = streams[str(origin)]
            stream.append(bytes(raw))
            assert sequence == len(stream), f"{origin}: {sequence} follows {len(stream) - 1}"
            event = json.loads(raw)
            place = (UUID(event["source"].removeprefix("urn:uuid:")), int(event["sequence"]))
            assert place == (origin, sequence), f"{place} stands at {origin}, {sequence}"
    return dict(streams)


def check_logs(world: World) -> dict[str, Streams]:
    """Every node holds exactly what belongs to it, byte for byte as its origin recorded it.

    That is: its own streams, those of everybody below, those of its superiors. Returns the streams
    by service.
    """
    found = {name: read_streams(world.dsn(name)) for name in SERVICES}
    for name in SERVICES:
        held: dict[str, list[bytes]] = {}
        for other in SERVICES:
            if name in _path(other) or other in _path(name):
                held |= {o: s for o, s in found[other].items() if o in _own(world, other)}
        assert found[name] == held, f"{name}: {_difference(found[name], held)}"
    return found


def _path(service: str) -> list[str]:
    """The service and those above it."""
    path: list[str] = []
    current: str | None = service
    while current is not None:
        path.append(current)
        current = SERVICES[current].parent
    return path


def _own(world: World, service: str) -> set[str]:
    origins = world.nodes[service].get("/v1/sync", direction="own")["origins"]
    return {origin["origin"] for origin in origins}


def _difference(found: Streams, expected: Streams) -> str:
    lengths = {
        origin: (len(found.get(origin, [])), len(expected.get(origin, [])))
        for origin in {*found, *expected}
        if found.get(origin) != expected.get(origin)
    }
    return f"held and expected, of the streams that differ: {lengths}"


def check_promises(streams: Streams, promises: Mapping[str, Place]) -> None:
    """Every acknowledged event stands where it was promised, once, with the promised bytes."""
    where: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for origin, stream in streams.items():
        for number, raw in enumerate(stream, start=1):
            where[json.loads(raw)["id"]].append((origin, number))
    for event_id, place in promises.items():
        assert where[event_id] == [(place.origin, place.sequence)], (event_id, where[event_id])
        raw = streams[place.origin][place.sequence - 1]
        assert "sha256:" + hashlib.sha256(raw).hexdigest() == place.digest, event_id
