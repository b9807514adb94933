"""Who is killed when, from a seed: by how much was acknowledged, not by the clock."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.e2e.world import World

BROKER: Final = "kafka"
DATABASE: Final = "postgres"
_LONGEST_DELAY: Final = 0.4
_LONGEST_DOWN: Final = 1.0
_TOGETHER: Final = 0.15
_AWAIT: Final = 0.5


@dataclass(frozen=True, slots=True)
class Strike:
    """One moment of the schedule: SIGKILL to some processes at once, and their restart."""

    after: int
    """So many events are acknowledged when it is due."""
    targets: tuple[str, ...]
    delay: float
    """Seconds from then to the kill, so that it falls anywhere in what is going on."""
    down: float
    """Seconds from the kill to the restart."""
    awaited: bool
    """Whether the next strike waits until the restarted nodes answer; otherwise it may hit them
    while they start."""


def plan(rng: random.Random, targets: Sequence[str], kills: int, events: int) -> list[Strike]:
    """A schedule of so many kills over a load of so many events.

    Every target gets its share; some are killed together, and if there are kills enough, all at
    once at the end: the power fails.
    """
    blackout = tuple(targets) if kills >= 2 * len(targets) else ()
    order = [targets[n % len(targets)] for n in range(kills - len(blackout))]
    rng.shuffle(order)
    groups: list[tuple[str, ...]] = []
    for target in order:
        if groups and len(groups[-1]) == 1 and target != groups[-1][0] and rng.random() < _TOGETHER:
            groups[-1] = (*groups[-1], target)
        else:
            groups.append((target,))
    if blackout:
        groups.append(blackout)
    moments = sorted(rng.randint(events // 50, events * 49 // 50) for _ in groups)
    return [
        Strike(
            moment,
            group,
            rng.uniform(0, _LONGEST_DELAY),
            rng.uniform(0, _LONGEST_DOWN),
            rng.random() < _AWAIT,
        )
        for moment, group in zip(moments, groups, strict=True)
    ]


class Schedule:
    """Carries out strikes beside the pushers, and keeps the pushers from running ahead of it.

    While a strike is carried out the load goes on, up to where the next one is due: so there is
    work under way at every kill, however quick the machine is.
    """

    def __init__(
        self, world: World, strikes: Sequence[Strike], acknowledged: Callable[[], int]
    ) -> None:
        """`acknowledged` tells how many events are acknowledged."""
        self.killed: Counter[str] = Counter()
        self._world = world
        self._strikes = strikes
        self._acknowledged = acknowledged
        self._done = 0
        self._stopped = False
        self._changed = threading.Condition()

    def stop(self) -> None:
        """Strike no more; let everybody go."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def await_turn(self) -> None:
        """Called by a pusher before each request: wait if the strikes are behind."""
        with self._changed:
            while not self._stopped and self._ahead():
                self._changed.wait(0.2)

    def _ahead(self) -> bool:
        following = self._done + 1
        return (
            following < len(self._strikes)
            and self._acknowledged() >= self._strikes[following].after
        )

    def run(self) -> None:
        """Carry out every strike in its turn."""
        for strike in self._strikes:
            with self._changed:
                while not self._stopped and self._acknowledged() < strike.after:
                    self._changed.wait(0.02)
                self._changed.wait_for(lambda: self._stopped, strike.delay)
                if self._stopped:
                    return
            self._carry_out(strike)
            with self._changed:
                self._done += 1
                self._changed.notify_all()

    def _carry_out(self, strike: Strike) -> None:
        for target in strike.targets:
            self._kill(target)
            self.killed[target] += 1
        with self._changed:
            self._changed.wait_for(lambda: self._stopped, strike.down)
        # Nodes first: one that finds no database or broker must wait for it by itself.
        for target in sorted(strike.targets, key=lambda name: name in (BROKER, DATABASE)):
            self._restart(target)
        if strike.awaited:
            for target in strike.targets:
                if target in self._world.nodes:
                    self._world.nodes[target].wait_until_alive()

    def _kill(self, target: str) -> None:
        if target == BROKER:
            self._world.kafka.kill()
        elif target == DATABASE:
            self._world.postgres.kill()
        else:
            self._world.nodes[target].kill()

    def _restart(self, target: str) -> None:
        if target == BROKER:
            self._world.kafka.restart()
        elif target == DATABASE:
            self._world.postgres.restart()
        else:
            self._world.nodes[target].start()
