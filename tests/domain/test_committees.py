"""Steering committees: at most one a unit, in whatever order it is told (R16–R18, R124)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.committee_state import fold, number_changes
from domain.committees import committee_id
from domain.events import Record
from domain.parse import parse_body
from tests.domain.scenario import Log, day, ident, setting

DECISION = {"number_raw": "12/QĐ-UBND", "issued_on": "2024-12-10"}
P8 = str(committee_id(ident("p8")))


def change(kind: str, on: str = "2024-12-10", **more: Any) -> dict[str, Any]:
    fields = {"kind": kind, "occurred_on": on, **more}
    return fields if kind == "dissolved" else {"decision": DECISION, **fields}


def founded(kind: str = "established", on: str = "2024-12-10", **more: Any) -> dict[str, Any]:
    return change(
        kind,
        on,
        **{
            "name": "Ban Chỉ đạo 138 phường",
            "head_role": "party_secretary",
            "standing_org": ident("p8 police"),
            "member_orgs": [ident("p8 police"), ident("p8 front")],
            **more,
        },
    )


def changed(log: Log, fields: dict[str, Any]) -> Record:
    return log.given("CommitteeChanged", "p8", **fields)


def test_a_committee_through_its_life(log: Log) -> None:
    first = changed(log, founded(on="2024-11-01"))
    assert first.aggregate_id == P8
    changed(log, change("consolidated", "2024-11-10", standing_org=ident("p8 front")))
    changed(log, change("consolidated", "2024-11-15"))
    changed(log, change("merged", "2024-11-20", name="Ban Chỉ đạo chung"))
    changed(log, change("dissolved", "2024-12-01"))
    changed(log, founded(on="2024-12-05", head_role="other"))
    history = fold(log.effective(P8))

    def what(on: str) -> tuple[str, str, int] | None:
        found = history.on(day(on))
        if found is None:
            return None
        return (found.name[-5:], found.standing_org, len(found.member_orgs))

    police, front = ident("p8 police"), ident("p8 front")
    assert what("2024-10-31") is None
    assert what("2024-11-01") == ("hường", police, 2)
    assert what("2024-11-19") == ("hường", front, 2)
    assert what("2024-11-30") == ("chung", front, 2)
    assert what("2024-12-04") is None
    assert what("2024-12-16") == ("hường", police, 2)
    assert history.misfits == ()


def test_a_second_committee_is_refused_with_what_to_do(log: Log) -> None:
    first = changed(log, founded())
    refusal = log.refused("CommitteeChanged", "p8", **founded(on="2024-12-12"))
    assert (refusal.code, refusal.field, refusal.rule) == ("committee-exists", "/data/kind", "R124")
    assert first.event_id in refusal.detail.en
    assert "10/12/2024" in refusal.detail.vi
    assert all(kind in refusal.kind.remedy.vi for kind in ("consolidated", "merged", "dissolved"))


def test_the_many_bodies_of_before_become_one(log: Log) -> None:
    """R16: merging may be the first thing recorded."""
    refusal = log.refused("CommitteeChanged", "p8", **change("merged", name="Ban Chỉ đạo chung"))
    assert (refusal.code, refusal.rule) == ("invalid-field", "R16")
    changed(log, founded("merged"))


@pytest.mark.parametrize("kind", ["consolidated", "dissolved"])
def test_only_what_exists_is_renewed_or_ended(log: Log, kind: str) -> None:
    changed(log, founded(on="2024-12-12"))
    refusal = log.refused("CommitteeChanged", "p8", **change(kind, "2024-12-11"))
    assert (refusal.code, refusal.rule) == ("no-such-record", "R17")
    changed(log, change(kind, "2024-12-12"))


def test_what_comes_in_late_may_not_contradict_what_is_recorded(log: Log) -> None:
    later = changed(log, founded(on="2024-12-12"))
    refusal = log.refused("CommitteeChanged", "p8", **founded(on="2024-12-01"))
    assert (refusal.code, refusal.field) == ("not-in-that-state", "/data/occurred_on")
    assert later.event_id in refusal.detail.vi
    changed(log, change("dissolved", "2024-12-14"))
    changed(log, change("consolidated", "2024-12-13"))


def test_retracting_the_beginning_would_leave_the_rest_without_it(log: Log) -> None:
    first = changed(log, founded())
    changed(log, change("consolidated", "2024-12-12"))
    refusal = log.refused(
        "EventRetracted",
        "p8",
        about=P8,
        target_event_id=first.event_id,
        reason="never_happened",
    )
    assert (refusal.code, refusal.rule) == ("not-in-that-state", "R17")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"standing_org": ident("p7 police")}, "unknown-organisation", "/data/standing_org"),
        (
            {"member_orgs": [ident("p7 police"), ident("nobody")]},
            "unknown-organisation",
            "/data/member_orgs/1",
        ),
        ({"about": "another"}, "invalid-field", "/aggregate_id"),
    ],
)
def test_whose_committee_it_is(log: Log, fields: dict[str, Any], code: str, field: str) -> None:
    refusal = log.refused("CommitteeChanged", "p8", **{**founded(), **fields})
    assert (refusal.code, refusal.field) == (code, field)


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"decision": None}, "/data", "committee_decision"),
        ({"name": None}, "/data", "committee_incomplete"),
        ({"head_role": None}, "/data", "committee_incomplete"),
        ({"standing_org": None}, "/data", "committee_incomplete"),
        ({"member_orgs": []}, "/data", "committee_incomplete"),
        ({"kind": "dissolved"}, "/data", "dissolved_has_nothing"),
        ({"member_orgs": [ident("a")] * 2}, "/data/member_orgs", "repeated"),
        ({"head_role": "Ông A"}, "/data/head_role", "enum"),
        ({"head_name": "A"}, "/data/head_name", "extra_forbidden"),
    ],
)
def test_what_a_committee_may_not_hold(
    log: Log, fields: dict[str, Any], pointer: str, code: str
) -> None:
    data = log.draft("CommitteeChanged", "p8", **founded()).body.to_data()
    errors = parse_body("CommitteeChanged", 1, {**data, **fields})
    assert isinstance(errors, list)
    assert [(error.pointer, error.code) for error in errors] == [(pointer, code)]


def _history() -> list[Record]:
    log = setting().at("2024-12-16")
    changed(log, founded(on="2024-11-01"))
    changed(log, change("consolidated", "2024-11-10", head_role="police_chief"))
    changed(log, change("dissolved", "2024-12-01"))
    changed(log, founded(on="2024-12-01", name="Ban Chỉ đạo mới"))
    return log.effective(P8)


HISTORY = _history()
TWICE = HISTORY[0]._replace(event_id="twice", origin="other seat")


@given(st.permutations([*HISTORY, TWICE]))
def test_the_order_of_arrival_does_not_matter(arrived: list[Record]) -> None:
    history = fold(arrived)
    assert history == fold([*HISTORY, TWICE])
    assert len(history.misfits) == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["established", "consolidated", "merged", "dissolved"]),
            st.integers(1, 9),
        ),
        max_size=12,
    )
)
def test_established_and_dissolved_take_turns(steps: list[tuple[str, int]]) -> None:
    records = [
        HISTORY[0]._replace(
            event_id=str(number),
            sequence=number,
            data={**HISTORY[0].data, "kind": kind, "occurred_on": f"2024-11-0{on}"},
        )
        for number, (kind, on) in enumerate(steps)
    ]
    history = fold(records)
    active = False
    for step in history.changes:
        assert step.kind.fits(active)
        active = step.after is not None
    assert len(history.changes) + len(history.misfits) == len(records)


def test_a_second_committee_counts_until_a_merger_or_the_end_settles_it() -> None:
    """R124, F11: two seats established one without knowing of each other."""
    first = HISTORY[0]

    def at(day: str, kind: str, sequence: int) -> Record:
        data = {**first.data, "kind": kind, "occurred_on": day}
        return first._replace(event_id=f"{kind} {day}", sequence=sequence, data=data)

    rival = at("2024-11-05", "established", 1)._replace(origin="other seat")
    for kind, left in (("consolidated", 2), ("merged", 1), ("dissolved", 0)):
        history = fold([first, rival, at("2024-11-20", kind, 2)])
        changes = list(number_changes(history))
        assert sum(c.delta for c in changes if c.day.isoformat() < "2024-11-20") == 2
        assert sum(c.delta for c in changes) == left


@given(st.permutations([*HISTORY, TWICE]), st.sets(st.integers(0, len(HISTORY))))
def test_a_unit_never_has_fewer_than_no_committees(arrived: list[Record], held: set[int]) -> None:
    history = fold([record for place, record in enumerate(arrived) if place in held])
    ends = sorted({change.day for change in number_changes(history)})
    for end in ends:
        number = sum(c.delta for c in number_changes(history) if c.day <= end)
        assert number >= (history.on(end) is not None)
        assert (number == 0) == (history.on(end) is None)
