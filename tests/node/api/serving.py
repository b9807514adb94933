"""A node behind a real HTTP server in this process, and what tests push to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import httpx
import uvicorn

from domain.samples import CENTRE, MINISTRY, WARD, WARD_FRONT, WARD_POLICE
from services.central.spec import SPEC as CENTRAL
from services.commune.spec import SPEC as COMMUNE
from services.node.api import create_app
from services.node.levelspec import LevelSpec
from services.node.node import Node
from services.node.settings import Settings

EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"
PATIENCE = 20.0

Event = dict[str, Any]


@dataclass(frozen=True)
class Served:
    """A running node and a client of it."""

    node: Node
    http: httpx.Client
    ask_to_stop: Callable[[], None]
    """Begin to end, so that several do so side by side."""

    def push(self, event: Event, **parameters: str) -> httpx.Response:
        """Push one event in structured mode."""
        return self.http.post(
            "/v1/events", json=event, headers={"Content-Type": EVENT}, params=parameters
        )

    def push_all(self, events: list[Event]) -> httpx.Response:
        """Push a batch."""
        return self.http.post("/v1/events", json=events, headers={"Content-Type": BATCH})

    def json(self, path: str, **parameters: Any) -> Any:
        """The answer of a read, which must succeed."""
        response = self.http.get(path, params=parameters)
        assert response.status_code == 200, response.text
        return response.json()

    def projected(self) -> None:
        """Wait until the figures hold everything recorded so far."""
        head = self.node.log.position()
        until(lambda: self.node.projector.position >= head)


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that other threads bring about."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


@contextmanager
def serve(node: Node, *, lifespan: Literal["auto", "off"] = "auto") -> Iterator[Served]:
    """Serve a node on a free port; stops both at the end. With `lifespan` "off" the node itself is
    neither started nor stopped."""
    app = create_app(node)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=app.protocol or "auto",
            port=0,
            log_config=None,
            access_log=False,
            lifespan=lifespan,
            timeout_graceful_shutdown=2,
        )
    )
    thread = threading.Thread(target=server.run, name=f"http-{node.settings.node}")
    thread.start()

    def ask_to_stop() -> None:
        server.should_exit = True

    try:
        until(lambda: server.started or not thread.is_alive())
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            yield Served(node, client, ask_to_stop)
    finally:
        ask_to_stop()
        thread.join()


def make_node(
    folder: Path, name: str, spec: LevelSpec, unit: str, parent: str | None = None
) -> Node:
    """An embedded node; nodes of one folder share its carrier."""
    settings = Settings(
        node=name,
        parent=parent,
        units=unit,
        data_dir=folder / name,
        local_carrier=folder / "carrier.db",
        announce_seconds=0.2,
    )
    return Node(settings, spec)


@dataclass(frozen=True)
class World:
    """The centre and a ward right below it."""

    centre: Served
    ward: Served


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Both nodes, when the catalogue has reached the ward and both record."""
    with (
        serve(make_node(folder, "centre", CENTRAL, CENTRE)) as centre,
        serve(make_node(folder, "ward", COMMUNE, WARD, "centre")) as ward,
    ):
        answer = centre.push_all(catalogue())
        assert answer.status_code == 200, answer.text
        until(lambda: ward.node.directory.organisation(WARD_FRONT) is not None)
        until(lambda: ward.node.directory.rule("cadence", WARD, date(2025, 1, 31)) is not None)
        until(lambda: not ward.node.recovery.reasons())  # it has heard that it is new
        try:
            yield World(centre, ward)
        finally:
            centre.ask_to_stop()
            ward.ask_to_stop()


def event(type: str, data: Mapping[str, Any], *, subject: str | None = None) -> Event:
    """An event as a local system writes it."""
    found: Event = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "test.system",
        "type": f"vn.antq.{type}",
        "data": dict(data),
    }
    if subject is not None:
        found["subject"] = subject
    return found


def common(unit: str, org: str, day: str) -> dict[str, Any]:
    """The fields of every event; its record key is its event id."""
    return {"unit_id": unit, "org_id": org, "actor_account": "test.account", "occurred_on": day}


def meeting(**changes: Any) -> Event:
    """A meeting of the ward; None takes a field away."""
    data = {
        **common(WARD, WARD_POLICE, "2025-03-14"),
        "kind": "briefing",
        "attendees": 18,
        "mode": "in_person",
        **changes,
    }
    return event("MeetingHeld", {name: value for name, value in data.items() if value is not None})


def catalogue() -> list[Event]:
    """The centre, a ward below it, their organisations and a few rules."""
    centre = common(CENTRE, MINISTRY, "2020-01-01")
    unit = {"unit_id": CENTRE, "code": "00", "name": "Trung ương", "kind": "central"}
    ward = {
        "unit_id": WARD,
        "code": "27316",
        "name": "Phường 8",
        "kind": "ward",
        "parent_id": CENTRE,
    }
    offices = [
        {"org_id": WARD_POLICE, "unit_id": WARD, "name": "Công an phường", "category": "police"},
        {"org_id": WARD_FRONT, "unit_id": WARD, "name": "Mặt trận phường", "category": "front"},
    ]
    ministry = {"org_id": MINISTRY, "unit_id": CENTRE, "name": "Bộ Công an", "category": "police"}
    day = {"effective_on": "2020-01-01"}
    rule = {"scope": {"unit_id": CENTRE}, "valid_from": "2020-01-01"}
    start = {"month_day": "12-15", "year_offset": -1}
    return [
        event("UnitReorganised", centre | day | {"kind": "created", "to": [unit, ward]}),
        event(
            "OrganisationChanged",
            centre | day | {"kind": "established", "organisations": [ministry]},
        ),
        event(
            "OrganisationChanged",
            centre | day | {"kind": "established", "organisations": offices},
        ),
        event(
            "RuleDefined",
            centre
            | rule
            | {
                "kind": "period",
                "params": {
                    "report_kind": "half_year",
                    "half": 1,
                    "start": start,
                    "end": {"month_day": "06-14"},
                },
            },
        ),
        event(
            "RuleDefined",
            centre
            | rule
            | {
                "kind": "due",
                "params": {"report_kind": "half_year", "half": 1, "day": {"month_day": "06-20"}},
            },
        ),
        event(
            "RuleDefined",
            centre
            | rule
            | {"kind": "cadence", "params": {"every_months": 1, "anchor": "2020-01-01"}},
        ),
    ]
