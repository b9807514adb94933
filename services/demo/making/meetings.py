"""The meetings: periodic ones of committees, and those of steps 1, 5 and 6 of the story."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from services.demo.making.drafts import Event, event, event_id
from services.demo.making.places import COMMUNES, OLD_WARDS, TAY_NINH, WARDS, Place

WRONG_ATTENDEES: Final = 4_200
RIGHT_ATTENDEES: Final = 420

_QUARTER_ATTENDEES: Final = {
    1: 620,
    2: 580,
    4: 540,
    5: 560,
    7: 610,
    9: 480,
    11: 530,
    12: 500,
    13: 570,
    14: 450,
}
"""By ward: who came to its dissemination meetings in the first quarter of 2025, 5,440 together,
without the one that was entered wrongly."""

_MEETING_DAYS: Final = ("2025-01-17", "2025-02-21", "2025-03-07")
_WRONG_RECORD: Final = "dissemination-2025-03-14"
_CONFERENCE_DAY: Final = "2025-04-22"


def _meeting(
    place: Place, category: str, day: str, record: str, kind: str, attendees: int, **data: Any
) -> Event:
    return event(
        "MeetingHeld",
        place,
        category,
        day,
        record,
        kind=kind,
        attendees=attendees,
        mode="in_person",
        **data,
    )


def _periodic(place: Place, day: str, present: int, absent: int = 0) -> Event:
    """A periodic meeting says how its members met their responsibility (R77)."""
    members = present + absent
    return _meeting(
        place,
        "police",
        day,
        f"periodic-{day}",
        "committee_periodic",
        present,
        member_evaluation={
            "evaluated": members,
            "fulfilled": present,
            "not_fulfilled": absent,
        },
    )


def phuong_8_meeting() -> Iterable[Event]:
    """Step 1: Phường 8 meets two weeks before it goes into Phường 7."""
    yield _periodic(OLD_WARDS[8], "2024-12-16", 18)


def first_quarter() -> Iterable[Event]:
    """Step 5, the mistake not seen yet: three dissemination meetings a ward, and the wrong one."""
    for number, attendees in _QUARTER_ATTENDEES.items():
        share = attendees // len(_MEETING_DAYS)
        counts = (share, share, attendees - 2 * share)
        for day, count in zip(_MEETING_DAYS, counts, strict=True):
            yield _meeting(
                WARDS[number], "front", day, f"dissemination-{day}", "dissemination", count
            )
    yield _wrong_meeting()


def _wrong_meeting() -> Event:
    return _meeting(
        WARDS[14],
        "front",
        "2025-03-14",
        _WRONG_RECORD,
        "dissemination",
        WRONG_ATTENDEES,
    )


def correction() -> Iterable[Event]:
    """Step 5, on 20/3: 4,200 was 420."""
    wrong = _wrong_meeting()
    replacement = {**wrong["data"], "attendees": RIGHT_ATTENDEES}
    yield event(
        "EventCorrected",
        WARDS[14],
        "front",
        "2025-03-20",
        "correction-2025-03-20",
        target_event_id=wrong["id"],
        replacement=replacement,
        reason="typing_error",
    )


def replayed() -> Iterable[Event]:
    """Step 6: Phường 9's system sends three of its events once more, word for word."""
    unit_id = WARDS[9].unit_id
    yield from (e for e in first_quarter() if e["data"]["unit_id"] == unit_id)


def pushed_twice() -> Iterable[Event]:
    """Step 6: one conference, entered by the police and by the Front in their own systems."""
    for category in ("police", "front"):
        yield _meeting(
            WARDS[9], category, _CONFERENCE_DAY, f"conference-{_CONFERENCE_DAY}", "conference", 64
        )


def duplicate_retracted() -> Iterable[Event]:
    """Step 6: the Front takes its copy back."""
    record = f"conference-{_CONFERENCE_DAY}"
    police, front = (
        event_id(f"demo.{WARDS[9].key}.{category}", record) for category in ("police", "front")
    )
    yield event(
        "EventRetracted",
        WARDS[9],
        "front",
        "2025-04-23",
        f"retraction-{_CONFERENCE_DAY}",
        target_event_id=front,
        reason="duplicate",
        duplicate_of=police,
    )


def ward_committees() -> Iterable[Event]:
    """Before the half-year ends every ward's committee has met."""
    days = ("2025-05-20", "2025-05-22", "2025-05-27", "2025-05-29", "2025-06-03")
    for place, (number, ward) in enumerate(WARDS.items()):
        yield _periodic(ward, days[place % len(days)], 15 + number % 5, number % 2)


def tay_ninh_communes() -> Iterable[Event]:
    """Monthly meetings: five communes, six slots, and one slot that Xã Thạnh Bình missed."""
    days = ("2025-01-08", "2025-02-12", "2025-03-12", "2025-04-09", "2025-05-14", "2025-06-11")
    for place, commune in enumerate(COMMUNES):
        for day in days:
            if not (commune.code == "25498" and day == "2025-02-12"):
                yield _periodic(commune, day, 12 + place)


def tay_ninh_province() -> Iterable[Event]:
    """The province's committee meets once in six months."""
    yield _periodic(TAY_NINH, "2025-05-28", 22, 1)
