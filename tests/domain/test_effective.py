"""What holds after corrections and retractions, whatever the order of arrival."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue import EVENTS
from domain.effective import effective
from domain.events import Record

AGGREGATE = "aggregate"


def record(name: str, type: str = "MeetingHeld", aggregate: str = AGGREGATE, **data: Any) -> Record:
    return Record(
        event_id=name,
        type=type,
        origin="origin",
        sequence=int(name[1:]),
        recorded_at=f"2025-01-01T00:00:{int(name[1:]):02}.000000Z",
        aggregate_id=aggregate,
        digest=f"digest of {name}",
        data=data,
    )


def corrected(name: str, target: str, value: int, **more: str) -> Record:
    return record(
        name,
        "EventCorrected",
        target_event_id=target,
        replacement={"value": value},
        replacement_version=1,
        **more,
    )


def retracted(name: str, target: str) -> Record:
    return record(name, "EventRetracted", target_event_id=target)


def values(*records: Record) -> dict[str, Any]:
    return {r.event_id: r.data["value"] for r in effective(records)}


E1, E2 = record("e1", value=1), record("e2", value=2)


def test_without_corrections_everything_holds_in_order() -> None:
    assert effective([E2, E1]) == [E1, E2]


def test_a_corrected_event_keeps_its_identity_and_digest() -> None:
    (found, _) = effective([corrected("c3", "e1", 10), E1, E2])
    assert (found.event_id, found.digest, found.order) == (E1.event_id, E1.digest, E1.order)
    assert found.data == {"value": 10}


def test_the_last_correction_holds() -> None:
    assert values(corrected("c4", "e1", 11), E1, corrected("c3", "e1", 10)) == {"e1": 11}


def test_a_retracted_correction_gives_way_to_the_one_before() -> None:
    history = [E1, corrected("c3", "e1", 10), corrected("c4", "e1", 11)]
    assert values(*history, retracted("r5", "c4")) == {"e1": 10}
    assert values(*history, retracted("r5", "c4"), retracted("r6", "c3")) == {"e1": 1}


def test_a_retracted_event_is_gone_even_if_corrected() -> None:
    assert values(E1, E2, retracted("r3", "e1"), corrected("c4", "e1", 10)) == {"e2": 2}


def test_a_retraction_is_final() -> None:
    assert values(E1, retracted("r3", "e1"), retracted("r4", "r3")) == {}


def test_what_is_corrected_may_still_be_on_its_way() -> None:
    assert values(E2, corrected("c3", "e1", 10), retracted("r4", "e9")) == {"e2": 2}


def test_a_correction_touches_its_own_aggregate_only() -> None:
    assert values(E1, corrected("c3", "e1", 10, aggregate="another")) == {"e1": 1}


def test_a_replacement_of_an_older_version_is_read_as_todays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newer = replace(
        EVENTS["MeetingHeld"], version=2, upcasters={1: lambda data: {**data, "raised": True}}
    )
    monkeypatch.setitem(EVENTS, "MeetingHeld", newer)
    (found,) = effective([E1, corrected("c3", "e1", 10)])
    assert found.data == {"value": 10, "raised": True}


HISTORY = [
    E1,
    E2,
    corrected("c3", "e1", 10),
    corrected("c4", "e1", 11),
    retracted("r5", "c4"),
    corrected("c6", "e2", 20),
    record("e7", value=7),
    retracted("r8", "e7"),
    retracted("r9", "r8"),
]


@given(st.permutations(HISTORY))
def test_the_order_of_arrival_does_not_matter(arrived: list[Record]) -> None:
    assert effective(arrived) == effective(HISTORY)


@given(st.permutations(HISTORY))
def test_what_holds_holds_again(arrived: list[Record]) -> None:
    assert effective(effective(arrived)) == effective(arrived)
