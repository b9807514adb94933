"""No carrier: for a node that no network joins to others, whose bundles are carried by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from services.node.errors import CarrierUnavailableError


class NoCarrier:
    """Carries nothing, and says so to whoever tries. A node that has it does not try."""

    def ensure_topics(self, topics: Sequence[str]) -> NoReturn:
        del topics
        _refuse()

    def sender(self) -> NoReturn:
        _refuse()

    def inbox(self, group: str, topics: Sequence[str]) -> NoReturn:
        del group, topics
        _refuse()

    def erase(self, raw: bytes, tombstone: bytes) -> None:
        """Nothing is kept."""

    def scrub(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is open."""


def _refuse() -> NoReturn:
    raise CarrierUnavailableError("this node exchanges bundles by hand (ANTQ_BY_HAND)")
