"""Quận 5: the demonstration's steps, and step 2."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from domain.refusals import Text
from services.demo.making.places import MERGERS, OLD_WARDS, Q5
from services.demo.story import STORY, Act, Check, Step
from tests.e2e.storyline.asking import figure, row

_ABOVE_WARDS: Final = ("q5", "hcm", "central")


def _wards_on(day: str, expected: str) -> Check:
    return Check(
        Text(f"Số phường của Quận 5 ngày {day}", f"Wards of Quận 5 on {day}"),
        "/v1/units",
        MappingProxyType({"parent": Q5.unit_id, "day": day}),
        lambda answer: str(len(answer["items"])),
        expected,
        ("q5-wards", *_ABOVE_WARDS),
    )


STEP_2: Final = Step(
    "2",
    "1/1",
    Text("14 phường thành 10", "14 wards become 10"),
    (
        Act(
            (),
            (
                _wards_on("2024-12-31", "14"),
                _wards_on("2025-01-01", "10"),
                figure(
                    "Cuộc họp của Phường 8 cộng vào Phường 7",
                    "Phường 8's meeting rolls up to Phường 7",
                    "activity",
                    {"unit": Q5.unit_id, "period": "2024-12", "hierarchy_on": "2025-01-01"},
                    row(MERGERS[7][1], "MeetingHeld.attendees"),
                    "18",
                    _ABOVE_WARDS,
                ),
                figure(
                    "Như lúc đó, cuộc họp vẫn của Phường 8",
                    "As it was, the meeting stays Phường 8's",
                    "activity",
                    {"unit": Q5.unit_id, "period": "2024-12"},
                    row(OLD_WARDS[8], "MeetingHeld.attendees"),
                    "18",
                    _ABOVE_WARDS,
                ),
            ),
        ),
    ),
)


def _without_checks(step: Step) -> Step:
    return replace(step, acts=[replace(act, checks=()) for act in step.acts])


CATALOGUE, _TAN_BIEN, *_TOLD = STORY
TAN_BIEN: Final = _without_checks(_TAN_BIEN)
"""Its figure is of five communes; here Tây Ninh has all 94."""
TOLD: Final = {step.number: step for step in _TOLD}
"""The demonstration's steps by number: 1 and 4 to 8."""
