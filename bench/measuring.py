"""How contenders are measured: in turns, several times, each run from a fresh start."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from services.node.collecting import settle


class Role(StrEnum):
    """What a contender stands for."""

    NODE = "node"
    """This project's code, as it runs."""
    LIBRARY = "library"
    """What a user would write with the plain eventsourcing library, or by hand."""
    FLOOR = "floor"
    """The least that the machine needs for the same bytes; of several the slowest comparable
    one stands first."""
    PART = "part"
    """A part of the work alone, to see what it takes."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run."""

    events: int
    seconds: float
    extra: Mapping[str, float] = field(default_factory=dict)
    """Other numbers by name and unit, for example {"p99 ms": 14.0}."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One way of doing a case's work. `run` makes its own fresh start and times only the work."""

    role: Role
    name: str
    run: Callable[[], Sample]


@dataclass(frozen=True, slots=True)
class Case:
    """Work that several contenders do on one store."""

    stage: str
    title: str
    store: str
    contenders: Sequence[Contender]


@dataclass(frozen=True, slots=True)
class Measured:
    """A contender's runs."""

    role: Role
    name: str
    samples: Sequence[Sample]

    @property
    def rates(self) -> list[float]:
        """Events a second of each run."""
        return [sample.events / sample.seconds for sample in self.samples]

    @property
    def rate(self) -> float:
        """Their median."""
        return statistics.median(self.rates)

    @property
    def extra(self) -> dict[str, float]:
        """The median of each other number."""
        names = dict.fromkeys(name for sample in self.samples for name in sample.extra)
        return {
            name: statistics.median(s.extra[name] for s in self.samples if name in s.extra)
            for name in names
        }


@dataclass(frozen=True, slots=True)
class Result:
    """A case with what was measured."""

    stage: str
    title: str
    store: str
    measured: Sequence[Measured]

    def reference(self, role: Role) -> Measured | None:
        """The first contender of a role: the one that ratios are taken to."""
        return next((m for m in self.measured if m.role is role), None)


def alternate(case: Case, runs: int, tell: Callable[[str], None] = lambda _: None) -> Result:
    """Run the contenders in turns, A B C A B C, so that drift of the machine meets all alike."""
    samples: list[list[Sample]] = [[] for _ in case.contenders]
    for number in range(1, runs + 1):
        for contender, done in zip(case.contenders, samples, strict=True):
            settle()  # as a server does: what is to be measured with is not its own to look through
            sample = contender.run()
            done.append(sample)
            rate = sample.events / sample.seconds
            tell(
                f"{case.stage} {case.store} {number}/{runs} {contender.name}: "
                f"{rate:,.0f} events/s ({sample.events:,} in {sample.seconds:.2f} s)"
            )
    return Result(
        case.stage,
        case.title,
        case.store,
        [
            Measured(contender.role, contender.name, done)
            for contender, done in zip(case.contenders, samples, strict=True)
        ],
    )
