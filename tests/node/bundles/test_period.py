"""A whole report period, with keys: over a broker, by bundles alone, and by both in turns.

The same history gives the same bytes, figures, obligations, roots and receipts at every agency,
whatever carried it, and whatever happened to the bundles on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson
import pytest

from contracts.topics import down_topic, up_topic
from services.demo.making.places import CENTRE, HCM, OLD_WARDS, Q5, TAY_NINH, WARDS
from services.demo.nodes import NODES, above
from services.demo.player import Player
from services.demo.story import STORY
from services.node.audit.exporting import FolderExporter
from services.node.audit.figures import check_figures
from services.node.audit.folder import Folder
from services.node.audit.verifying import verify
from services.node.carriers.kafka import KafkaCarrier
from services.node.ledger.names import node_name
from services.node.syncstate import Direction
from tests.node.bundles.agencies import Agencies, Agency, Quiet, Receipt, make_keys, wait_a_little
from tests.node.bundles.courier import Courier

if TYPE_CHECKING:
    from infra.backing import KafkaBacking

pytestmark = pytest.mark.integration

_END: Final = datetime(2025, 7, 1, 5, tzinfo=UTC)
_PERIODS: Final = ("2025-H1", "2025-Q1", "2024-12")
_UNITS: Final = {
    "central": (CENTRE, HCM),
    "hcm": (HCM, Q5),
    "q5": (Q5, OLD_WARDS[8]),
    "q5-wards": (WARDS[9], WARDS[14]),
    "tayninh": (TAY_NINH,),
    "tayninh-communes": (),
}
_SEED: Final = 20250614
_CUT_BEFORE: Final = 3
_MENDED_BEFORE: Final = 6


@dataclass
class Outcome:
    """What all nodes hold and answer in the end, by node."""

    own: dict[str, frozenset[UUID]] = field(default_factory=dict)
    """The streams that a node records in."""
    streams: dict[str, Mapping[UUID, tuple[str, bytes]]] = field(default_factory=dict)
    receipts: dict[str, Mapping[UUID, Receipt]] = field(default_factory=dict)
    answers: dict[str, Mapping[str, Any]] = field(default_factory=dict)


def _play(agencies: Agencies, keys: Path, between: Callable[[int], None]) -> None:
    """The story, the keys after its catalogue; `between` is called before each step."""
    clients = agencies.clients()
    player = Player(clients, Quiet())
    for number, step in enumerate(STORY):
        between(number)
        player.play(step)
        if number == 0:
            agencies.take_keys(keys)
    agencies.settle()
    assert player.wrong == []


def _outcome(agencies: Agencies) -> Outcome:
    found = Outcome()
    for name, agency in agencies.of.items():
        agency.moment = _END
        found.own[name] = frozenset(agency.node.origins.of({Direction.OWN}))
        found.streams[name] = agency.streams()
        found.receipts[name] = agency.receipts()
        found.answers[name] = agency.answers(list(_questions(agencies, name)))
        for trouble in (agency.node.sync.forks(), agency.node.sync.waiting_counts()):
            assert not trouble, (name, trouble)
        assert agency.node.sync.quarantine_count() == 0
        assert not agency.node.notary.evidence.of()
    return found


def _questions(agencies: Agencies, name: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every figure of a node, and what its units owe."""
    for place in _UNITS[name]:
        for period in _PERIODS:
            for figure in agencies.of[name].node.spec.figures:
                yield f"/v1/figures/{figure.name}", {"unit": place.unit_id, "period": period}
        yield "/v1/obligations", {"unit": place.unit_id, "subtree": "true", "limit": "1000"}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same keys for every play: what they sign can be compared."""
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def broker(kafka: KafkaBacking) -> Callable[[], KafkaCarrier]:
    """A carrier on a broker without any of these nodes' topics."""

    def carrier() -> KafkaCarrier:
        return KafkaCarrier(kafka.bootstrap, client_id="period", partitions=2)

    return carrier


@pytest.fixture
def _empty(kafka: KafkaBacking) -> Iterator[None]:
    """No topic of these nodes before a play and after it."""
    _forget_topics(kafka)
    yield
    _forget_topics(kafka)


def _forget_topics(kafka: KafkaBacking) -> None:
    for name in NODES:
        for topic in (up_topic(name), down_topic(name)):
            kafka.delete_topic(topic)


@pytest.fixture(scope="module")
def over_kafka(
    kafka: KafkaBacking,
    broker: Callable[[], KafkaCarrier],
    keys: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Outcome:
    """The period over a real broker."""
    _forget_topics(kafka)
    agencies = Agencies(tmp_path_factory.mktemp("kafka"), wait_a_little, broker)
    try:
        agencies.link()
        _play(agencies, keys, lambda _: None)
        agencies.unlink()
        return _outcome(agencies)
    finally:
        agencies.close()
        _forget_topics(kafka)


def _compare(found: Outcome, expected: Outcome) -> None:
    for name in NODES:
        assert found.streams[name] == expected.streams[name], name
        assert found.receipts[name] == expected.receipts[name], name
        for question, answer in expected.answers[name].items():
            assert found.answers[name][question] == answer, (name, question)


def test_the_broker_brings_every_receipt(over_kafka: Outcome) -> None:
    """What the others are compared with: each stream vouched for by every level above, and known
    on both sides of every link."""
    for name, receipts in over_kafka.receipts.items():
        assert receipts.keys() == over_kafka.streams[name].keys()
        for origin, (size, root, by) in receipts.items():
            assert root == over_kafka.streams[name][origin][1], (name, origin, size)
            home = next(n for n in reversed(list(NODES)) if origin in over_kafka.own[n])
            assert by == {node_name(one) for one in above(home)}, (name, home)
            assert receipts[origin] == over_kafka.receipts[home][origin]


def test_a_report_period_by_bundles_alone(
    over_kafka: Outcome, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two agencies, and all others, without any network for the whole period; bundles are lost,
    cut off, brought twice and late, and imports are interrupted."""
    courier = Courier(_SEED, monkeypatch)
    agencies = Agencies(tmp_path, courier)
    try:
        _play(agencies, keys, lambda _: None)
        found = _outcome(agencies)
        assert not list(tmp_path.glob("*/carrier.db"))
        assert min(courier.accidents.values()) > 2, courier.accidents
        _compare(found, over_kafka)
        _figures_follow_from_the_events(agencies, tmp_path)
    finally:
        agencies.close()


@pytest.mark.usefixtures("_empty")
def test_a_report_period_half_over_a_line_that_is_cut(
    over_kafka: Outcome,
    broker: Callable[[], KafkaCarrier],
    keys: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The broker, then bundles after the line was cut, then the broker again."""
    courier = Courier(_SEED + 1, monkeypatch)
    agencies = Agencies(tmp_path, wait_a_little, broker)

    def between(step: int) -> None:
        if step == _CUT_BEFORE:
            agencies.unlink()
            agencies.carry = courier
        elif step == _MENDED_BEFORE:
            agencies.link()
            agencies.carry = wait_a_little

    try:
        agencies.link()
        _play(agencies, keys, between)
        agencies.unlink()
        assert sum(courier.accidents.values()) > 10
        _compare(_outcome(agencies), over_kafka)
    finally:
        agencies.close()


def _figures_follow_from_the_events(agencies: Agencies, folder: Path) -> None:
    """An auditor with the folders of two levels derives their figures again, offline."""
    levels = ("q5", "central")
    paths = [folder / f"audit-{name}" for name in levels]
    for name, path in zip(levels, paths, strict=True):
        node = agencies.of[name].node
        exporter = FolderExporter(node.log, node.checkpoints)
        exporter.audit(path, node=name, level=node.spec.level.value, made_at="", keys=())
    opened = [Folder(path, ()) for path in paths]
    report = verify(paths)
    assert report.all_findings == []
    assert report.compared == len(opened[0].index.streams)
    for one, name in zip(opened, levels, strict=True):
        agency = agencies.of[name]
        answers = _told(agency, name)
        assert len(answers) >= 3
        agreeing, findings = check_figures(one, agency.node.spec, answers)
        assert findings == []
        assert len(agreeing) == len(answers)
        forged = orjson.loads(answers["0"])
        measure = next(iter(forged["total"]["values"]))
        forged["total"]["values"][measure] += 1
        _, findings = check_figures(one, agency.node.spec, {"x": orjson.dumps(forged)})
        assert f"/total/values/{measure}" in findings[0].text.en


def _told(agency: Agency, name: str) -> dict[str, bytes]:
    """The story's figures as a node answers them."""
    questions = {
        (check.path, *sorted(check.query.items())): check
        for step in STORY
        for act in step.acts
        for check in act.checks
        if name in check.nodes and check.path.startswith("/v1/figures/")
    }
    return {
        str(place): agency.http.get(check.path, params=dict(check.query)).content
        for place, check in enumerate(questions.values())
    }
