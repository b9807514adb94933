"""The player: waits for what an event rests on, compares, and says what is wrong."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from domain.refusals import Text
from services.demo.client import Client, NodeAway
from services.demo.player import Player, Reading, StoryError
from services.demo.reading import at
from services.demo.story import Act, Check, Push, Step


class FakeClient:
    """A node that answers what a test tells it to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.outcome = "recorded"
        self.held: dict[str, int] = {}
        self.lag = 0
        """How many times it is asked before it holds what was recorded elsewhere."""
        self.figure = 74
        self.pushed: list[Mapping[str, Any]] = []

    def push(self, events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        self.pushed += events
        self.held[f"origin-{self.name}"] = len(self.pushed)
        return [
            {"outcome": self.outcome, "origin": f"origin-{self.name}", "sequence": number}
            for number, _ in enumerate(events, start=1)
        ]

    def records(self) -> bool:
        return True

    def heads(self) -> Mapping[str, int]:
        if self.lag:
            self.lag -= 1
            raise NodeAway("still folding")
        return {**self.held, "origin-q5-wards": 10_000}

    def digest(self, event_id: str) -> str:
        return f"sha256:{event_id}"

    def answer(self, path: str, query: Mapping[str, str]) -> Any:
        return {"figure": self.figure}


class Quiet:
    """Nobody watches."""

    def __init__(self) -> None:
        self.said: list[tuple[str, int, int]] = []

    def step_begins(self, step: Step) -> None:
        pass

    def pushed(self, push: Push, recorded: int, duplicate: int) -> None:
        self.said.append((push.file, recorded, duplicate))

    def figure_begins(self, check: Check) -> None:
        pass

    def figure_moves(self, check: Check, readings: Mapping[str, Reading]) -> None:
        pass

    def figure_ends(self, check: Check, readings: Mapping[str, Reading]) -> None:
        pass


FILE = "00-q5-wards-points"
CHECK = Check(Text("Điểm", "Points"), "/v1/x", {}, at("figure"), "74", ("q5-wards", "q5"))


@pytest.fixture
def clients() -> dict[str, FakeClient]:
    return {name: FakeClient(name) for name in ("q5-wards", "q5", "hcm", "central")}


def _player(clients: dict[str, FakeClient], patience: float = 5.0) -> Player:
    return Player(cast("Mapping[str, Client]", clients), Quiet(), patience)


def _step(*acts: Act) -> Step:
    return Step("1", "", Text("Bước", "Step"), acts)


def test_a_right_figure_leaves_nothing_wrong(clients: dict[str, FakeClient]) -> None:
    clients["q5"].lag = 3
    player = _player(clients)
    player.play(_step(Act((Push("q5-wards", FILE),), (CHECK,))))
    assert player.wrong == []
    assert clients["q5"].lag == 0


def test_a_wrong_figure_is_named_with_its_node(clients: dict[str, FakeClient]) -> None:
    clients["q5"].figure = 73
    player = _player(clients)
    player.play(_step(Act((Push("q5-wards", FILE),), (CHECK,))))
    assert player.wrong == ["Points at q5: 73, expected 74"]


def test_a_figure_that_never_arrives_is_wrong(clients: dict[str, FakeClient]) -> None:
    clients["q5"].lag = 1_000_000
    player = _player(clients, patience=0.2)
    player.play(_step(Act((Push("q5-wards", FILE),), (CHECK,))))
    assert player.wrong == ["Points at q5: None, expected 74"]


def test_a_refused_event_stops_the_story(clients: dict[str, FakeClient]) -> None:
    clients["q5-wards"].outcome = "refused"
    with pytest.raises(StoryError, match="refused"):
        _player(clients).play(_step(Act((Push("q5-wards", FILE),))))


def test_a_replay_that_is_recorded_again_stops_the_story(clients: dict[str, FakeClient]) -> None:
    with pytest.raises(StoryError, match="recorded"):
        _player(clients).play(_step(Act((Push("q5-wards", FILE, again=True),))))


def test_a_node_that_never_catches_up_stops_the_story(clients: dict[str, FakeClient]) -> None:
    clients["q5"].lag = 1_000_000
    with pytest.raises(StoryError, match="in vain: q5 holds"):
        _player(clients, patience=0.2).play(_step(Act((Push("q5", "08-q5-return"),))))


def test_digests_come_from_the_node_that_answers(clients: dict[str, FakeClient]) -> None:
    _player(clients).play(_step(Act((Push("q5", "08-q5-return"),))))
    [event] = clients["q5"].pushed
    assert event["data"]["report_digest"].startswith("sha256:")


def test_figures_that_later_acts_changed_are_not_read_again(
    clients: dict[str, FakeClient],
) -> None:
    clients["q5-wards"].outcome = "duplicate"
    clients["q5"].figure = 73
    player = _player(clients)
    player.play(_step(Act((Push("q5-wards", FILE),), (CHECK,), changed_later=True)))
    assert player.wrong == []


def test_it_looks_often(monkeypatch: pytest.MonkeyPatch, clients: dict[str, FakeClient]) -> None:
    """Waiting is looking again and again, and each wait is far below what a person notices."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    clients["q5"].lag = 4
    _player(clients).play(_step(Act((Push("q5-wards", FILE),), (CHECK,))))
    assert len(slept) == 4
    assert max(slept) <= 0.05
