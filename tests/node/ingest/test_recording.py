"""Recording: one durable transaction for what arrives together, and an answer to trust."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.envelope import decode
from domain.decide import decide
from domain.events import EVENTS
from domain.levels import Level
from services.node import ingest
from services.node.confidence import Confidence
from services.node.errors import BusyError, MovedError, StoreUnavailableError
from services.node.eventlog import NewEvent
from services.node.hosting import Hosting
from services.node.ingest import ItemVerdict, Outcome
from services.node.node import Node
from services.node.pushed import Pushed, read_pushed
from tests.node.sync.faults import Fault
from tests.node.sync.hierarchy import Hierarchy, catalogue, push, raw_event

POLICE = str(uuid4())


@pytest.fixture
def hierarchy(tmp_path: Path) -> Iterator[Hierarchy]:
    """The centre alone, with its catalogue and one organisation."""
    hierarchy = Hierarchy(tmp_path)
    central = hierarchy.add("central", Level.CENTRAL)
    catalogue(hierarchy)
    push(
        central,
        "OrganisationChanged",
        {
            "unit_id": str(hierarchy.units["central"]),
            "org_id": POLICE,
            "actor_account": "catalogue",
            "occurred_on": "2024-01-01",
            "kind": "established",
            "organisations": [
                {
                    "org_id": POLICE,
                    "unit_id": str(hierarchy.units["central"]),
                    "name": "Cục V05",
                    "category": "police",
                }
            ],
            "effective_on": "2024-01-01",
        },
    )
    yield hierarchy
    hierarchy.close()


@pytest.fixture
def node(hierarchy: Hierarchy) -> Node:
    return hierarchy.nodes["central"]


def meeting(node: Node, event_id: UUID | None = None, **changes: Any) -> Pushed:
    """A meeting as a local system pushes it."""
    item = read_pushed(
        {
            "specversion": "1.0",
            "id": str(event_id or uuid4()),
            "source": "tests",
            "type": "vn.antq.MeetingHeld",
            "data": {
                "unit_id": str(node.settings.units[0]),
                "org_id": POLICE,
                "actor_account": "tests",
                "occurred_on": "2024-12-16",
                "kind": "briefing",
                "attendees": 18,
                "mode": "in_person",
                **changes,
            },
        }
    )
    assert isinstance(item, Pushed), item
    return item


def one(node: Node, item: Pushed) -> ItemVerdict:
    (verdict,) = node.ingest.record([item])
    return verdict


def place(verdict: ItemVerdict) -> tuple[object, ...]:
    return (verdict.event_id, verdict.origin, verdict.sequence, verdict.digest)


def test_the_answer_says_where_the_event_stands_and_its_digest(node: Node) -> None:
    verdict = one(node, meeting(node))
    assert verdict.outcome == Outcome.RECORDED
    assert verdict.origin is not None
    (logged,) = node.log.read_stream(verdict.origin, verdict.sequence, verdict.sequence)
    assert decode(logged.raw).digest == verdict.digest


def test_the_same_event_again_gets_the_same_answer(node: Node) -> None:
    item = meeting(node)
    first = one(node, item)
    again = one(node, item)
    assert (again.outcome, place(again)) == (Outcome.DUPLICATE, place(first))


def test_the_same_record_under_a_new_event_id_is_the_same_event(node: Node) -> None:
    first = one(node, meeting(node, source_record_id="2025/17"))
    again = one(node, meeting(node, source_record_id="2025/17"))
    assert (again.outcome, place(again)) == (Outcome.DUPLICATE, place(first))


def test_the_same_key_with_other_content_is_a_conflict_that_names_the_record(node: Node) -> None:
    event_id = uuid4()
    first = one(node, meeting(node, event_id, source_record_id="1"))
    for other in (
        meeting(node, event_id, source_record_id="2"),
        meeting(node, source_record_id="1", attendees=19),
    ):
        verdict = one(node, other)
        assert verdict.problem is not None
        assert (verdict.problem.code, verdict.problem.status) == ("key-conflict", 409)
        assert verdict.problem.extra is not None
        assert verdict.problem.extra["recorded_event_id"] == first.event_id


def test_duplicates_and_conflicts_inside_one_batch(node: Node) -> None:
    item = meeting(node, source_record_id="1")
    verdicts = node.ingest.record(
        [item, item, meeting(node, source_record_id="1", attendees=3), meeting(node)]
    )
    assert [v.outcome for v in verdicts] == ["recorded", "duplicate", "refused", "recorded"]
    assert place(verdicts[0]) == place(verdicts[1])
    assert verdicts[3].sequence == verdicts[0].sequence + 1


def test_a_refused_item_leaves_no_hole(node: Node) -> None:
    verdicts = node.ingest.record(
        [meeting(node), meeting(node, occurred_on="2099-01-01"), meeting(node)]
    )
    assert [v.outcome for v in verdicts] == ["recorded", "refused", "recorded"]
    assert verdicts[2].sequence == verdicts[0].sequence + 1


def test_decisions_in_a_batch_see_those_before_them(node: Node, hierarchy: Hierarchy) -> None:
    """A unit's organisation and its first meeting may arrive in one file."""
    first = meeting(node)
    correction = read_pushed(
        {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": "tests",
            "type": "vn.antq.EventRetracted",
            "data": {
                "unit_id": str(node.settings.units[0]),
                "org_id": POLICE,
                "actor_account": "tests",
                "occurred_on": "2024-12-17",
                "target_event_id": str(first.event_id),
                "reason": "never_happened",
            },
        }
    )
    verdicts = node.ingest.record([first, correction])
    assert [v.outcome for v in verdicts] == ["recorded", "recorded"], verdicts
    assert verdicts[0].aggregate_id == verdicts[1].aggregate_id


def test_numbers_go_on_after_a_restart(node: Node, hierarchy: Hierarchy) -> None:
    before = one(node, meeting(node))
    node = hierarchy.crash("central")
    after = one(node, meeting(node))
    assert (after.origin, after.sequence) == (before.origin, before.sequence + 1)


def test_a_clock_set_back_does_not_put_later_events_before_earlier_ones(
    node: Node, hierarchy: Hierarchy
) -> None:
    first = one(node, meeting(node))
    hierarchy.clock.moment -= timedelta(days=3)
    hierarchy.clock.moment += timedelta(hours=1)
    node = hierarchy.crash("central")
    second = one(node, meeting(node))
    assert first.origin is not None
    times = [
        decode(logged.raw).recorded_at
        for logged in node.log.read_stream(first.origin, first.sequence, second.sequence)
    ]
    assert times == sorted(times)


@pytest.mark.parametrize("persisted", [False, True], ids=["failed", "failed-but-persisted"])
def test_every_step_of_recording_failed(hierarchy: Hierarchy, *, persisted: bool) -> None:
    """Whatever fails and however: pushing the same again ends with it recorded once."""
    for at in range(1, 20):
        node = hierarchy.crash("central")
        fault = Fault(at, persisted=persisted, error=StoreUnavailableError)
        fault.wrap(node.log, "append", "read", "read_stream", "head", "find_keys")
        fault.wrap(node.sync, "save_origins")
        fault.armed = True
        item = meeting(node)
        verdict = one(node, item)
        if not fault.raised:
            assert at > 3
            break
        assert verdict.problem is not None
        assert (verdict.problem.code, verdict.problem.status) == ("store-unavailable", 503)
        again = one(node, item)
        assert again.outcome in (Outcome.RECORDED, Outcome.DUPLICATE)
        assert again.origin is not None
        stream = node.log.read_stream(again.origin, 1, 10**6)
        assert [decode(e.raw).event_id for e in stream].count(str(item.event_id)) == 1
    else:
        pytest.fail("the fault never came to an end")


def test_two_processes_for_one_node_share_the_stream_without_harm(hierarchy: Hierarchy) -> None:
    first = hierarchy.nodes["central"]
    second = hierarchy.add("central", Level.CENTRAL)
    for number in range(6):
        node = (first, second)[number % 2]
        assert one(node, meeting(node)).outcome == Outcome.RECORDED
    item = meeting(first)
    assert place(one(first, item)) == place(one(second, item))
    first.close()


def test_requests_that_arrive_together_share_a_transaction(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    appends = Fault(-1, persisted=False, error=StoreUnavailableError)
    appends.armed = True
    appends.wrap(node.log, "append")
    release = threading.Event()
    append = node.log.append

    def slow(*args: Any, **more: Any) -> Any:
        release.wait(10)
        return append(*args, **more)

    monkeypatch.setattr(node.log, "append", slow)
    node.ingest.start()
    futures: list[Future[list[ItemVerdict]]] = [node.submit([meeting(node)]) for _ in range(100)]
    release.set()
    sequences = [future.result(30)[0].sequence for future in futures]
    node.ingest.stop()
    assert sequences == list(range(sequences[0], sequences[0] + 100))
    assert appends.calls <= 2


def test_the_log_is_asked_first_only_for_a_while_after_a_surprise(node: Node) -> None:
    clock = [0.0]
    node.ingest._confidence = Confidence(lambda: clock[0])
    asked = Fault(-1, persisted=False, error=StoreUnavailableError)
    asked.armed = True
    asked.wrap(node.log, "find_keys")
    item = meeting(node)
    assert one(node, item).outcome == Outcome.RECORDED
    assert asked.calls == 0
    assert one(node, item).outcome == Outcome.DUPLICATE
    one(node, meeting(node))
    assert asked.calls == 2
    clock[0] += 2.0
    one(node, meeting(node))
    assert asked.calls == 2


def test_what_would_be_refused_today_is_still_the_same_event(node: Node) -> None:
    """The rules have changed since, or what was told stands already: it was recorded once."""
    item = meeting(node)
    first = one(node, item)
    later = node.hosting
    node.ingest._hosting = Hosting(later.level, (), None, later.seat)
    again, other = node.ingest.record([item, meeting(node)])
    assert (again.outcome, place(again)) == (Outcome.DUPLICATE, place(first))
    assert other.problem is not None


def test_what_another_process_recorded_is_seen_before_it_is_decided(hierarchy: Hierarchy) -> None:
    first = hierarchy.nodes["central"]
    one(first, meeting(first))
    second = hierarchy.add("central", Level.CENTRAL)
    unit = str(first.settings.units[0])
    ended = {
        "unit_id": unit,
        "org_id": POLICE,
        "actor_account": "catalogue",
        "occurred_on": "2024-02-01",
        "kind": "dissolved",
        "organisations": [{"org_id": POLICE, "unit_id": unit}],
        "effective_on": "2024-02-01",
    }
    assert push(second, "OrganisationChanged", ended).outcome == Outcome.RECORDED
    refused = one(first, meeting(first))
    assert refused.problem is not None
    first.close()


def test_too_much_at_once_is_refused_before_anything_is_taken(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.node.groupcommit.QUEUE", 10)
    waiting = node.submit([meeting(node) for _ in range(8)])
    with pytest.raises(BusyError):
        node.submit([meeting(node) for _ in range(3)])
    node.ingest.start()
    assert len(waiting.result(30)) == 8
    node.ingest.stop()


def test_one_item_that_cannot_be_decided_does_not_harm_its_neighbours(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = meeting(node)

    def fails_once(history: Any, draft: Any, context: Any) -> Any:
        if draft.event_id == bad.event_id:
            raise ZeroDivisionError
        return decide(history, draft, context)

    monkeypatch.setattr(ingest, "decide", fails_once)
    verdicts = node.ingest.record([meeting(node), bad, meeting(node)])
    assert [v.outcome for v in verdicts] == ["recorded", "refused", "recorded"]
    assert verdicts[1].problem is not None
    assert verdicts[1].problem.code == "internal"


def test_an_unexpected_error_reaches_the_caller_and_the_recorder_lives_on(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.ingest.start()
    with monkeypatch.context() as patch:
        patch.setattr(node.state, "histories", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            node.submit([meeting(node)]).result(30)
    gone = node.submit([meeting(node)])
    gone.cancel()  # its caller left; whatever becomes of it, the next one is served
    assert node.submit([meeting(node)]).result(30)[0].outcome == Outcome.RECORDED
    node.ingest.stop()


def test_the_same_event_is_known_after_the_node_learned_a_newer_schema(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = one(node, meeting(node, event_id := uuid4()))
    spec = EVENTS["MeetingHeld"]
    newer = replace(spec, version=2, upcasters={1: lambda data: data})
    monkeypatch.setitem(EVENTS, "MeetingHeld", newer)
    monkeypatch.setattr(spec.body, "spec", newer)
    again = one(node, meeting(node, event_id))
    assert (again.outcome, place(again)) == (Outcome.DUPLICATE, place(first))
    assert one(node, meeting(node, event_id, attendees=19)).problem is not None


def test_decisions_know_what_was_folded_although_nobody_told_them(
    hierarchy: Hierarchy,
) -> None:
    """A commit whose answer was lost, and another process that folded: the directory keeps up."""
    node = hierarchy.nodes["central"]
    node.projector.run_once()
    unit = str(uuid4())
    other = hierarchy.add("central", Level.CENTRAL)
    push(
        other,
        "UnitReorganised",
        {
            "unit_id": str(hierarchy.units["central"]),
            "org_id": POLICE,
            "actor_account": "catalogue",
            "occurred_on": "2024-01-02",
            "kind": "created",
            "to": [
                {
                    "unit_id": unit,
                    "code": "80",
                    "name": "Tây Ninh",
                    "kind": "province",
                    "parent_id": str(hierarchy.units["central"]),
                }
            ],
            "effective_on": "2024-01-02",
        },
    )
    other.projector.run_once()
    assert node.directory.unit(unit) is None
    with pytest.raises(MovedError):
        node.projector.run_once()
    assert node.directory.unit(unit) is not None
    node.close()


def test_two_callers_with_one_event_id_do_not_swap_aggregates(node: Node) -> None:
    """Requests that were grouped may share an id; each is decided about its own aggregate."""
    event_id, first, second = uuid4(), uuid4(), uuid4()
    items = [
        meeting(node, event_id, attendees=n)._replace(aggregate=(aggregate, str(aggregate)))
        for n, aggregate in ((1, first), (2, second))
    ]
    verdicts = node.ingest.record(items)
    assert [v.outcome for v in verdicts] == ["recorded", "refused"]
    assert verdicts[0].aggregate_id == str(first)


def test_what_was_appended_is_not_read_back(node: Node) -> None:
    one(node, meeting(node))
    reads: list[int] = []
    inner = node.log.read

    def counting(after: int, limit: int) -> Any:
        page = inner(after, limit)
        reads.append(len(page))
        return page

    node.log.read = counting  # type: ignore[method-assign] # to see what is read
    event = meeting(node, subject := uuid4())
    first = one(node, event)
    again = one(node, meeting(node, subject))
    assert place(first) == place(again)
    assert sum(reads) == 0


def test_what_others_append_beside_it_is_read(node: Node) -> None:
    """Positions that do not follow what is seen: somebody else wrote in between."""
    one(node, meeting(node))
    append = node.log.append
    unit = node.settings.units[0]

    def beside(*args: Any, **more: Any) -> Any:
        foreign = uuid4()
        append([NewEvent(foreign, 1, "FromTheFuture", raw_event(foreign, 1, unit_id=unit))])
        return append(*args, **more)

    node.log.append = beside  # type: ignore[method-assign] # another writer, at the worst moment
    item = meeting(node)
    recorded = one(node, item)
    node.log.append = append  # type: ignore[method-assign]
    assert node.state.histories([recorded.aggregate_id])[recorded.aggregate_id] == []
    node.state.catch_up()
    histories = node.state.histories([recorded.aggregate_id])
    assert [record.event_id for record in histories[recorded.aggregate_id]] == [recorded.event_id]
