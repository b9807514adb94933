"""Stage `ingest`: durable ingest over HTTP, single events and batches."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from bench import floor
from bench.catalogue import catalogue
from bench.happenings import Happening, Recorded
from bench.load import pushes, recorded
from bench.measuring import Case, Contender, Role, Sample
from bench.pushing import Pushed, push, request
from bench.serving import node_server, plain_server, projector_backlog
from bench.stores import Store, fill

CLIENTS: Final = 64
BATCH: Final = 1_000
BATCH_CLIENTS: Final = 4
_PATH: Final = "/v1/events"
_EVENT: Final = "application/cloudevents+json"
_LINES: Final = "application/x-ndjson"
_JSON: Final = "application/json"
_WARM: Final = 2_000
"""Events pushed before the clock starts, unless fewer are measured: by then every commune has been
met."""
_ASK_SECONDS: Final = 0.05


def cases(store: Store, events: int) -> Iterator[Case]:
    """Single events, then batches."""
    yield _single(store, events)
    yield _batches(store, events)


def _single(store: Store, events: int) -> Case:
    few = max(events // 4, CLIENTS)  # the library needs minutes for more
    warm = min(_WARM, events)
    same = recorded(few)

    def node() -> Sample:
        load = pushes(warm + few)
        with store.fresh() as where:
            fill(where, catalogue())
            with node_server(where) as port:
                push(port, _clients(load[:warm], CLIENTS, _EVENT), 201)
                return _folded(port, few, _clients(load[warm:], CLIENTS, _EVENT), 201)

    def library() -> Sample:
        load = pushes(warm + few)
        with store.fresh() as where, plain_server(where) as port:
            push(port, _clients(load[:warm], CLIENTS, _JSON), 201)
            return _sample(few, push(port, _clients(load[warm:], CLIENTS, _JSON), 201))

    return Case(
        "ingest",
        f"{CLIENTS} clients, one event a request",
        store.name,
        [
            Contender(Role.NODE, "node", node),
            Contender(Role.LIBRARY, "FastAPI + Application.save", library),
            floor_of(store, same, CLIENTS),
            floor_of(store, same, 1),
        ],
    )


def _batches(store: Store, events: int) -> Case:
    size = min(BATCH, events)
    warm = min(_WARM, events)
    same = recorded(events)

    def node() -> Sample:
        load = pushes(warm + events)
        with store.fresh() as where:
            fill(where, catalogue())
            with node_server(where) as port:
                push(port, _clients(load[:warm], CLIENTS, _EVENT), 201)
                return _folded(port, events, _lines(load[warm:], size), 200)

    def library() -> Sample:
        load = pushes(warm + events)
        with store.fresh() as where, plain_server(where) as port:
            push(port, _clients(load[:warm], CLIENTS, _JSON), 201)
            return _sample(events, push(port, _arrays(load[warm:], size), 200))

    return Case(
        "ingest",
        f"batches of {size:,}, {BATCH_CLIENTS} clients",
        store.name,
        [
            Contender(Role.NODE, "node", node),
            Contender(Role.LIBRARY, "FastAPI + Application.save of all", library),
            floor_of(store, same, size),
        ],
    )


def floor_of(store: Store, events: Sequence[Recorded], size: int) -> Contender:
    """The same rows with COPY, or `executemany`, in transactions of `size` events."""

    def copy() -> Sample:
        with store.fresh() as where:
            if where.database is None:
                return Sample(
                    len(events), floor.insert_events(where.folder / "floor.db", events, size)
                )
            floor.create_postgres(where.database)
            return Sample(len(events), floor.copy_events(where.database, events, size))

    how = "executemany" if store.name == "sqlite" else "COPY"
    return Contender(Role.FLOOR, f"{how}, {size:,} a transaction", copy)


def _folded(port: int, events: int, clients: Sequence[Sequence[bytes]], status: int) -> Sample:
    """Push to a node, and see besides when its figures hold all of it: they give way meanwhile, so
    without this part of the work would go unseen."""
    _wait_for_figures(port)
    started = time.perf_counter()
    pushed = push(port, clients, status)
    _wait_for_figures(port)
    sample = _sample(events, pushed)
    folded = events / (time.perf_counter() - started)
    return replace(sample, extra={**sample.extra, "in the figures/s": folded})


def _wait_for_figures(port: int) -> None:
    while projector_backlog(port):
        time.sleep(_ASK_SECONDS)


def _sample(events: int, pushed: Pushed) -> Sample:
    def quantile(part: float) -> float:
        return pushed.latencies[int(part * (len(pushed.latencies) - 1))] * 1_000

    return Sample(events, pushed.seconds, {"p50 ms": quantile(0.5), "p99 ms": quantile(0.99)})


def _clients(load: Sequence[Happening], clients: int, kind: str) -> list[list[bytes]]:
    """Requests by client; a commune's events stay with one, because their order matters."""
    shares: list[list[bytes]] = [[] for _ in range(clients)]
    for happening in load:
        shares[happening.unit % clients].append(request(_PATH, kind, happening.pushed()))
    return shares


def _bodies(load: Sequence[Happening], size: int) -> Iterator[tuple[int, list[bytes]]]:
    shares: list[list[bytes]] = [[] for _ in range(BATCH_CLIENTS)]
    for happening in load:
        share = happening.unit % BATCH_CLIENTS
        shares[share].append(happening.pushed())
        if len(shares[share]) == size:
            yield share, shares[share]
            shares[share] = []
    yield from ((share, rest) for share, rest in enumerate(shares) if rest)


def _lines(load: Sequence[Happening], size: int) -> list[list[bytes]]:
    clients: list[list[bytes]] = [[] for _ in range(BATCH_CLIENTS)]
    for share, events in _bodies(load, size):
        clients[share].append(request(_PATH, _LINES, b"\n".join(events)))
    return clients


def _arrays(load: Sequence[Happening], size: int) -> list[list[bytes]]:
    clients: list[list[bytes]] = [[] for _ in range(BATCH_CLIENTS)]
    for share, events in _bodies(load, size):
        body = b"[" + b",".join(events) + b"]"
        clients[share].append(request("/v1/batches", _JSON, body))
    return clients
