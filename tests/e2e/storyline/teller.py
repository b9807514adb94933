"""Who watches the story in a test: writes a sentence for every number, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.demo.player import Reading
from services.demo.story import Check, Push, Step


@dataclass
class Teller:
    """Keeps what was told; the report of the tests ends with it."""

    told: list[str] = field(default_factory=list)

    def step_begins(self, step: Step) -> None:
        self.told.append(f"{step.number or '–'} ({step.day}) {step.title.vi} / {step.title.en}")

    def pushed(self, push: Push, recorded: int, duplicate: int) -> None:
        self.told.append(
            f"   {push.node} ← {push.file}: {recorded} + {duplicate} (trùng/duplicate)"
        )

    def figure_begins(self, check: Check) -> None:
        pass

    def figure_moves(self, check: Check, readings: Mapping[str, Reading]) -> None:
        pass

    def figure_ends(self, check: Check, readings: Mapping[str, Reading]) -> None:
        shown = ", ".join(f"{node}: {reading.value}" for node, reading in readings.items())
        self.told.append(f"   {check.title.vi} / {check.title.en}: {check.expected} [{shown}]")

    def says(self, vi: str, en: str, found: object, expected: object) -> None:
        """A number that is no figure of the API; fails if it is another."""
        self.told.append(f"   {vi} / {en}: {expected} [{found}]")
        assert found == expected, f"{en}: {found}, expected {expected}"
