"""Asking a running node, for the commands that only read or trigger something there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, Final, NoReturn

import httpx
import orjson

from contracts.envelope import BATCH_MEDIA_TYPE, EVENT_MEDIA_TYPE
from services.node.cli.terminal import Terminal

_TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0)
_LONG: Final = httpx.Timeout(None, connect=5.0)
"""For files: a large one takes as long as it takes."""
_CHUNK: Final = 256 * 1024


class NodeClient:
    """The node's HTTP API. Whatever it cannot answer ends the command, saying why."""

    def __init__(self, client: httpx.Client, url: str, terminal: Terminal) -> None:
        self._client = client
        self._url = url
        self._terminal = terminal

    def get(self, path: str, **parameters: str | int) -> dict[str, Any]:
        """A JSON object."""
        return self._ask("GET", path, parameters)

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, **parameters: str | int
    ) -> dict[str, Any]:
        """The JSON object that answers a request, with or without a body."""
        return self._ask("POST", path, parameters, body)

    def push(self, event: dict[str, Any]) -> dict[str, Any]:
        """The verdict on one CloudEvent, which must be recorded or held."""
        return self._ask("POST", "/v1/events", {}, event, EVENT_MEDIA_TYPE)

    def push_all(self, events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The verdicts on these CloudEvents, in their order; `refused` ends the command with one
        that says no."""
        answer = self._ask("POST", "/v1/events", {}, list(events), BATCH_MEDIA_TYPE)
        items: list[dict[str, Any]] = answer["items"]
        return items

    def refused(self, problem: Mapping[str, Any]) -> NoReturn:
        """End the command with what a problem document says."""
        why, remedy = problem["detail"], problem.get("remedy", "")
        told = f"{why.rstrip('.')}. {remedy}".strip() if remedy else why
        self._terminal.fail(told, told)

    def download(self, path: str, parameters: Mapping[str, Any]) -> Iterator[bytes]:
        """A long answer, piece by piece."""
        try:
            with self._client.stream("GET", path, params=parameters, timeout=_LONG) as response:
                if not response.is_success:
                    response.read()
                    self._refused(response, _json(response))
                yield from response.iter_raw()
        except httpx.TransportError as error:
            self._no_answer(error)

    def upload(self, path: str, file: BinaryIO) -> dict[str, Any]:
        """The JSON object that answers a file, which is sent as it is read."""
        try:
            response = self._client.post(path, content=_chunks(file), timeout=_LONG)
        except httpx.TransportError as error:
            self._no_answer(error)
        body = _json(response)
        if response.is_success and isinstance(body, dict):
            return body
        return self._refused(response, body)

    def _no_answer(self, error: httpx.TransportError) -> NoReturn:
        self._terminal.fail(
            f"Nút {self._url} không trả lời: {error}. Kiểm tra --url và nút có đang chạy.",
            f"The node {self._url} does not answer: {error}. Look at --url and whether it runs.",
        )

    def _ask(
        self,
        method: str,
        path: str,
        parameters: dict[str, str | int],
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        media_type: str = "application/json",
    ) -> dict[str, Any]:
        terminal = self._terminal
        headers = {} if body is None else {"Content-Type": media_type}
        content = None if body is None else orjson.dumps(body)
        try:
            response = self._client.request(
                method, path, params=parameters, content=content, headers=headers
            )
            answer = response.json()
        except httpx.TransportError as error:
            self._no_answer(error)
        except ValueError:
            terminal.fail(
                f"{self._url} không phải một nút antq-sync.", f"{self._url} is no antq-sync node."
            )
        if response.is_success and isinstance(answer, dict):
            return answer
        return self._refused(response, answer)

    def _refused(self, response: httpx.Response, body: Any) -> NoReturn:
        told = body if isinstance(body, dict) else {}
        self.refused({"detail": response.reason_phrase, **told})


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


@contextmanager
def node_client(url: str, terminal: Terminal) -> Iterator[NodeClient]:
    """A client of the node at `url`."""
    headers = {"Accept-Language": terminal.language.value}
    with httpx.Client(base_url=url, timeout=_TIMEOUT, headers=headers) as client:
        yield NodeClient(client, url, terminal)
