"""An earlier state is the state of a node that holds the earlier events and no others.

Whatever was corrected, retracted, merged or late: tables, directory, figures and the events behind
every number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.directory import Directory
from services.node.asof import states
from services.node.asof.cutoff import (
    Cutoff,
    RecordedUntil,
    ThroughEvent,
    ThroughHeads,
    ThroughPosition,
    TooFarBackError,
)
from services.node.entities import load
from services.node.eventlog import NewEvent
from services.node.figures import FIGURES, CellFilter, Cut, Span
from services.node.projector import AsOf
from services.node.views import View
from tests.domain.scenario import ident
from tests.node.asof.histories import (
    Holder,
    arrivals,
    heads_of,
    holder,
    random_history,
    record_at,
    server_holder,
)
from tests.node.figures.projected import opened

if TYPE_CHECKING:
    from infra.backing import PostgresBacking

H1 = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
YEAR = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")


def history(seed: int) -> tuple[list[NewEvent], Random]:
    random = Random(seed)
    return arrivals(random_history(random), random), random


def a_cut(events: Sequence[NewEvent], random: Random) -> tuple[Cutoff, list[NewEvent]]:
    """Some earlier state, by one of the clocks, and the events that belong to it."""
    place = random.randrange(len(events) // 2, len(events))
    match random.randrange(4):
        case 0:
            return ThroughPosition(place), list(events[:place])
        case 1:
            moment = record_at(events[place])
            return RecordedUntil(moment), [e for e in events if record_at(e) <= moment]
        case 2:
            heads = heads_of(events[:place])
            full = dict.fromkeys((str(e.origin) for e in events), 0) | heads
            return ThroughHeads.of(full), list(events[:place])
        case _:
            last = events[place]
            moment = record_at(last)
            held = [
                e
                for e in events
                if (
                    e.sequence <= last.sequence
                    if e.origin == last.origin
                    else record_at(e) <= moment
                )
            ]
            return ThroughEvent(str(last.origin), last.sequence, moment), held


def tables(view: View) -> dict[str, list[Any]]:
    """Every row; without log positions, which are a node's own."""
    found: dict[str, list[Any]] = {}
    for name in view.tables:
        rows = view.connection.execute(sa.select(view.tables[name])).all()
        if name == "entities":
            found[name] = sorted((row.aggregate_id, row.kind, load(row).history) for row in rows)
        elif name != "unprojected":
            plain = [{k: v for k, v in row._mapping.items() if k != "position"} for row in rows]
            found[name] = sorted(plain, key=lambda row: repr(sorted(row.items())))
    return found


def _units(directory: Directory) -> dict[str, list[Any]]:
    return {unit.unit_id: list(unit.spells()) for unit in directory.units()}


def assert_same(earlier: View, expected: View) -> None:
    assert tables(earlier) == tables(expected)
    there, here = expected.directory, earlier.directory
    assert _units(here) == _units(there)
    assert sorted(map(repr, here.rules())) == sorted(map(repr, there.rules()))
    known = [unit for unit in ("city", "quan 5", "p7") if there.unit(ident(unit)) is not None]
    for unit in known:
        for span in (H1, YEAR):
            for cut in (Cut(), Cut(hierarchy_on=date(2025, 7, 2))):
                for figure in FIGURES.values():
                    result = figure.compute(earlier, ident(unit), span, cut)
                    again = figure.compute(expected, ident(unit), span, cut)
                    assert result.total == again.total
                    assert result.children == again.children
                    assert result.reports == again.reports


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_it_is_the_state_of_a_node_that_holds_the_earlier_events(tmp_path: Path, seed: int) -> None:
    events, random = history(seed)
    cut, earlier = a_cut(events, random)
    with (
        holder(events, tmp_path) as node,
        holder(earlier, tmp_path) as replayed,
        node.projector.view(cut) as view,
        replayed.projector.view() as expected,
    ):
        assert_same(view, expected)


@pytest.mark.integration
@pytest.mark.parametrize("seed", range(4))
def test_postgresql_gives_the_same(postgres: PostgresBacking, tmp_path: Path, seed: int) -> None:
    events, random = history(seed)
    with server_holder(events, postgres) as node:
        for _ in range(4):
            cut, earlier = a_cut(events, random)
            with (
                holder(earlier, tmp_path) as replayed,
                node.projector.view(cut) as view,
                replayed.projector.view() as expected,
            ):
                assert_same(view, expected)
        assert not _temporary(node)


def _temporary(node: Holder) -> list[str]:
    with node.database.reading() as connection:
        return sa.inspect(connection).get_temp_table_names()


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_every_earlier_number_opens_into_the_events_it_was_made_of(
    tmp_path: Path, name: str
) -> None:
    events, _ = history(11)
    figure, city = FIGURES[name], ident("city")
    with (
        holder(events, tmp_path) as node,
        node.projector.view(ThroughPosition(len(events) - 8)) as view,
    ):
        result = figure.compute(view, city, YEAR)
        assert result.position == len(events) - 8
        numbers = {**result.total.values, **result.total.details}
        for measure, value in numbers.items():
            behind = opened(figure, view, city, YEAR, CellFilter(measure))
            if behind:
                assert sum(number for _, number in behind) == value
        held = {row.event_id for row in view.connection.execute(_all_of(view, "timeline"))}
        later = node.log.read(len(events) - 8, 100)
        assert len(held) == len(events) - len(later)


def _all_of(view: View, name: str) -> sa.Select[Any]:
    return sa.select(view.tables[name])


def test_what_is_recorded_later_changes_no_earlier_state(tmp_path: Path) -> None:
    """A question that is asked again gets the same answer, also where a late record has come of
    which an answer was remembered."""
    events, _ = history(5)
    moment = record_at(events[-6])
    with holder(events[:-3], tmp_path) as node:
        with node.projector.view(ThroughPosition(len(events) - 6)) as view:
            before = tables(view)
        with node.projector.view(RecordedUntil(moment)) as view:
            known = tables(view)
        node.hold(events[-3:])
        with node.projector.view(ThroughPosition(len(events) - 6)) as view:
            assert tables(view) == before
        late = [event for event in events[-3:] if record_at(event) <= moment]
        with node.projector.view(RecordedUntil(moment)) as view:
            assert (tables(view) == known) == (not late)


def test_too_far_back_is_refused_unless_tables_of_then_were_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, _ = history(9)
    half = len(events) * 2 // 3
    moment = record_at(events[half])
    monkeypatch.setattr(states, "MOST_CHANGED", 3)
    position, recorded = ThroughPosition(half), RecordedUntil(moment)
    by_then = [e for e in events if record_at(e) <= moment]
    with holder(events, tmp_path) as node:
        for cut in (position, recorded):
            with pytest.raises(TooFarBackError), node.projector.view(cut):
                pass
        for cut, as_of, earlier in (
            (position, AsOf(position=half + 1), events[:half]),
            (recorded, AsOf(recorded_until=moment), by_then),
        ):
            node.projector.rebuild(as_of=as_of)
            with (
                holder(earlier, tmp_path) as replayed,
                node.projector.view(cut) as view,
                replayed.projector.view() as expected,
            ):
                assert_same(view, expected)
        assert isinstance(view.cutoff, RecordedUntil)


def test_tables_built_before_a_late_record_came_do_not_answer_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, _ = history(9)
    late = min(range(len(events) // 2, len(events) - 9), key=lambda n: record_at(events[n]))
    in_time = [*events[:late], *events[late + 1 :]]
    stream = events[late].origin
    in_time = [e for e in in_time if e.origin != stream or e.sequence < events[late].sequence]
    moment = record_at(events[late])
    with holder(in_time, tmp_path) as node:
        node.projector.rebuild(as_of=AsOf(recorded_until=moment))
        node.hold([events[late]])
        monkeypatch.setattr(states, "MOST_CHANGED", 3)
        with pytest.raises(TooFarBackError), node.projector.view(RecordedUntil(moment)):
            pass


def test_an_earlier_table_is_read_by_the_indexes_of_the_live_one(tmp_path: Path) -> None:
    events, _ = history(7)
    with (
        holder(events, tmp_path) as node,
        node.projector.view(ThroughPosition(len(events) - 9)) as view,
    ):
        table = view.tables["activity"]
        assert table.name.endswith("_as_of"), "something changed since"
        plan = view.connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT unit_id, sum(value) FROM activity_g1_as_of"
            " WHERE unit_id IN ('a', 'b') AND day >= '2025' GROUP BY unit_id"
        ).all()
        details = [row[-1] for row in plan]
        assert any("SEARCH activity_g1 USING" in detail for detail in details), details
        assert not any(detail.strip() == "SCAN activity_g1" for detail in details)
