"""What is removed is gone from every table and file of every level; its place stays proven."""

from __future__ import annotations

import pytest

from contracts.tombstone import is_tombstone, leaf_of
from domain.levels import Level
from services.node.erasure import eraser
from services.node.ingest import Outcome
from services.node.node import Node
from services.node.projector import AsOf
from services.node.trees import TreeStore
from services.node.trees.verifying import Verification
from tests.node.erasure.country import (
    MARK,
    common,
    files_with,
    model,
    redact,
    redacted,
    server_tables_with,
    settled,
    tables_with,
)
from tests.node.notary.country import latest, origin_of, vouching
from tests.node.sync.hierarchy import Hierarchy, answered

EVERY = ("central", "province", "district", "commune")


def held(country: Hierarchy, name: str, sequence: int) -> bytes:
    """A number of the commune's stream, as a node holds it."""
    origin = origin_of(country.nodes["commune"])
    (logged,) = country.nodes[name].log.read_stream(origin, sequence, sequence)
    return logged.raw


def assert_erased(country: Hierarchy, sequence: int, raw: bytes) -> None:
    for name in EVERY:
        tombstone = held(country, name, sequence)
        assert is_tombstone(tombstone), name
        assert MARK.encode() not in tombstone
        assert leaf_of(tombstone) == leaf_of(raw)
        assert tombstone == held(country, "commune", sequence), "alike everywhere"
        node = country.nodes[name]
        assert not node.eraser.unexplained
        assert not list(node.health().notices)
        verified = Verification(node.log, TreeStore(node.database), node.notary.checkpoints).run()
        assert (verified.findings, verified.removed) == ([], 1)


@pytest.mark.parametrize("decider", ["commune", "central"])
def test_it_is_gone_from_every_file_of_every_level(country: Hierarchy, decider: str) -> None:
    commune = country.nodes["commune"]
    written = model(commune)
    settled(country)
    for name in EVERY:  # tables of earlier states are kept beside the live ones
        country.nodes[name].projector.rebuild()
        country.nodes[name].projector.rebuild(as_of=AsOf(position=10**6))
    raw = held(country, "central", written.sequence)
    assert MARK.encode() in raw
    origin = origin_of(commune)
    roots = {n: country.nodes[n].trees.root(origin, written.sequence) for n in EVERY}
    assert len(files_with(country.folder)) > len(EVERY), "the search finds it while it is held"

    redacted(country.nodes[decider], written.event_id)
    settled(country)

    assert_erased(country, written.sequence, raw)
    assert {n: country.nodes[n].trees.root(origin, written.sequence) for n in EVERY} == roots
    wrong = {p: list(tables_with(country.folder / p)) for p in files_with(country.folder)}
    assert not wrong
    signed = latest(commune, origin)
    assert signed.checkpoint.size > written.sequence
    assert vouching(commune, signed) == {"central", "province", "district"}


def test_it_is_gone_from_every_table_on_servers(on_servers: Hierarchy) -> None:
    country = on_servers
    written = model(country.nodes["commune"])
    settled(country)
    raw = held(country, "central", written.sequence)
    assert all(_rows_with(country, name) for name in EVERY), "the search finds it"
    redacted(country.nodes["district"], written.event_id)
    settled(country)
    assert_erased(country, written.sequence, raw)
    assert not [table for name in EVERY for table in _rows_with(country, name)]
    assert not files_with(country.folder)


def _rows_with(country: Hierarchy, name: str) -> list[str]:
    url = country.database(name)
    assert url is not None
    return server_tables_with(url)


def test_a_crash_at_any_step_is_made_good(
    country: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = ("copies", "carrier", "log", "book", "tables", "scrub", "cursor")
    written = [model(country.nodes["commune"], code=f"MH-{step}") for step in steps]
    settled(country)
    for step, one in zip(steps, written, strict=True):
        commune = country.nodes["commune"]
        redacted(commune, one.event_id)
        with monkeypatch.context() as patch:
            patch.setattr(*_place(commune, step), _cut)
            with pytest.raises(KeyboardInterrupt):
                _erase(commune)
        country.crash("commune")
    settled(country)
    for name in EVERY:
        assert all(is_tombstone(held(country, name, one.sequence)) for one in written)
    assert not files_with(country.folder)


def _cut(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def _erase(node: Node) -> None:
    for _ in range(3):
        node.eraser.run_once()
        node.projector.run_once()


def _place(node: Node, step: str) -> tuple[object, str]:
    """The call at which the process ends."""
    places: dict[str, tuple[object, str]] = {
        "copies": (eraser, "erase_copies"),
        "carrier": (node.carrier, "erase"),
        "log": (node.log, "erase"),
        "book": (node.erased, "replaced"),
        "tables": (node.projector, "forget_others"),
        "scrub": (node.log, "scrub"),
        "cursor": (node.sync, "save_cursor"),
    }
    return places[step]


def test_figures_do_not_count_it_and_a_rebuild_agrees(country: Hierarchy) -> None:
    commune = country.nodes["commune"]
    written = model(commune)
    model(commune, "Tổ tự quản", code="MH-02")
    settled(country)
    redacted(commune, written.event_id)
    settled(country)
    for node in country.nodes.values():
        before = node.projector.digests()
        with node.projector.view() as view:
            stock = view.tables["timeline"]
            names = [row.type for row in view.connection.execute(stock.select())]
        assert names.count("ModelEstablished") == 1
        assert names.count("EventRedacted") == 1
        assert node.projector.status().unprojected == 0
        node.projector.rebuild()
        assert node.projector.digests() == before


def test_the_same_record_is_not_recorded_again(country: Hierarchy) -> None:
    commune = country.nodes["commune"]
    written = model(commune)
    settled(country)
    redacted(commune, written.event_id)
    settled(country)
    data = common(commune) | {
        "code": "MH-09",
        "name": "Tên khác",
        "domain": "self_management",
        "host_org_id": common(commune)["org_id"],
        "opened_on": "2025-01-01",
    }
    pushed_again = data | {"source_record_id": f"bản ghi {MARK} MH-01"}
    same_key = answered(commune, "ModelEstablished", pushed_again)
    same_id = answered(commune, "ModelEstablished", data, id=written.event_id)
    for answer in (same_key, same_id):
        assert answer.problem is not None
        assert answer.problem.code == "event-erased"
        assert MARK not in str(answer.problem)
    assert answered(commune, "ModelEstablished", data).outcome is Outcome.RECORDED


def test_a_redaction_is_refused_where_it_must_be(country: Hierarchy) -> None:
    commune, district = country.nodes["commune"], country.nodes["district"]
    written = model(district)
    settled(country)
    for answer, code in (
        (redact(commune, written.event_id), "organisation-not-allowed"),
        (redact(district, written.event_id, leaf_hash="0" * 64), "invalid-field"),
    ):
        assert answer.problem is not None
        assert answer.problem.code == code
    assert country.nodes["commune"].spec.level is Level.COMMUNE
