"""Sending batches to a node until it has answered for every line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx
import orjson

from services.node.cli.pushing.reading import Item
from services.node.language import Language

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 10.0
_TIMEOUT: Final = httpx.Timeout(60.0, connect=5.0)
_NDJSON: Final = "application/x-ndjson"


class UnreachableError(Exception):
    """The node did not take the batch within the patience given; nothing more was sent.

    `answered`: whether it answered at last, and asked to send the same later.
    """

    def __init__(self, why: str, *, answered: bool = False) -> None:
        super().__init__(why)
        self.answered = answered


class RefusedRequestError(Exception):
    """The node refused the request as such, not its lines: a wrong address, another program."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one line."""

    item: Item
    outcome: str
    """ "recorded", "duplicate" or "refused"."""
    problem: Mapping[str, Any] | None
    """Of a refused line: the problem document (RFC 9457) that says why and what to do."""


class Sender:
    """Pushes to one node; asks again, ever more slowly, while it is busy or away."""

    def __init__(
        self,
        url: str,
        language: Language,
        *,
        patience: float,
        on_pause: Callable[[str, float], None],
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`patience`: seconds without an answer after which it gives up. `on_pause` is told why it
        waits, and how long at first; again when it waits for another reason."""
        self._client = httpx.Client(
            base_url=url,
            timeout=_TIMEOUT,
            transport=transport,
            headers={"Accept-Language": language.value},
        )
        self._patience = patience
        self._on_pause = on_pause
        self._sleep = sleep
        self._clock = clock

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def send(self, batch: Sequence[Item]) -> Iterator[Verdict]:
        """The verdict of every line, in their order.

        Raises UnreachableError or RefusedRequestError; whatever was recorded by then is recorded,
        and sending it again is answered as a duplicate.
        """
        response = self._answered(batch)
        if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and len(batch) > 1:
            middle = len(batch) // 2
            yield from self.send(batch[:middle])
            yield from self.send(batch[middle:])
            return
        body = _json(response)
        if response.status_code in (HTTPStatus.OK, HTTPStatus.MULTI_STATUS) and "items" in body:
            for item, answer in zip(batch, body["items"], strict=True):
                yield Verdict(item, answer["outcome"], answer.get("problem"))
        elif len(batch) == 1 and "code" in body:
            yield Verdict(batch[0], "refused", body)
        else:
            raise RefusedRequestError(_why(response, body))

    def _answered(self, batch: Sequence[Item]) -> httpx.Response:
        content = b"\n".join(item.raw for item in batch)
        pause, told = _FIRST_PAUSE, ""
        give_up = self._clock() + self._patience
        while True:
            wait, answered = pause, False
            try:
                response = self._client.post(
                    "/v1/events", content=content, headers={"Content-Type": _NDJSON}
                )
            except httpx.TransportError as error:
                reason = str(error) or type(error).__name__
            else:
                if not _try_again(response):
                    return response
                reason, answered = _why(response, _json(response)), True
                wait = max(wait, _retry_after(response))
            if self._clock() + wait > give_up:
                raise UnreachableError(reason, answered=answered)
            if reason != told:
                self._on_pause(reason, wait)
                told = reason
            self._sleep(wait)
            pause = min(pause * 2, _LONGEST_PAUSE)


def _try_again(response: httpx.Response) -> bool:
    """Whether the node asks for the same batch again: it is busy, or its store is away.

    Lines that were recorded all the same are answered as duplicates the next time.
    """
    if response.status_code in (
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    ):
        return True
    if response.status_code != HTTPStatus.MULTI_STATUS:
        return False
    return any(True for _ in _problems_to_wait_for(_json(response)))


def _problems_to_wait_for(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Of the lines that the node may take later."""
    for answer in body.get("items", ()):
        problem: Mapping[str, Any] = answer.get("problem") or {}
        if problem.get("status") == HTTPStatus.SERVICE_UNAVAILABLE:
            yield problem


def _retry_after(response: httpx.Response) -> float:
    text = response.headers.get("Retry-After", "")
    return min(float(text), _LONGEST_PAUSE) if text.isascii() and text.isdigit() else 0.0


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _why(response: httpx.Response, body: Mapping[str, Any]) -> str:
    waiting = next(_problems_to_wait_for(body), {})
    said = body.get("detail") or body.get("title") or waiting.get("detail")
    said = said or response.reason_phrase
    return f"HTTP {response.status_code}: {said}"
