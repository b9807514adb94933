"""How an event names the paper it rests on."""

from __future__ import annotations

from domain.events import Day, Label, Value


class DocumentRef(Value):
    """A decision, resolution or plan, named as its issuer writes it (catalogue C6)."""

    number_raw: Label
    """The number as printed, for example "279/KH-MTTW-BCA"; never normalised."""
    issued_on: Day | None = None
    issuer: Label | None = None
    """The issuing office; never a person."""
