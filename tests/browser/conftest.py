"""The demonstration, played once, and a real Chromium to look at its pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.demo.client import Client
from services.demo.nodes import NODES, Stores
from services.demo.player import Player
from services.demo.processes import Processes, choose_ports
from services.demo.story import STORY
from tests.demo.test_player import Quiet

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_START_SECONDS = 120.0


@pytest.fixture(scope="package")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Addresses of the six nodes, after the story was played."""
    processes = Processes(Stores(tmp_path_factory.mktemp("demo")), choose_ports(23080))
    clients = {name: Client(name, processes.url(name)) for name in NODES}
    try:
        processes.start()
        processes.await_all(lambda name: clients[name].answers(), _START_SECONDS)
        player = Player(clients, Quiet())
        for step in STORY:
            player.play(step)
        assert player.wrong == []
        yield {name: processes.url(name) for name in NODES}
    finally:
        for client in clients.values():
            client.close()
        processes.stop()


def _chromium() -> str:
    named = os.environ.get("ANTQ_TEST_CHROMIUM")
    for candidate in (named, "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(candidate) if candidate else None
        if found:
            return str(Path(found))
    pytest.fail("no Chromium: install the package chromium, or name one in ANTQ_TEST_CHROMIUM")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only these tests need it

    with sync_playwright() as driver:
        # Chromium's own sandbox needs rights that a container's root does not give it.
        found = driver.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        yield found
        found.close()


class Watched:
    """A page, and everything about it that nobody should see."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.console: list[str] = []
        self.requested: list[str] = []
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("requestfailed", lambda request: self.console.append(request.url))
        page.on("request", lambda request: self.requested.append(request.url))

    def open(self, url: str) -> None:
        """Go there; the page must be answered with 200."""
        response = self.page.goto(url)
        assert response is not None
        assert response.status == 200, url

    def fits(self) -> bool:
        """Whether the page is no wider than the window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """A window of a usual size."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield Watched(page)
    page.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Watched]:
    """A window 360 pixels wide."""
    page = browser.new_page(viewport={"width": 360, "height": 740})
    yield Watched(page)
    page.close()
