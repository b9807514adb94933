"""POST /v1/events: the one way in.

A bare ASGI endpoint in front of FastAPI's middlewares and routes (`openapi.DocumentedApp`): it is
the node's hottest path and reads every form of body itself; its description in the OpenAPI document
stands in `push_description`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from anyio import to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from services.node.api.bodies import DisconnectedError, read_body
from services.node.api.desk import Desk, Waiting
from services.node.api.failures import from_error
from services.node.api.intake import Item, read_request
from services.node.api.metrics import Metrics
from services.node.api.openapi import PUSH_PATH
from services.node.api.problem_documents import ProblemError, respond
from services.node.api.verdicts import answer, answer_one
from services.node.errors import FencedError, NodeError
from services.node.ingest import ItemVerdict, Outcome
from services.node.node import Node
from services.node.problems import Problem
from services.node.pushed import Pushed

INLINE_BYTES: Final = 32 * 1024
"""Longer bodies are parsed beside the event loop: checking 10,000 events takes half a second."""


class Taken(NamedTuple):
    """What became of a push of one event that was taken outside the app (`pushprotocol`). Stands in
    the request's state, under this class, for the app to answer."""

    verdicts: list[ItemVerdict] | None
    error: BaseException | None

    def result(self) -> list[ItemVerdict]:
        """The verdicts, or raises why there are none."""
        if self.verdicts is None:
            assert self.error is not None  # noqa: S101 # one of the two is there
            raise self.error
        return self.verdicts


class PushEndpoint:
    """Answers only after what it reports as recorded is durable.

    A client that hears nothing sends the same again: the node recognises what it has recorded.
    """

    path: Final = PUSH_PATH

    def __init__(self, node: Node, metrics: Metrics) -> None:
        self._metrics = metrics
        self._desk = Desk(node)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["endpoint"] = self  # its path names the route to what counts requests
        try:
            response = await self._respond(scope, receive)
        except DisconnectedError:
            return
        except ProblemError as error:
            self._count_refused(error.problem)
            response = respond(error.problem, scope, error.headers)
        except FencedError as error:  # of a batch, too, nothing was recorded: one answer for all
            self._count_refused(error.problem)
            response = respond(error.problem, scope)
        except NodeError as error:
            response = respond(from_error(error), scope)
        await response(scope, receive, send)

    def take(self, scope: Scope, body: bytes, waiting: Waiting) -> bool:
        """Begin to record a push of one event whose body is whole; `waiting` is told the verdict.

        False for what is refused as it stands: nothing was begun.
        """
        try:
            intake = read_request(scope["headers"], body)
        except Exception:  # the app comes upon it again, and says what it is
            return False
        content = intake.items[0].content
        if not isinstance(content, Pushed):
            return False
        self._desk.hand_in((content,), waiting)
        return True

    def count(self, verdicts: Sequence[ItemVerdict]) -> None:
        """These are answered."""
        self._metrics.verdicts(verdicts)

    def _count_refused(self, reason: Problem) -> None:
        self.count([ItemVerdict(Outcome.REFUSED, "", problem=reason)])

    async def _respond(self, scope: Scope, receive: Receive) -> ASGIApp:
        taken = scope["state"].get(Taken)
        if taken is not None:
            verdicts = taken.result()
            self.count(verdicts)
            return answer_one(verdicts[0], scope)
        body = await read_body(scope, receive)
        if len(body) <= INLINE_BYTES:
            intake = read_request(scope["headers"], body)
        else:
            intake = await to_thread.run_sync(read_request, scope["headers"], body)
        del body
        verdicts = await self._record(intake.items)
        self.count(verdicts)
        if len(verdicts) == 1:
            return answer(intake, verdicts, scope)
        return await to_thread.run_sync(answer, intake, verdicts, scope)

    async def _record(self, items: Sequence[Item]) -> list[ItemVerdict]:
        if len(items) == 1 and isinstance(content := items[0].content, Pushed):
            return await self._desk.record((content,))
        pushed = [item.content for item in items if isinstance(item.content, Pushed)]
        recorded = iter(await self._desk.record(pushed) if pushed else ())
        return [
            next(recorded)
            if isinstance(item.content, Pushed)
            else ItemVerdict(Outcome.REFUSED, item.event_id, problem=item.content)
            for item in items
        ]
