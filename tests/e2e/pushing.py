"""Pushing as a local system does: the very same events again until they are acknowledged."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

import httpx

from tests.e2e.places import Event

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 0.5
_GIVE_UP_SECONDS: Final = 180.0
_REQUEST_SECONDS: Final = 60.0
_AWAY: Final = 503
DIGEST_OF: Final = "digest-of:"
"""Stands in an event for the digest of another, which is known once that is acknowledged."""


class Form(StrEnum):
    """The ways of the CloudEvents HTTP binding, and lines of JSON."""

    STRUCTURED = "application/cloudevents+json"
    BINARY = "application/json"
    BATCH = "application/cloudevents-batch+json"
    LINES = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Request:
    """What one POST carries."""

    form: Form
    events: tuple[Event, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Of an event that repeats another's source record: its id, and the id of the first."""
    refused_with: str | None = None
    """The problem code that every event of it must get, if it is one the node must not take."""
    await_arrival: bool = False
    """Whether what the events are about may still be on its way to this node."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an acknowledged event stands, as it was acknowledged."""

    origin: str
    sequence: int
    digest: str


class Acknowledged:
    """What was promised to the pushers: by event id, its place. Thread-safe."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}
        self._changed = threading.Condition()
        self.repeated = 0
        """How many acknowledgements told of an event acknowledged before."""

    def note(self, event_id: str, place: Place) -> None:
        """Remember a promise. Raises AssertionError if it is not the one given before."""
        with self._changed:
            held = self._places.setdefault(event_id, place)
            assert held == place, f"{event_id} was acknowledged as {held}, then as {place}"
            self.repeated += held is not place
            self._changed.notify_all()

    def place(self, event_id: str) -> Place | None:
        """Where an event stands, if it was acknowledged."""
        with self._changed:
            return self._places.get(event_id)

    def wait_for(self, event_id: str, going: Callable[[], bool]) -> Place:
        """Wait for another pusher's event while `going`. Raises AssertionError."""
        with self._changed:
            while event_id not in self._places:
                assert going(), f"{event_id} was never acknowledged"
                self._changed.wait(0.5)
            return self._places[event_id]

    def wait_for_more(self, count: int, seconds: float = 60) -> None:
        """Wait until so many events are acknowledged. Raises AssertionError."""
        with self._changed:
            reached = self._changed.wait_for(lambda: len(self._places) >= count, seconds)
            assert reached, f"{len(self._places)} of {count} acknowledged after {seconds} s"

    def places(self) -> dict[str, Place]:
        """Every promise."""
        with self._changed:
            return dict(self._places)

    def __len__(self) -> int:
        with self._changed:
            return len(self._places)


class Pusher:
    """Pushes to one node. Used by one thread."""

    def __init__(
        self, url: str, acknowledged: Acknowledged, *, going: Callable[[], bool] = lambda: True
    ) -> None:
        """`going` says whether trying again still makes sense."""
        self.acknowledged = acknowledged
        self.tries = 0
        self._going = going
        self._url = f"{url}/v1/events"
        self._client = httpx.Client(timeout=_REQUEST_SECONDS)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def push(self, request: Request) -> list[Place]:
        """Push until every event is acknowledged, or refused if it must be; the places.

        Raises AssertionError for any answer that a correct node does not give.
        """
        events = [self._with_digests(event) for event in request.events]
        deadline = time.monotonic() + _GIVE_UP_SECONDS
        pause = _FIRST_PAUSE
        while True:
            self.tries += 1
            places = self._try(request, events)
            if places is not None:
                return places
            assert time.monotonic() < deadline, f"not acknowledged: {events[0]['id']}"
            assert self._going(), "another pusher failed"
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _with_digests(self, event: Event) -> Event:
        filled = {key: self._digest(value) for key, value in event["data"].items()}
        return {**event, "data": filled}

    def _digest(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.startswith(DIGEST_OF):
            return value
        return self.acknowledged.wait_for(value.removeprefix(DIGEST_OF), self._going).digest

    def _try(self, request: Request, events: Sequence[Event]) -> list[Place] | None:
        """One attempt: the places, or None if it has to be repeated."""
        try:
            response = self._client.post(self._url, **_encoded(request.form, events))
        except httpx.TransportError:
            return None  # the process, or the connection to it, is gone: nobody knows what happened
        if response.status_code == _AWAY:
            return None
        verdicts = list(_verdicts(request.form, response))
        if any(_to_be_repeated(request, verdict) for verdict in verdicts):
            return None
        assert len(verdicts) == len(events), response.text
        places: list[Place] = []
        for event, verdict in zip(events, verdicts, strict=True):
            place = self._judged(request, event, verdict)
            if place is not None:
                places.append(place)
        return places

    def _judged(self, request: Request, event: Event, verdict: Mapping[str, Any]) -> Place | None:
        if request.refused_with is not None:
            code = verdict.get("problem", {}).get("code")
            assert code == request.refused_with, f"{verdict} for {event}"
            return None
        assert verdict.get("outcome") in ("recorded", "duplicate"), f"{verdict} for {event}"
        event_id = verdict["event_id"]
        allowed = (event["id"], request.aliases.get(event["id"]))
        assert event_id in allowed, f"{event['id']} got {verdict}"
        place = Place(verdict["origin"], verdict["sequence"], verdict["digest"])
        self.acknowledged.note(event_id, place)
        return place


def single(event: Event, form: Form = Form.STRUCTURED, **more: Any) -> Request:
    """A request of one event."""
    return Request(form, (event,), **more)


def batch(events: Sequence[Event], form: Form = Form.BATCH, **more: Any) -> Request:
    """A request of several events."""
    return Request(form, tuple(events), **more)


def _encoded(form: Form, events: Sequence[Event]) -> dict[str, Any]:
    headers = {"content-type": form.value}
    if form is Form.BATCH:
        content = json.dumps(events)
    elif form is Form.LINES:
        content = "".join(json.dumps(event) + "\n" for event in events)
    elif form is Form.BINARY:
        headers |= {f"ce-{k}": quote(v, safe=":/") for k, v in events[0].items() if k != "data"}
        content = json.dumps(events[0]["data"])
    else:
        content = json.dumps(events[0])
    return {"content": content, "headers": headers}


def _verdicts(form: Form, response: httpx.Response) -> Iterator[Mapping[str, Any]]:
    """A verdict for each event; of a single event, a problem document stands for its verdict."""
    assert response.status_code < 500, f"{response.status_code}: {response.text}"
    answer = response.json()
    if form in (Form.BATCH, Form.LINES):
        assert response.status_code in (200, 207), response.text
        yield from answer["items"]
    elif response.status_code in (200, 201):
        yield answer
    else:
        yield {"outcome": "refused", "problem": answer}


def _to_be_repeated(request: Request, verdict: Mapping[str, Any]) -> bool:
    problem = verdict.get("problem")
    if problem is None:
        return False
    return problem["status"] == _AWAY or (
        request.await_arrival and problem["code"] == "no-such-record"
    )
