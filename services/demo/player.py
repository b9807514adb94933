"""Plays the story through the nodes' public API and compares every figure at every level.

Nothing here waits for luck: before a node is given an event, it holds everything that the event
rests on; before a figure is read, everything it counts has arrived.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import orjson

from services.demo.build import DATA
from services.demo.client import Client, NodeAway
from services.demo.making.drafts import DIGEST_OF
from services.demo.nodes import heard_by
from services.demo.story import Check, Push, Step

_PATIENCE: Final = 60.0
"""Seconds for something to arrive at a node; it takes well below one."""
_LOOK_EVERY: Final = 0.03
_EXPECTED_NEW: Final = frozenset({"recorded", "duplicate"})


class StoryError(Exception):
    """The story cannot go on; the message says where."""


@dataclass(slots=True)
class Reading:
    """A figure at one node."""

    value: str | None = None
    right: bool = False
    seconds: float = 0.0
    """From the push until it was right there."""


class Audience(Protocol):
    """Who watches."""

    def step_begins(self, step: Step) -> None:
        """A step of the story."""

    def pushed(self, push: Push, recorded: int, duplicate: int) -> None:
        """A file was taken by a node."""

    def figure_begins(self, check: Check) -> None:
        """A figure is awaited."""

    def figure_moves(self, check: Check, readings: Mapping[str, Reading]) -> None:
        """It has arrived at a further node."""

    def figure_ends(self, check: Check, readings: Mapping[str, Reading]) -> None:
        """It has been read at all of them."""


def _of_the_demo(file: str) -> list[Any]:
    return [orjson.loads(line) for line in (DATA / f"{file}.jsonl").read_bytes().splitlines()]


@dataclass(slots=True)
class Player:
    """Plays steps; remembers what was recorded where."""

    clients: Mapping[str, Client]
    audience: Audience
    patience: float = _PATIENCE
    events: Callable[[str], list[Any]] = _of_the_demo
    """The events of a file, by its name."""
    hears: Callable[[str], frozenset[str]] = heard_by
    """The nodes whose records reach a node."""
    wrong: list[str] = field(default_factory=list)
    """Figures that were not as the story says."""
    _heads: dict[str, dict[str, int]] = field(default_factory=dict)
    """By node that recorded: origin and number."""

    def play(self, step: Step) -> None:
        """Push and compare, act by act. Raises StoryError."""
        self.audience.step_begins(step)
        for act in step.acts:
            since = time.monotonic()
            recorded = sum(self._push(push) for push in act.pushes)
            if act.changed_later and not recorded:
                continue  # played before, with these data; later acts have changed these figures
            for check in act.checks:
                self._compare(check, since)

    def _push(self, push: Push) -> int:
        """The number of events that were new to the node."""
        client = self.clients[push.node]
        self._await(f"{push.node} holds what {push.file} rests on", lambda: self._level(push.node))
        events = [self._with_digests(client, event) for event in self.events(push.file)]
        verdicts = client.push(events)
        allowed = frozenset({"duplicate"}) if push.again else _EXPECTED_NEW
        heads = self._heads.setdefault(push.node, {})
        for event, verdict in zip(events, verdicts, strict=True):
            if verdict["outcome"] not in allowed:
                problem = verdict.get("problem") or {}
                raise StoryError(
                    f"{push.file}: {event['type']} {event['id']}: {verdict['outcome']} "
                    f"{problem.get('code', '')} {problem.get('field', '')} "
                    f"{problem.get('detail', '')}"
                )
            origin = verdict["origin"]
            heads[origin] = max(heads.get(origin, 0), verdict["sequence"])
        outcomes = [verdict["outcome"] for verdict in verdicts]
        recorded = outcomes.count("recorded")
        self.audience.pushed(push, recorded, len(outcomes) - recorded)
        return recorded

    def _level(self, node: str) -> bool:
        """Whether the node records, and holds and has folded all that was recorded at nodes it
        hears."""
        heads = self.clients[node].heads()
        return self.clients[node].records() and all(
            heads.get(origin, 0) >= number
            for other in self.hears(node)
            for origin, number in self._heads.get(other, {}).items()
        )

    def _with_digests(self, client: Client, value: Any) -> Any:
        """The event with the digests of the events it answers, as its node holds them."""
        if isinstance(value, dict):
            return {name: self._with_digests(client, item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._with_digests(client, item) for item in value]
        if isinstance(value, str) and value.startswith(DIGEST_OF):
            return client.digest(value.removeprefix(DIGEST_OF))
        return value

    def _compare(self, check: Check, since: float) -> None:
        self.audience.figure_begins(check)
        readings = {node: Reading() for node in check.nodes}
        waiting = list(check.nodes)
        give_up = time.monotonic() + self.patience
        while waiting and time.monotonic() < give_up:
            for node in tuple(waiting):
                value = self._arrived(node, check)
                if value is not _NOT_YET:
                    readings[node] = Reading(
                        value, value == check.expected, time.monotonic() - since
                    )
                    waiting.remove(node)
                    self.audience.figure_moves(check, readings)
            if waiting:
                time.sleep(_LOOK_EVERY)
        self.audience.figure_ends(check, readings)
        self.wrong += [
            f"{check.title.en} at {node}: {reading.value}, expected {check.expected}"
            for node, reading in readings.items()
            if not reading.right
        ]

    def _arrived(self, node: str, check: Check) -> str | None:
        """The figure at a node that holds everything; `_NOT_YET` while it does not."""
        try:
            if not self._level(node):
                return _NOT_YET
            return check.read(self.clients[node].answer(check.path, check.query))
        except NodeAway:
            return _NOT_YET

    def _await(self, what: str, holds: Callable[[], bool]) -> None:
        give_up = time.monotonic() + self.patience
        last = ""
        for _ in _until(give_up):
            try:
                if holds():
                    return
            except NodeAway as error:
                last = str(error)
        raise StoryError(f"waited {self.patience:.0f} s in vain: {what}. {last}")


_NOT_YET: Final = "\0"
"""No figure reads like this."""


def _until(give_up: float) -> Iterator[None]:
    while time.monotonic() < give_up:
        yield
        time.sleep(_LOOK_EVERY)
