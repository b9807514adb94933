"""Rebuilds: in several processes, interrupted, of some models, back again, as of an earlier state;
on every store, and always the same rows as live."""

from __future__ import annotations

import shutil
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from bench.catalogue import catalogue
from bench.load import recorded
from domain.directory import Directory
from services.node.errors import (
    BusyError,
    InterruptedRebuildError,
    MovedError,
    NotFoundError,
    RefusedError,
)
from services.node.eventlog import NewEvent
from services.node.projector import AsOf, Projector
from services.node.readmodels import READ_MODELS
from services.node.rebuilding import builds
from services.node.rebuilding.alone import alone
from services.node.rebuilding.routing import aggregate_of
from tests.node.projection.stores import Stores, live
from tests.node.projection.test_projector import event, story

CORE = ("activity", "model_ratings", "model_stock", "report_status")


def test_partitions_give_the_rows_of_live_processing(stores: Stores) -> None:
    stores.record(600)
    projector = stores.projector()
    before = live(projector)
    rebuilt = projector.rebuild()
    assert rebuilt.comparable
    assert rebuilt.differing == ()
    assert rebuilt.events == len(catalogue()) + 600
    assert projector.digests() == before
    assert not list(stores.folder.iterdir())
    assert rebuilt.certificate is not None
    assert set(rebuilt.certificate.tables) == set(before)
    assert rebuilt.certificate.rows > 100


def test_processes_give_the_rows_of_live_processing(stores: Stores) -> None:
    stores.record(400)
    projector = stores.projector(processes=2)
    before = live(projector)
    rebuilt = projector.rebuild()
    assert (rebuilt.comparable, rebuilt.differing) == (True, ())
    assert projector.digests() == before
    stores.record(50, skip=400)
    assert live(projector) == live(stores.projector())


@pytest.mark.parametrize("after", [0, 2, 9, 12, 18, 30])
def test_what_was_interrupted_goes_on(
    stores: Stores, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever step it was in; no step that is done is done again."""
    monkeypatch.setattr(builds, "SLICE", 100)
    stores.record(500)
    before = live(stores.projector())
    first = stores.projector()
    steps = 0

    def interrupt(done: int, goal: int) -> None:
        nonlocal steps
        assert 0 <= done <= goal
        steps += 1
        if steps > after:
            first.interrupt()

    with pytest.raises(InterruptedRebuildError):
        first.rebuild(interrupt)
    assert first.digests() == before
    all_steps: list[int] = []
    other = stores.projector()
    rebuilt = other.rebuild(lambda done, goal: all_steps.append(done))
    assert (rebuilt.generation, rebuilt.comparable, rebuilt.differing) == (2, True, ())
    assert rebuilt.events == len(catalogue()) + 500
    assert other.digests() == before
    whole: list[int] = []
    other.rebuild(lambda done, goal: whole.append(done))
    assert len(all_steps) <= len(whole) - after


def test_a_build_whose_files_were_cleared_away_is_begun_anew(stores: Stores) -> None:
    stores.record(300)
    projector = stores.projector()
    before = live(projector)

    def interrupt(done: int, goal: int) -> None:
        if done > 0.5 * goal:  # some partitions are folded
            projector.interrupt()

    with pytest.raises(InterruptedRebuildError):
        projector.rebuild(interrupt)
    (folder,) = stores.folder.iterdir()
    assert [file for file in folder.iterdir() if file.name.startswith("cells-")]
    shutil.rmtree(folder)
    other = stores.projector()
    rebuilt = other.rebuild()
    assert (rebuilt.generation, rebuilt.comparable, rebuilt.differing) == (3, True, ())
    assert other.digests() == before
    assert not {name for name in stores.tables() if name.endswith("_g2")}


@pytest.mark.parametrize("name", ["report_status", "obligation_answers", "timeline"])
def test_models_that_read_digests_are_given_them_alone_too(stores: Stores, name: str) -> None:
    stores.record(300)
    projector = stores.projector()
    before = live(projector)
    assert projector.rebuild(only=[name]).differing == ()
    assert projector.digests() == before


def test_some_models_alone_leave_the_other_tables_where_they_are(stores: Stores) -> None:
    stores.record(300)
    for stream in story():
        stores.log.append(stream)
    projector = stores.projector()
    before = live(projector)
    rebuilt = projector.rebuild(only=["activity", "model_stock"])
    assert (rebuilt.comparable, rebuilt.differing) == (True, ())
    assert rebuilt.certificate is not None
    assert rebuilt.certificate.tables == ("activity", "model_stock", "model_stock_balances")
    assert projector.digests() == before
    assert {"activity_g2", "model_stock_g2", "model_stock_balances_g2"} <= stores.tables()
    assert "timeline_g1" in stores.tables()
    assert "timeline_g2" not in stores.tables()
    # All of them go on, and the next rebuild of everything finds nothing wrong.
    stores.record(100, skip=300)
    assert live(projector) == live(stores.projector())
    assert projector.rebuild(only=["timeline"]).differing == ()
    assert projector.rebuild().differing == ()
    projector.rebuild()  # the tables before stay until the next one
    names = stores.tables()
    assert "activity_g5" in names
    assert not any(name.endswith("_g1") for name in names)


def test_some_models_alone_repair_a_damaged_table_and_name_what_was_damaged(
    stores: Stores,
) -> None:
    stores.record(300)
    projector = stores.projector()
    good = live(projector)
    with projector.view() as view:
        table = view.tables["activity"]
        row = view.connection.execute(sa.select(table)).first()
    assert row is not None
    with stores.database.transaction() as connection:
        connection.execute(
            table.update()
            .where(table.c.unit_id == row.unit_id, table.c.day == row.day)
            .values(value=99)
        )
    rebuilt = projector.rebuild(only=["activity"])
    assert rebuilt.certificate is not None
    (difference,) = rebuilt.certificate.differences
    assert (difference.table, difference.unit_id) == ("activity", row.unit_id)
    assert difference.period == row.day[:7]
    assert projector.digests() == good


@pytest.mark.parametrize("only", [(), CORE], ids=["all", "some"])
def test_back_to_the_tables_before_level_with_the_log(
    stores: Stores, only: tuple[str, ...]
) -> None:
    stores.record(300)
    projector = stores.projector()
    live(projector)
    projector.rebuild(only=only)
    stores.record(150, skip=300)
    for stream in story():
        stores.log.append(stream)
    new = live(projector)
    back = projector.back()
    assert (back.generation, back.comparable, back.differing) == (1, True, ())
    assert projector.digests() == new
    assert projector.back().generation == 2
    stores.record(50, skip=450)
    assert live(projector) == live(stores.projector())
    assert projector.rebuild().differing == ()


def test_tables_that_another_process_has_dropped_are_let_go_of(stores: Stores) -> None:
    stores.record(20)
    projector = stores.projector()
    live(projector)
    other = stores.projector()
    for _ in range(2):  # the second rebuild drops what the running projector writes to
        other.rebuild()
    stores.record(10, skip=20)
    with pytest.raises(MovedError):
        projector.run_once()
    assert live(projector) == live(stores.projector())


def test_back_needs_something_to_go_back_to(stores: Stores) -> None:
    stores.record(5)
    projector = stores.projector()
    live(projector)
    with pytest.raises(RefusedError):
        projector.back()


def test_an_earlier_state_stands_beside_the_live_one(stores: Stores) -> None:
    stores.record(200)
    projector = stores.projector()
    earlier, position = live(projector), stores.log.position()
    stores.record(100, skip=200)
    now = live(projector)
    rebuilt = projector.rebuild(as_of=AsOf(position=position))
    assert projector.digests() == now
    assert projector.kept() == {rebuilt.generation: str(position)}
    assert projector.digests(rebuilt.generation) == earlier
    with pytest.raises(NotFoundError):
        projector.digests(1)
    # A rebuild leaves it alone; another earlier state takes its place.
    projector.rebuild()
    assert projector.digests(rebuilt.generation) == earlier
    moment = "2025-01-01T00:00:00.000000Z"
    other = projector.rebuild(as_of=AsOf(recorded_until=moment))
    assert projector.kept() == {other.generation: moment}
    assert projector.back().generation == 1


def test_as_of_a_moment_leaves_out_what_was_recorded_later(stores: Stores) -> None:
    unit, superior = (UUID(int=n << 64) for n in (1, 3))
    meeting = UUID(int=7 << 32)
    held = {"kind": "briefing", "mode": "online", "attendees": 5}
    stores.log.append([event(unit, 2, "MeetingHeld", meeting, 30, **held)])
    earlier = event(superior, 1, "MeetingHeld", uuid4(), 10, **held)
    stores.log.append([earlier])
    projector = stores.projector()
    live(projector)
    rebuilt = projector.rebuild(as_of=AsOf(recorded_until=_time_of(earlier)))
    assert rebuilt.events == 1


def _time_of(one: NewEvent) -> str:
    from contracts.envelope import decode  # noqa: PLC0415 - only here

    return decode(one.raw).recorded_at


def test_only_names_models(stores: Stores) -> None:
    projector = stores.projector()
    with pytest.raises(RefusedError, match="activity"):
        projector.rebuild(only=["entities"])


def test_one_rebuild_at_a_time(stores: Stores) -> None:
    projector = stores.projector()
    with alone(stores.database), pytest.raises(BusyError):
        projector.rebuild()
    projector.rebuild()


def test_what_one_model_stumbles_over_counts_for_no_other_alone_or_together(
    stores: Stores,
) -> None:
    origin = uuid4()
    held = {"kind": "briefing", "mode": "online", "attendees": 5}
    aggregate = uuid4()
    stores.log.append(
        [
            event(origin, 1, "MeetingHeld", aggregate, 1, **held),
            # Only the timeline reads where it came from.
            event(origin, 2, "MeetingHeld", aggregate, 2, **held, source_system=7),
        ]
    )
    projector = stores.projector()
    before = live(projector)
    assert projector.rebuild(only=["activity"]).differing == ()
    assert projector.digests() == before


def test_two_events_of_one_identifier_do_not_stop_a_rebuild(stores: Stores) -> None:
    """Another node gave them; they are about different things, so a row is in two aggregates."""
    origin = uuid4()
    held = {"kind": "briefing", "mode": "online", "attendees": 5}
    first = event(origin, 1, "MeetingHeld", uuid4(), 1, **held)
    second = event(origin, 2, "MeetingHeld", uuid4(), 2, **held)
    one, two = (str(UUID(int=origin.int ^ n)).encode() for n in (1, 2))
    stores.log.append([first, NewEvent(origin, 2, "MeetingHeld", second.raw.replace(two, one))])
    projector = stores.projector()
    live(projector)
    projector.rebuild()
    with projector.view() as view:
        table = view.tables["timeline"]
        assert len(view.connection.execute(sa.select(table)).all()) == 1


def test_new_code_builds_all_of_a_log_that_nobody_has_folded(stores: Stores) -> None:
    stores.record(100)
    fewer = Projector(stores.log, stores.database, READ_MODELS[:2], directory=Directory)
    fewer.start()
    projector = stores.projector()
    assert projector.needs_rebuild
    rebuilt = projector.rebuild()
    assert not rebuilt.comparable
    assert rebuilt.events == len(catalogue()) + 100
    assert projector.position == stores.log.position()


def test_far_behind_it_builds_instead_of_folding(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("projector._FAR_BEHIND", "rebuilding.rebuild._NEAR"):
        monkeypatch.setattr(f"services.node.{name}", 50)
    stores.record(100)
    projector = stores.projector()
    projector.catch_up()
    assert projector.position == stores.log.position()
    with projector.view() as view:
        assert view.generation == 2
    assert projector.rebuild().differing == ()
    stores.record(20, skip=100)
    projector.catch_up()
    with projector.view() as view:
        assert (view.generation, view.position) == (3, stores.log.position())


def test_the_aggregate_is_found_without_reading_the_event() -> None:
    for one in [*catalogue(), *recorded(300)]:
        assert aggregate_of(one.raw).decode() == one.aggregate_id


@pytest.mark.parametrize(
    "raw",
    [
        b'{"subject": "a", "data": {}}',
        b'{"subject":"a","data":{"specversion":"1.0","subject":"%b","time":"t","type":"t"}}',
        b'{"specversion":"1.0","subject":"%b","time":"t","type":"t","subject":"a"}',
        b'{"specversion":"1.0","subject":"%b","time":"t","type":"t"} ,"subject":"a"}'[:0]
        + b'{"subject":"a","type":"\\"specversion\\":\\"1.0\\",\\"subject\\":\\"%b\\""}',
    ],
)
def test_the_aggregate_is_never_taken_from_inside_the_data(raw: bytes) -> None:
    other = str(uuid4()).encode()
    assert aggregate_of(raw.replace(b"%b", other)) == b"a"
