"""A whole report period between nodes that no network joins: every figure as over the carrier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import orjson
import pytest

from services.app import spec_of
from services.demo.client import Client
from services.demo.nodes import NODES
from services.demo.player import Player, Reading
from services.demo.story import STORY, Check, Push, Step
from services.node.audit.exporting import FolderExporter
from services.node.audit.figures import check_figures
from services.node.audit.folder import Folder
from services.node.audit.verifying import verify
from services.node.node import Node
from services.node.settings import Settings
from tests.node.api.serving import Served, serve


class Messenger:
    """Carries bundles along every link, up and down again, as long as that brings news."""

    def __init__(self, nodes: Mapping[str, Served]) -> None:
        self._nodes = nodes
        self._seen: tuple[int, ...] = ()
        self.carried = 0

    def go(self) -> None:
        while (now := self._positions()) != self._seen:
            self._seen = now
            for child in reversed(list(NODES.values())):  # the lowest first
                if child.parent is not None:
                    self._carry(child.name, child.parent, way="up")
            for child in NODES.values():
                if child.parent is not None:
                    self._carry(child.parent, child.name, way="down", to=child.name)

    def _positions(self) -> tuple[int, ...]:
        return tuple(served.node.log.position() for served in self._nodes.values())

    def _carry(self, sender: str, receiver: str, **asked: str) -> None:
        bundle = self._nodes[sender].http.get("/v1/bundles", params=asked)
        assert bundle.status_code == 200, bundle.text
        answer = self._nodes[receiver].http.post("/v1/bundles", content=bundle.content)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        troubles = [found[name] for name in ("waiting", "forked", "set_aside", "damaged")]
        assert not any(troubles), troubles
        self.carried += found["recorded"]


class Waited(Client):
    """A node whose neighbours' bundles are brought before it is asked how far it is."""

    def __init__(self, name: str, url: str, messenger: Messenger) -> None:
        super().__init__(name, url)
        self._messenger = messenger

    def heads(self) -> Mapping[str, int]:
        self._messenger.go()
        return super().heads()


class Quiet:
    """Nobody watches."""

    def step_begins(self, step: Step) -> None: ...
    def pushed(self, push: Push, recorded: int, duplicate: int) -> None: ...
    def figure_begins(self, check: Check) -> None: ...
    def figure_moves(self, check: Check, readings: Mapping[str, Reading]) -> None: ...
    def figure_ends(self, check: Check, readings: Mapping[str, Reading]) -> None: ...


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[dict[str, Served]]:
    """The six nodes of the demonstration over four levels, each alone."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                serve(
                    Node(
                        Settings(
                            node=name,
                            parent=demo.parent,
                            units=tuple(UUID(place.unit_id) for place in demo.units),
                            units_under=demo.units_under and UUID(demo.units_under.unit_id),
                            data_dir=tmp_path / name,
                            by_hand=True,
                        ),
                        spec_of(demo.level),
                    )
                )
            )
            for name, demo in NODES.items()
        }


def test_a_report_period_by_hand_gives_the_figures_of_the_carrier(
    nodes: dict[str, Served], tmp_path: Path
) -> None:
    """The story's figures are those that `antq demo` shows over the local carrier and Kafka."""
    messenger = Messenger(nodes)
    clients = {
        name: Waited(name, str(served.http.base_url), messenger) for name, served in nodes.items()
    }
    player = Player(clients, Quiet())
    for step in STORY:
        player.play(step)
    for client in clients.values():
        client.close()
    assert player.wrong == []
    assert messenger.carried > 500
    assert not list(tmp_path.glob("*/carrier.db"))
    messenger.go()
    for name, served in nodes.items():
        state = served.json("/v1/sync", state="incomplete")
        assert state["origins"] == [], name
        assert state["quarantined"] == 0, name
    _figures_follow_from_the_events(nodes, tmp_path)


def _figures_follow_from_the_events(nodes: dict[str, Served], folder: Path) -> None:
    """An auditor with the folders of two levels derives their figures again, offline."""
    opened = []
    for name in ("q5", "central"):
        node = nodes[name].node
        exporter = FolderExporter(node.log, node.checkpoints)
        exporter.audit(
            folder / f"audit-{name}", node=name, level=node.spec.level.value, made_at="", keys=()
        )
        opened.append(Folder(folder / f"audit-{name}", ()))
    report = verify([one.path for one in opened])
    assert report.all_findings == []
    assert report.compared == len(opened[0].index.streams)
    for one, name in zip(opened, ("q5", "central"), strict=True):
        questions = {
            (check.path, *sorted(check.query.items())): check
            for step in STORY
            for act in step.acts
            for check in act.checks
            if name in check.nodes and check.path.startswith("/v1/figures/")
        }
        answers = {
            str(place): nodes[name].http.get(check.path, params=dict(check.query)).content
            for place, check in enumerate(questions.values())
        }
        assert len(answers) >= 3
        agreeing, findings = check_figures(one, nodes[name].node.spec, answers)
        assert findings == []
        assert len(agreeing) == len(answers)
        forged = orjson.loads(answers["0"])
        measure = next(iter(forged["total"]["values"]))
        forged["total"]["values"][measure] += 1
        _, findings = check_figures(one, nodes[name].node.spec, {"x": orjson.dumps(forged)})
        assert f"/total/values/{measure}" in findings[0].text.en
