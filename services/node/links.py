"""The links of a node, up to its parent and down to its children: what each sends and hears.

Up and down are the same code: topics and directions are all that differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from contracts.control import (
    CONTROL_KEY,
    Alarms,
    Checkpoints,
    Heads,
    Range,
    Ranges,
    encode_asked,
    encode_told,
)
from contracts.holdings import HoldingsAsked, HoldingsTold
from contracts.topics import down_topic, up_topic
from domain.levels import Level
from services.node.bundles.peers import Peers
from services.node.carriers import Carrier
from services.node.eventlog import EventLog
from services.node.forwarder import Forwarder, Letter
from services.node.notary import Notary
from services.node.origins import Origins
from services.node.receiver import Receiver
from services.node.recovery import Answers, Recovery
from services.node.settings import Settings
from services.node.syncstate import Direction, SyncState

_QUIET_SECONDS: Final = 1.0
"""While small batches follow each other: how often cursors and offsets are kept, and how long after
the last of them its heads are announced."""


class Links:
    """The forwarders and receivers of a node."""

    def __init__(
        self,
        settings: Settings,
        level: Level,
        log: EventLog,
        sync: SyncState,
        origins: Origins,
        carrier: Carrier,
        notary: Notary,
        recovery: Recovery,
        answers: Answers,
        peers: Peers,
        now: Callable[[], datetime],
        *,
        wake: Callable[[], None],
        received: Callable[[int], None],
    ) -> None:
        """`wake` is called where something has come that others may have to act on, and before it
        `received` with the number of events, where they were recorded."""
        self._settings = settings
        self._log = log
        self._sync = sync
        self._origins = origins
        self._carrier = carrier
        self._notary = notary
        self._recovery = recovery
        self._answers = answers
        self._peers = peers
        self._now = now
        self._wake = wake
        self._received = received
        self.forwarders: list[Forwarder] = []
        self.receivers: list[Receiver] = []
        if settings.parent is not None:
            below = frozenset({Direction.OWN, Direction.BELOW})
            self._link(
                "up", up_topic(settings.parent), below, down_topic(settings.parent), Direction.ABOVE
            )
        if level != Level.COMMUNE:
            above = frozenset({Direction.OWN, Direction.ABOVE})
            self._link(
                "down", down_topic(settings.node), above, up_topic(settings.node), Direction.BELOW
            )

    def _link(
        self,
        name: str,
        out_topic: str,
        out_directions: frozenset[Direction],
        in_topic: str,
        in_direction: Direction,
    ) -> None:
        quiet = min(_QUIET_SECONDS, self._settings.announce_seconds / 5)
        forwarder = Forwarder(
            f"forward-{name}",
            self._settings.node,
            out_topic,
            out_directions,
            self._log,
            self._sync,
            self._origins,
            self._carrier,
            self._now,
            announce_seconds=self._settings.announce_seconds,
            quiet_seconds=quiet,
            checkpoints=self._notary.take_up if name == "up" else self._notary.take_down,
            alarms=self._notary.take_alarms if name == "up" else lambda: None,
            letters=self._questions if name == "up" else self._answers_due,
            lends=frozenset() if name == "up" else frozenset({Direction.BELOW}),
            # What goes up is repeated until it is confirmed.
            on_open=(lambda: None) if name == "up" else self._notary.asked_below,
        )

        def send_again(requests: Sequence[Ranges]) -> None:
            forwarder.send_again(requests)
            if name == "down" and not all(request.ranges for request in requests):
                self._notary.asked_below()
            self._wake()

        def ask(ranges: Sequence[Range]) -> None:
            forwarder.request(ranges)
            self._wake()

        def recorded(events: int) -> None:
            self._received(events)
            self._wake()

        receiver = Receiver(
            f"receive-{in_direction}",
            self._settings.node,
            in_topic,
            in_direction,
            self._log,
            self._sync,
            self._origins,
            self._carrier,
            self._now,
            ask=ask,
            send_again=send_again,
            on_recorded=recorded,
            retry_seconds=self._settings.announce_seconds,
            commit_seconds=quiet,
            show=self._show,
            hear=self._hear,
            holdings=self._hear_of_holdings,
            restoring=self._recovery if name == "up" else None,
        )
        self.forwarders.append(forwarder)
        self.receivers.append(receiver)

    def _hear_of_holdings(self, message: HoldingsAsked | HoldingsTold) -> None:
        if isinstance(message, HoldingsTold):
            self._recovery.told(message)
            return
        self._answers.asked(message)
        self._wake()

    def _show(self, message: Checkpoints | Alarms, direction: Direction) -> None:
        self._notary.show(message, direction)
        self._wake()

    def _hear(self, heads: Heads, at: str) -> None:
        if heads.node != self._settings.parent:
            self._peers.hear(heads.node, heads.heads, at)
            self._answers.brought(heads.node, heads.heads)

    def _questions(self) -> Sequence[Letter]:
        return [
            Letter(key, partial(encode_asked, asked)) for key, asked in self._recovery.questions()
        ]

    def _answers_due(self) -> Sequence[Letter]:
        return [
            Letter(CONTROL_KEY, partial(encode_told, told), to) for to, told in self._answers.due()
        ]
