"""The player's side of the public API of one node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from contracts.envelope import BATCH_MEDIA_TYPE

_TIMEOUT: Final = httpx.Timeout(30.0, connect=2.0)


class NodeAway(Exception):  # noqa: N818 - it is not an error while a node starts
    """The node does not answer, or not yet with what was asked for."""


class Client:
    """One node. Every method raises NodeAway while the node does not answer."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT)

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def answers(self) -> bool:
        """Whether the process serves."""
        try:
            return self._get("/healthz").is_success
        except NodeAway:
            return False

    def records(self) -> bool:
        """Whether the node records: a new one first asks the one above whether it is new."""
        return bool(self.answer("/v1/recovery", {})["standing"] == "open")

    def push(self, events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The verdict of each event, in their order."""
        try:
            response = self._http.post(
                "/v1/events", json=list(events), headers={"Content-Type": BATCH_MEDIA_TYPE}
            )
        except httpx.TransportError as error:
            raise NodeAway(f"{self.name}: {error}") from error
        if response.status_code not in (200, 207):
            raise NodeAway(f"{self.name}: HTTP {response.status_code}: {response.text[:300]}")
        items: list[dict[str, Any]] = response.json()["items"]
        return items

    def heads(self) -> Mapping[str, int]:
        """Through which number each origin is held, once the figures are level with the log.

        Raises NodeAway while they are not.
        """
        answer = self.answer("/v1/sync", {})
        if answer["projected"] < answer["position"]:
            raise NodeAway(f"{self.name} is still folding")
        return {o["origin"]: o["received_through"] for o in answer["origins"]}

    def digest(self, event_id: str) -> str:
        """The digest of an event it holds. Raises NodeAway while it holds no such event."""
        response = self._get(f"/v1/events/{event_id}")
        if not response.is_success:
            raise NodeAway(f"{self.name} does not hold {event_id}")
        return str(response.headers["ETag"]).strip('"')

    def answer(self, path: str, query: Mapping[str, str]) -> Any:
        """The JSON that answers a question."""
        response = self._get(path, query)
        if not response.is_success:
            raise NodeAway(f"{self.name}: HTTP {response.status_code}: {response.text[:300]}")
        return response.json()

    def _get(self, path: str, query: Mapping[str, str] | None = None) -> httpx.Response:
        try:
            return self._http.get(path, params=dict(query or {}))
        except httpx.TransportError as error:
            raise NodeAway(f"{self.name}: {error}") from error
