"""The storyline, played once in each profile; the report tells every number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.demo.client import Client
from services.demo.player import Player
from services.demo.story import Step
from tests.e2e.storyline.country import Stores, hears, running
from tests.e2e.storyline.files import events_of
from tests.e2e.storyline.teller import Teller

_TOLD = pytest.StashKey[list[str]]()


@dataclass
class Stage:
    """The nodes, and who plays on them."""

    clients: dict[str, Client]
    player: Player
    teller: Teller

    def play(self, step: Step) -> None:
        """Play a step; fails with every number that is not as the story says."""
        self.player.play(step)
        assert not self.player.wrong, "\n".join(self.player.wrong)


@pytest.fixture(scope="package", params=["embedded", "server"])
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
    with running(stores) as clients:
        player = Player(clients, teller, events=events_of, hears=hears)
        yield Stage(clients, player, teller)
    request.config.stash.setdefault(_TOLD, []).extend([f"--- {request.param}", *teller.told])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for line in config.stash.get(_TOLD, []):
        terminalreporter.write_line(line)
