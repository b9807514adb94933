"""Read models: the same rows live and rebuilt, in any order of arrival, after any crash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.envelope import encode, format_time
from domain.directory import Directory
from services.node.batches import sorted_out
from services.node.database import Database
from services.node.errors import MovedError, StoreUnavailableError
from services.node.eventlog import EventLog, NewEvent, open_log
from services.node.generation import Generation
from services.node.projector import Projector
from services.node.readmodels import READ_MODELS
from tests.node.sync.hierarchy import START

UNIT, OTHER = str(uuid4()), str(uuid4())


def event(
    origin: UUID, sequence: int, type: str, aggregate: UUID, second: int, /, **data: object
) -> NewEvent:
    """A recorded event; figures fold it whatever a decision would have said of it."""
    raw = encode(
        event_id=str(UUID(int=origin.int ^ sequence)),
        origin=origin,
        sequence=sequence,
        type=type,
        version=1,
        aggregate_id=str(aggregate),
        recorded_at=format_time(START.replace(second=second)),
        data={
            "unit_id": UNIT,
            "org_id": OTHER,
            "actor_account": "a",
            "occurred_on": "2025-01-15",
            "source_system": "s",
            "source_record_id": str(sequence),
            **data,
        },
    )
    return NewEvent(origin, sequence, type, raw)


def story() -> list[list[NewEvent]]:
    """Streams of three origins about the same aggregates: meetings, a model, their corrections."""
    unit, other, superior = (UUID(int=n << 64) for n in (1, 2, 3))
    meeting, twin, model, point = (UUID(int=n << 32) for n in (7, 8, 9, 10))

    def held(attendees: int) -> dict[str, object]:
        return {"kind": "briefing", "mode": "online", "attendees": attendees}

    wrong = event(unit, 1, "MeetingHeld", meeting, 1, **held(4_200))
    replacement = {
        "unit_id": UNIT,
        "org_id": OTHER,
        "actor_account": "a",
        "occurred_on": "2025-01-15",
        "source_system": "s",
        "source_record_id": "1",
        **held(420),
    }
    target = str(UUID(int=unit.int ^ 1))
    return [
        [
            wrong,
            event(
                unit,
                2,
                "ModelEstablished",
                model,
                2,
                code="TQ-01",
                name="Tổ tự quản",
                domain="self_management",
                host_org_id=OTHER,
                opened_on="2025-01-10",
            ),
            event(
                unit,
                3,
                "ModelReplicated",
                model,
                3,
                point_id=str(point),
                group_count=4,
                member_count=40,
            ),
            event(
                unit,
                4,
                "ModelReviewed",
                model,
                4,
                point_id=str(point),
                rating="weak",
                proposal="retire",
                proposer_org_id=OTHER,
            ),
        ],
        [
            event(other, 1, "MeetingHeld", twin, 5, **held(30)),
            event(
                other,
                2,
                "EventRetracted",
                twin,
                9,
                target_event_id=str(UUID(int=other.int ^ 1)),
                reason="duplicate",
                duplicate_of=target,
            ),
        ],
        [
            event(
                superior,
                1,
                "EventCorrected",
                meeting,
                8,
                target_event_id=target,
                replacement=replacement,
                replacement_version=1,
                reason="wrong_figure",
            ),
            event(
                superior,
                2,
                "ModelRetired",
                model,
                9,
                point_id=str(point),
                reason="not_effective",
                proposer_org_id=OTHER,
            ),
        ],
    ]


class Rig:
    """A log, a database and a projector on SQLite."""

    def __init__(self, folder: Path) -> None:
        self.log: EventLog = open_log(f"sqlite:///{folder / 'log.db'}")
        self.database = Database(f"sqlite:///{folder / 'state.db'}")
        self.projector = self.open_projector()

    def open_projector(self) -> Projector:
        projector = Projector(self.log, self.database, READ_MODELS, directory=Directory)
        projector.start()
        return projector

    def project(self) -> None:
        while self.projector.run_once():
            pass

    def close(self) -> None:
        self.database.close()
        self.log.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.close()


def rows(rig: Rig, *names: str) -> dict[str, list[tuple[object, ...]]]:
    with rig.projector.view() as view:
        return {
            name: sorted(map(tuple, view.connection.execute(view.tables[name].select())))
            for name in names
        }


def test_corrections_and_retractions_need_no_code_of_their_own(rig: Rig) -> None:
    for stream in story():
        rig.log.append(stream)
        rig.project()
    cells = {row[1:]: row[-1] for row in rows(rig, "activity")["activity"]}
    day = "2025-01-15"
    assert cells[day, "MeetingHeld", "briefing", "attendees", "", 420] == 420
    assert cells[day, "MeetingHeld", "briefing", "events", "", 1] == 1
    stock = rows(rig, "model_stock")["model_stock"]
    assert sum(row[-1] for row in stock if row[4] == "points") == 0  # type: ignore[misc]
    assert sum(row[-1] for row in stock if row[4] == "models") == 1  # type: ignore[misc]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations([0] * 4 + [1] * 2 + [2] * 2), cuts=st.sets(st.integers(1, 7)))
def test_rows_do_not_depend_on_the_order_of_arrival_or_on_the_batches(
    tmp_path_factory: pytest.TempPathFactory, order: Sequence[int], cuts: set[int]
) -> None:
    """Any interleaving of the streams, cut into any batches, gives the same figures."""

    def play(order: Sequence[int], cuts: set[int]) -> object:
        rig = Rig(tmp_path_factory.mktemp("order"))
        streams = [iter(stream) for stream in story()]
        for number, stream in enumerate(order):
            rig.log.append([next(streams[stream])])
            if number + 1 in cuts:
                rig.project()
        rig.project()
        result = rows(rig, "activity", "model_stock", "model_ratings", "entity_units")
        rig.close()
        return result

    assert play(order, cuts) == play([0, 0, 0, 0, 1, 1, 2, 2], set())


def test_a_rebuild_gives_the_same_rows_byte_for_byte(rig: Rig) -> None:
    for stream in reversed(story()):
        for one in stream:
            rig.log.append([one])
            rig.project()
    live = rig.projector.digests()
    seen: list[tuple[int, int]] = []
    rebuilt = rig.projector.rebuild(lambda done, goal: seen.append((done, goal)))
    assert (rebuilt.comparable, rebuilt.differing, rebuilt.events) == (True, (), 8)
    assert rig.projector.digests() == live
    assert seen[-1][0] == seen[-1][1] == rig.log.position()


def test_a_rebuild_finds_a_damaged_row_and_repairs_it(rig: Rig) -> None:
    rig.log.append(story()[0])
    rig.project()
    good = rig.projector.digests()
    with rig.projector.view() as view:
        table = view.tables["activity"]
    with rig.database.transaction() as connection:
        connection.execute(table.update().values(value=99))
    assert rig.projector.rebuild().differing == ("activity",)
    assert rig.projector.digests() == good


def test_another_process_may_rebuild_beside_a_running_projector(rig: Rig) -> None:
    rig.log.append(story()[0])
    rig.project()
    other = rig.open_projector()
    other.rebuild()
    rig.log.append(story()[1])
    with pytest.raises(MovedError):
        rig.projector.run_once()
    assert rig.projector.run_once() == 2
    assert rig.projector.position == rig.log.position()
    with rig.projector.view() as view, other.view() as same:
        assert view.tables["activity"].name == same.tables["activity"].name


def test_two_projectors_of_one_node_never_fold_a_batch_twice(rig: Rig) -> None:
    rig.log.append(story()[0])
    other = rig.open_projector()
    rig.project()
    with pytest.raises(MovedError):
        other.run_once()
    assert other.run_once() == 0
    digests = rig.projector.digests()
    assert rig.projector.rebuild().differing == ()
    assert rig.projector.digests() == digests


@pytest.mark.parametrize("committed", [False, True])
def test_a_commit_whose_answer_is_lost_is_found_out(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, *, committed: bool
) -> None:
    rig.log.append(story()[0])
    transaction = rig.database.transaction

    class Lost:
        def __enter__(self) -> object:
            self.inner = transaction()
            return self.inner.__enter__()

        def __exit__(self, *_: object) -> None:
            error = None if committed else (RuntimeError, RuntimeError("cut"), None)
            with suppress(RuntimeError):
                self.inner.__exit__(*(error or (None, None, None)))
            raise StoreUnavailableError("the answer of the commit was lost")

    with monkeypatch.context() as patch:
        patch.setattr(rig.database, "transaction", Lost)
        with pytest.raises(StoreUnavailableError):
            rig.projector.run_once()
    rig.project()
    assert rig.projector.rebuild().differing == ()


def test_a_type_that_is_known_after_an_upgrade_asks_for_a_rebuild(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = uuid4()
    future = event(origin, 1, "MeetingHeld", uuid4(), 1, kind="briefing", attendees=5)
    unknown = future.raw.replace(b"MeetingHeld:1", b"MeetingHeld:2")
    rig.log.append([NewEvent(origin, 1, "MeetingHeld", unknown)])
    rig.project()
    assert rig.projector.status().unprojected == 1
    assert not rig.open_projector().needs_rebuild
    monkeypatch.setattr("services.node.projector.types_signature", lambda: "one more")
    assert rig.open_projector().needs_rebuild


def test_new_code_rebuilds_by_itself_and_the_old_tables_go_with_the_next(rig: Rig) -> None:
    rig.log.append(story()[0])
    rig.project()
    fewer = Projector(rig.log, rig.database, READ_MODELS[:2], directory=Directory)
    fewer.start()
    assert fewer.needs_rebuild
    assert fewer.rebuild().comparable is False
    fewer.rebuild()
    names = sa.inspect(rig.database.engine).get_table_names()
    assert "entities_g3" in names
    assert "entities_g1" not in names


def test_a_fold_within_one_batch_sees_its_own_rows(rig: Rig) -> None:
    """The whole story in one batch: aggregates that change twice in it are folded once."""
    events = [one for stream in story() for one in stream]
    rig.log.append(events)
    assert rig.projector.run_once() == len(events)
    generation = Generation(99, READ_MODELS)
    with rig.database.transaction() as connection:
        generation.create(connection)
        for position, event in enumerate(events, 1):
            generation.fold(connection, sorted_out([(position, event.raw)]))
        one_by_one = generation.digests(connection)
    assert list(one_by_one.values()) == list(rig.projector.digests().values())


POISON: list[dict[str, object]] = [
    {"kind": ["not", "text"]},
    {"kind": "x" * 5_000},
    {"kind": "nul\x00"},
    {"attendees": "many"},
    {"attendees": 2**70},
    {"occurred_on": 20250115},
    {"occurred_on": "x" * 5_000},
    {"unit_id": "not a unit but a very long text that fits no column at all"},
    {"unit_id": {}},
    {"unit_id": None},
    {"kind": True},
]


@pytest.mark.parametrize("damage", POISON, ids=lambda damage: str(damage)[:40])
def test_an_event_that_cannot_be_understood_stops_nobody_else(
    rig: Rig, damage: dict[str, object]
) -> None:
    """Another node recorded it wrongly: its bytes are kept, its aggregate is set aside."""
    origin, aggregate = uuid4(), uuid4()
    good = {"kind": "briefing", "mode": "online", "attendees": 7}
    huge = damage.get("attendees") == 2**70
    data = {**good, **damage, **({"attendees": 1} if huge else {})}
    poison = event(origin, 2, "MeetingHeld", aggregate, 2, **data)
    raw = poison.raw.replace(b'"attendees":1,', b'"attendees":%d,' % 2**70) if huge else poison.raw
    rig.log.append([event(origin, 1, "MeetingHeld", aggregate, 1, **good)])
    rig.project()
    rig.log.append([NewEvent(origin, 2, "MeetingHeld", raw)])
    rig.log.append([event(origin, 3, "MeetingHeld", uuid4(), 3, **good)])
    rig.project()
    assert rig.projector.position == rig.log.position()
    assert [row[0] for row in rows(rig, "unreadable")["unreadable"]] == [str(aggregate)]
    assert rig.projector.status().unreadable == 1
    cells = rows(rig, "activity")["activity"]
    # What was recorded well before it about the same meeting still counts.
    assert [row[-1] for row in cells if row[4] == "attendees"] == [14]
    assert rig.projector.rebuild().differing == ()


def test_what_an_older_program_could_not_read_is_folded_after_an_upgrade(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A correction in a newer form makes its aggregate unreadable; newer code tries again."""
    origin = uuid4()
    rig.log.append([event(origin, 1, "MeetingHeld", uuid4(), 1, kind=["?"], attendees=1)])
    rig.project()
    assert not rig.open_projector().needs_rebuild
    monkeypatch.setattr("services.node.projector.types_signature", lambda: "one more")
    upgraded = rig.open_projector()
    assert upgraded.needs_rebuild
    upgraded.rebuild()
    assert not rig.open_projector().needs_rebuild


def test_two_units_that_use_the_same_event_id_are_both_counted(rig: Rig) -> None:
    """Local systems may number alike; neither event may hide the other, whichever came first."""
    one, two = (UUID(int=n << 64) for n in (1, 2))
    held = {"kind": "briefing", "mode": "online"}
    first = event(one, 1, "MeetingHeld", uuid4(), 1, **held, attendees=3)
    second = event(two, 1, "MeetingHeld", uuid4(), 1, **held, attendees=4)
    same = str(UUID(int=one.int ^ 1)).encode()
    raw = second.raw.replace(str(UUID(int=two.int ^ 1)).encode(), same)
    rig.log.append([first, NewEvent(two, 1, "MeetingHeld", raw)])
    rig.project()
    cells = rows(rig, "activity")["activity"]
    assert [row[-1] for row in cells if row[4] == "attendees"] == [7]
    assert len(rows(rig, "timeline")["timeline"]) == 2
