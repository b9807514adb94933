"""The load is the same everywhere and every time, and nodes accept it."""

from __future__ import annotations

import hashlib
import statistics
from collections import Counter
from pathlib import Path

import orjson

from bench import load
from bench.catalogue import catalogue
from bench.country import COMMUNES, DISTRICTS, PROVINCE, unit_of
from bench.happenings import as_new
from contracts.envelope import decode
from domain.directory import Directory
from domain.levels import Level
from services.commune.spec import SPEC
from services.node.eventlog import Logged
from services.node.ingest import Outcome
from services.node.node import Node
from services.node.pushed import Pushed, read_pushed
from services.node.reading import read_logged
from services.node.settings import Settings


def digest(parts: list[bytes]) -> str:
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def test_the_same_load_every_time() -> None:
    first, second = load.recorded(700), load.recorded(700)
    assert digest([e.raw for e in first]) == digest([e.raw for e in second])
    assert [h.pushed() for h in load.pushes(700)] == [h.pushed() for h in load.pushes(700)]
    assert load.recorded(50, seed=1) != load.recorded(50, seed=2)


def test_less_is_the_beginning_of_more() -> None:
    assert load.recorded(900)[:300] == load.recorded(300)
    assert load.pushes(900)[:300] == load.pushes(300)


def test_streams_have_no_holes_and_events_a_realistic_size() -> None:
    events = load.recorded(5_000)
    heads: Counter[object] = Counter()
    for event in events:
        heads[event.origin] += 1
        assert event.sequence == heads[event.origin]
        envelope = decode(event.raw)
        assert (envelope.origin, envelope.sequence) == (event.origin, event.sequence)
    assert len(heads) == COMMUNES + DISTRICTS
    assert 600 <= statistics.mean(len(e.raw) for e in events) <= 900
    assert {"MeetingHeld", "ModelReviewed", "ReportSubmitted", "ReportAccepted"} <= {
        event.type for event in events
    }


def test_the_catalogue_agrees_with_itself() -> None:
    records = [
        read_logged(Logged(position, e.origin, e.sequence, e.raw))[1]
        for position, e in enumerate(catalogue(), 1)
    ]
    directory = Directory.fold(record for record in records if record is not None)
    assert directory.problems == {}
    assert directory.level(PROVINCE) is Level.PROVINCE
    assert directory.level(unit_of("commune", COMMUNES - 1)) is Level.COMMUNE


def test_a_node_records_all_of_it(tmp_path: Path) -> None:
    node = Node(Settings(node="bench", units_under=PROVINCE, data_dir=tmp_path), SPEC)
    try:
        node.log.append([as_new(event) for event in catalogue()])
        node.open()
        items = [read_pushed(orjson.loads(h.pushed())) for h in load.pushes(1_500)]
        assert all(isinstance(item, Pushed) for item in items)
        verdicts = node.ingest.record(items)
        assert {verdict.outcome for verdict in verdicts} == {Outcome.RECORDED}
    finally:
        node.close()
