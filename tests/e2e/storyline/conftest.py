"""The storyline, played once in each profile; the report tells every number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.demo.client import Client
from services.demo.making.drafts import Event
from services.demo.player import Player
from services.demo.story import Step
from tests.e2e.storyline.country import Country, Stores, hears, running
from tests.e2e.storyline.files import events_of
from tests.e2e.storyline.teller import Teller

_TOLD = pytest.StashKey[list[str]]()


@dataclass
class Stage:
    """The nodes, and who plays on them."""

    country: Country
    teller: Teller
    made: dict[str, list[Event]] = field(default_factory=dict)
    """Events that a node drafted, by the name of a file."""

    def __post_init__(self) -> None:
        self.player = Player(self.clients, self.teller, events=self._events, hears=hears)

    @property
    def clients(self) -> dict[str, Client]:
        """By name of the node."""
        return self.country.clients

    def _events(self, file: str) -> list[Event]:
        return self.made[file] if file in self.made else events_of(file)

    def play(self, step: Step) -> None:
        """Play a step; fails with every number that is not as the story says."""
        before = len(self.player.wrong)
        self.player.play(step)
        assert not self.player.wrong[before:], "\n".join(self.player.wrong[before:])

    def draft(self, node: str, question: Mapping[str, Any], day: str) -> Any:
        """A report as the node drafts it, dated on the day on which somebody sends it."""
        url = f"{self.clients[node].url}/v1/reports/drafts"
        answer = httpx.post(url, json=dict(question), timeout=60)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        found["event"]["data"]["occurred_on"] = day
        return found


@pytest.fixture(scope="module", params=["embedded", "server"])
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """SQLite files and the local carrier; then PostgreSQL and Kafka."""
    folder: Path = tmp_path_factory.mktemp("story")
    stores = Stores(folder)
    if request.param == "server":
        stores = Stores(
            folder, request.getfixturevalue("postgres"), request.getfixturevalue("kafka")
        )
    teller = Teller()
    with running(stores) as country:
        yield Stage(country, teller)
    request.config.stash.setdefault(_TOLD, []).extend([f"--- {request.param}", *teller.told])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for line in config.stash.get(_TOLD, []):
        terminalreporter.write_line(line)
