"""Every stage runs, with few events and once: that it measures what it says, never how fast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from bench import (
    audit,
    cutoff,
    endurance,
    growth,
    hop,
    ingest,
    latency,
    ledger,
    project,
    rebuild,
    receive,
)
from bench.measuring import Case, Role, Sample, alternate
from bench.profiling import profiles
from bench.stores import PostgresStore, SQLiteStore, Store

if TYPE_CHECKING:
    from infra.backing import KafkaBacking, PostgresBacking

EVENTS = 120


def check(cases: Iterator[Case], roles: set[Role]) -> list[Sample]:
    """Run every case once; each contender must have done all its events. What the nodes did."""
    seen: set[Role] = set()
    of_nodes: list[Sample] = []
    for case in cases:
        for measured in alternate(case, 1).measured:
            seen.add(measured.role)
            (sample,) = measured.samples
            assert sample.events > 0
            assert sample.seconds > 0
            if measured.role is Role.NODE:
                of_nodes.append(sample)
    assert seen == roles
    return of_nodes


def test_project_on_sqlite() -> None:
    check(project.cases(SQLiteStore(), EVENTS), {Role.NODE, Role.FLOOR})


def test_rebuild_on_sqlite() -> None:
    check(rebuild.cases(SQLiteStore(), EVENTS), {Role.NODE, Role.LIBRARY, Role.FLOOR})


def test_audit_on_sqlite() -> None:
    check(audit.cases(SQLiteStore(), EVENTS), {Role.NODE, Role.FLOOR})


def test_profiles_name_functions_of_this_project() -> None:
    found = list(profiles(SQLiteStore(), EVENTS, {"ingest", "project"}))
    assert [profile.stage for profile in found] == ["ingest", "project"]
    for profile in found:
        assert profile.microseconds > 0
        assert profile.shares
        assert "µs" in profile.text()


@pytest.fixture
def store(postgres: PostgresBacking) -> Store:
    return PostgresStore(postgres)


@pytest.mark.integration
def test_project_on_postgresql(store: Store) -> None:
    check(project.cases(store, EVENTS), {Role.NODE, Role.LIBRARY, Role.FLOOR})


@pytest.mark.integration
def test_growth(postgres: PostgresBacking) -> None:
    points = growth.curve(PostgresStore(postgres), [1_000, 4_000], base=400, provinces=4, times=1)
    assert points[0].events < 4_000 < points[1].events
    assert points[1].bytes > points[0].bytes
    for point in points:
        assert point.taken.keys() == point.beside.keys() == points[0].taken.keys()
        assert all(one.wall > 0 for taken in point.taken.values() for one in taken)


@pytest.mark.integration
def test_endurance(store: Store) -> None:
    assert isinstance(store, PostgresStore)
    found = endurance.endure(store, 600, base=200, provinces=2)
    assert found.events > 600
    assert found.node_bytes > 10_000_000
    assert any(found.pages.values())
    assert "pages meanwhile" in found.as_text()


@pytest.mark.integration
def test_rebuild_on_postgresql(store: Store) -> None:
    check(rebuild.cases(store, EVENTS), {Role.NODE, Role.LIBRARY, Role.FLOOR})


@pytest.mark.integration
def test_ingest_on_postgresql(store: Store) -> None:
    check(ingest.cases(store, EVENTS), {Role.NODE, Role.LIBRARY, Role.FLOOR})


@pytest.mark.integration  # needs neither broker nor database, but servers and sockets
def test_ingest_on_sqlite() -> None:
    """Beside it is told what figures owe: they give way to pushes, so the rate of ingest alone
    would leave that work out."""
    for sample in check(ingest.cases(SQLiteStore(), EVENTS), {Role.NODE, Role.LIBRARY, Role.FLOOR}):
        assert 0 < sample.extra["in the figures/s"] < sample.events / sample.seconds


@pytest.mark.integration
def test_receive_on_both_stores(store: Store, kafka: KafkaBacking) -> None:
    for one in (store, SQLiteStore()):
        check(receive.cases(one, EVENTS, kafka), {Role.NODE, Role.LIBRARY, Role.FLOOR, Role.PART})


@pytest.mark.integration
def test_ledger_on_both_stores(store: Store, kafka: KafkaBacking) -> None:
    for one in (store, SQLiteStore()):
        check(ledger.cases(one, EVENTS, kafka), {Role.NODE, Role.PART, Role.FLOOR})


@pytest.mark.integration
def test_a_hop_beside_its_peers(store: Store, kafka: KafkaBacking) -> None:
    check(hop.cases(store, EVENTS, kafka), {Role.NODE, Role.FLOOR, Role.PART})


@pytest.mark.integration
def test_latency_over_three_hops(store: Store, kafka: KafkaBacking) -> None:
    (case,) = latency.cases(store, EVENTS, kafka)
    (measured,) = alternate(case, 1).measured
    assert set(measured.extra) == {
        f"{where} p{part} ms" for where in ("log", "figures") for part in (50, 99)
    }
    assert measured.extra["figures p99 ms"] >= measured.extra["log p50 ms"] > 0
    assert not list(latency.cases(SQLiteStore(), EVENTS, kafka))


@pytest.mark.integration
def test_a_cut_off_service_beside_its_sisters(
    store: Store, kafka: KafkaBacking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutoff, "_QUIET_SECONDS", 3.0)
    monkeypatch.setattr(cutoff, "_WARM_SECONDS", 1.0)
    (case,) = cutoff.cases(store, EVENTS, kafka)
    (_, quiet) = case.contenders
    sample = quiet.run()
    assert sample.events > cutoff.RATE
    assert sample.extra["log most ms"] >= sample.extra["log p50 ms"] > 0
    assert not list(cutoff.cases(SQLiteStore(), EVENTS, kafka))
