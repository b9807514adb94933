"""Carries bundles between the nodes, and has every accident that a person with a stick can have."""

from __future__ import annotations

import io
import random
from typing import Final

import pytest

from services.demo.nodes import NODES
from services.node.bundles import importing
from services.node.bundles.exporting import Order, Way
from services.node.bundles.format import BundleError
from tests.node.bundles.agencies import Agencies, Agency

_RATES: Final = {"lost": 0.1, "truncated": 0.2, "cut": 0.04, "late": 0.2, "again": 0.1}
"""How often each accident happens to a bundle. After a cut the node starts anew."""


class PowerCutError(Exception):
    """The machine stops in the middle of an import."""


class Courier:
    """One round brings a bundle along every link, up and then down."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        # Small pieces, so that also a small bundle can be cut in the middle.
        monkeypatch.setattr(importing, "_PIECE_EVENTS", 10)
        self._rng = random.Random(seed)
        self._kept: dict[tuple[str, str], list[bytes]] = {}
        self._brought: dict[tuple[str, str], bytes] = {}
        self.accidents = dict.fromkeys(_RATES, 0)

    def __call__(self, agencies: Agencies) -> None:
        children = [demo for demo in NODES.values() if demo.parent is not None]
        for child in reversed(children):  # the lowest first
            self._carry(agencies, child.name, str(child.parent), Order(Way.UP))
        for child in children:
            self._carry(
                agencies, str(child.parent), child.name, Order(Way.DOWN, child.name, new=True)
            )

    def _carry(self, agencies: Agencies, sender: str, receiver: str, order: Order) -> None:
        raw = b"".join(agencies.of[sender].node.exporter.export(order))
        if raw == self._brought.get((sender, receiver)):
            return  # not a byte of it is new, and nobody goes for that
        kept = self._kept.setdefault((sender, receiver), [])
        kept.append(raw)
        there = agencies.of[receiver]
        if self._happens("lost"):
            return
        if self._happens("truncated"):
            self._refused(there, raw[: self._rng.randrange(len(raw))])
        if self._happens("cut"):
            self._cut(there, raw)
        _bring(there, raw)
        self._brought[sender, receiver] = raw
        if self._happens("again"):
            _bring(there, raw)
        if self._happens("late"):
            _bring(there, self._rng.choice(kept))

    def _happens(self, what: str) -> bool:
        found = self._rng.random() < _RATES[what]
        self.accidents[what] += found
        return found

    def _refused(self, there: Agency, raw: bytes) -> None:
        before = there.node.log.position()
        with pytest.raises(BundleError):
            there.node.importer.take(io.BytesIO(raw), "cut off")
        assert there.node.log.position() == before

    def _cut(self, there: Agency, raw: bytes) -> None:
        """Stop in the middle, lose what is in memory, and start again."""
        pieces = self._rng.randrange(1, 4)

        def progress(_done: int, _of: int) -> None:
            nonlocal pieces
            pieces -= 1
            if not pieces:
                raise PowerCutError

        try:
            there.node.importer.take(io.BytesIO(raw), "interrupted", progress)
        except PowerCutError:
            there.restart()


def _bring(there: Agency, raw: bytes) -> None:
    taken = there.node.importer.take(io.BytesIO(raw), "carried").taken
    assert not [*taken.forked, *taken.damaged, *taken.reasons]
