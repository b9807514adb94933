"""Between the event loop and the recording thread: few hand-overs, whatever the number of requests.

Waking another thread costs more than all the rest of a small request. What the requests of one turn
of the event loop bring is handed over together, and so are the answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final, Protocol

from services.node.errors import BusyError
from services.node.ingest import ItemVerdict
from services.node.node import Node
from services.node.pushed import Pushed

_MANY: Final = 100
"""Items of a request that is handed over by itself."""


class Waiting(Protocol):
    """What is told the verdicts: a future, or what does as one."""

    def done(self) -> bool:
        """Whether nobody waits any more."""

    def set_result(self, verdicts: list[ItemVerdict], /) -> None:
        """These are the verdicts, in order."""

    def set_exception(self, error: BaseException, /) -> None:
        """There are none."""


_Part = tuple[Sequence[Pushed], Waiting]


class Desk:
    """Hands items to a node. Belongs to one event loop."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._parts: list[_Part] = []

    def record(self, items: Sequence[Pushed]) -> asyncio.Future[list[ItemVerdict]]:
        """The verdicts on these items, in order; raises what `Node.submit` raises.

        A request that is given up cancels its own future and nothing else: what the recorder works
        on is recorded all the same.
        """
        waiting: asyncio.Future[list[ItemVerdict]] = asyncio.get_running_loop().create_future()
        self.hand_in(items, waiting)
        return waiting

    def hand_in(self, items: Sequence[Pushed], waiting: Waiting) -> None:
        """As `record`, for what waits in another way than by a future."""
        loop = asyncio.get_running_loop()
        if len(items) > _MANY:
            self._hand_over(loop, [(items, waiting)])
            return
        if not self._parts:
            # By then every request that was readable in this turn has been read.
            loop.call_soon(self._hand_over_all, loop)
        self._parts.append((items, waiting))

    def _hand_over_all(self, loop: asyncio.AbstractEventLoop) -> None:
        parts, self._parts = self._parts, []
        self._hand_over(loop, parts)

    def _hand_over(self, loop: asyncio.AbstractEventLoop, parts: Sequence[_Part]) -> None:
        try:
            future = self._node.submit([item for items, _ in parts for item in items])
        except BusyError as error:
            if len(parts) == 1:
                _fail(parts, error)
                return
            for part in parts:  # together they are too many; each by itself may not be
                self._hand_over(loop, [part])
        except Exception as error:  # it belongs to those who asked
            _fail(parts, error)
        else:
            future.add_done_callback(
                lambda done: loop.call_soon_threadsafe(_answer, parts, done)  # in the recorder
            )


def _answer(parts: Sequence[_Part], done: Future[list[ItemVerdict]]) -> None:
    error = done.exception()
    if error is not None:
        _fail(parts, error)
        return
    verdicts, start = done.result(), 0
    for items, waiting in parts:
        end = start + len(items)
        if not waiting.done():
            waiting.set_result(verdicts[start:end])
        start = end


def _fail(parts: Sequence[_Part], error: BaseException) -> None:
    for _, waiting in parts:
        if not waiting.done():
            waiting.set_exception(error)
