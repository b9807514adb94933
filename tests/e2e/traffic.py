"""Pushes that go on in the background while a test does something to the world."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self

from tests.e2e.places import Event, event, service_of
from tests.e2e.pushing import Acknowledged, Pusher, single
from tests.e2e.world import World

_PAUSE: Final = 0.05
_numbers = itertools.count(1)


def meeting(
    unit: str, day: str, attendees: int = 10, kind: str = "briefing", desk: str = "police"
) -> Event:
    """A new meeting; a periodic one with its evaluation."""
    more: dict[str, Any] = (
        {"member_evaluation": {"evaluated": 9, "fulfilled": 8, "not_fulfilled": 1}}
        if kind == "committee_periodic"
        else {}
    )
    return event(
        "MeetingHeld",
        unit,
        f"meeting {next(_numbers)}",
        day,
        desk=desk,
        kind=kind,
        attendees=attendees,
        mode="in_person",
        **more,
    )


class Traffic:
    """Briefings of some units, one after the other, from entering to leaving the block."""

    def __init__(self, world: World, units: Sequence[str], day: str) -> None:
        self.acknowledged = Acknowledged()
        self._stop = threading.Event()
        self._failures: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._push, args=(world.nodes[service_of(unit)].url, unit, day))
            for unit in units
        ]

    def _push(self, url: str, unit: str, day: str) -> None:
        pusher = Pusher(url, self.acknowledged)
        try:
            while not self._stop.wait(_PAUSE):
                pusher.push(single(meeting(unit, day)))
        except BaseException as error:
            self._failures.append(error)
        finally:
            pusher.close()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if exc is None and self._failures:
            raise self._failures[0]
