"""Reading what a carrier brought: runs of events, control messages, and what cannot be read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from contracts.control import (
    Alarms,
    Checkpoints,
    Heads,
    Ranges,
    decode_control,
    is_for_another,
)
from contracts.envelope import (
    BATCH_MEDIA_TYPE,
    EVENT_MEDIA_TYPE,
    MalformedEnvelopeError,
    Run,
    digest_of,
    format_time,
    from_parsed,
    read_run,
    split_batch,
)
from contracts.holdings import HoldingsAsked, HoldingsTold
from services.node.carriers import Delivery
from services.node.sorting import Arrival
from services.node.syncstate import Quarantined

_log = logging.getLogger(__name__)
SLICE_EVENTS: Final = 8_000
"""Of a part, at most: a tenth of a second on a quick machine; on a slower one it is made to fit.
Each part has the database and the reading thread wait for each other a few times."""
_SLICE_BYTES: Final = 12 * 2**20


@dataclass(slots=True)
class Arrived:
    """A part of what a poll brought, read."""

    runs: list[Arrival] = field(default_factory=list)
    heads: list[Heads] = field(default_factory=list)
    ranges: list[Ranges] = field(default_factory=list)
    shown: list[Checkpoints | Alarms] = field(default_factory=list)
    """For the notary."""
    asked: list[HoldingsAsked] = field(default_factory=list)
    told: list[HoldingsTold] = field(default_factory=list)
    unreadable: list[Quarantined] = field(default_factory=list)
    last: bool = True
    """Whether nothing of the poll follows it."""


class Reader:
    """Reads the deliveries of one receiver."""

    def __init__(self, name: str, node: str, now: Callable[[], datetime]) -> None:
        """`name`: the receiver's, for the log. `node`: this node, whose own requests for ranges
        come back to it on a shared topic."""
        self._name = name
        self._node = node
        self._now = now
        self.slice_events = SLICE_EVENTS
        """After how many events a part ends; whoever takes parts in may set it between them."""

    def read(self, deliveries: Iterable[Delivery]) -> Iterator[Arrived]:
        """What these hold, in their order, in parts that suit one transaction each; at least one.

        A part, and what it is made of, is read when it is asked for.
        """
        arrived, events, size = Arrived(last=False), 0, 0
        for delivery in deliveries:
            if events >= self.slice_events or size >= _SLICE_BYTES:
                yield arrived
                arrived, events, size = Arrived(last=False), 0, 0
            before = len(arrived.runs)
            try:
                self.read_one(delivery, arrived)
            except MalformedEnvelopeError as error:
                arrived.unreadable.append(self.quarantined(delivery, delivery.value, str(error)))
            events += sum(len(run.raws) for run, _ in arrived.runs[before:])
            size += len(delivery.value)
        arrived.last = True
        yield arrived

    def read_one(self, delivery: Delivery, arrived: Arrived) -> None:
        """Add what a delivery holds. Raises MalformedEnvelopeError if all of it is unreadable."""
        if is_for_another(delivery.content_type, self._node):
            return
        kind = delivery.content_type.partition(";")[0].strip().lower()
        if kind == BATCH_MEDIA_TYPE:
            self._read_batch(delivery, arrived)
        elif kind == EVENT_MEDIA_TYPE:
            control = decode_control(delivery.value)
            if isinstance(control, Heads):
                arrived.heads.append(control)
            elif isinstance(control, Checkpoints | Alarms):
                arrived.shown.append(control)
            elif isinstance(control, HoldingsTold):
                arrived.told.append(control)
            elif control.node == self._node:
                return  # what this node itself has asked for, on a topic that it shares
            elif isinstance(control, HoldingsAsked):
                arrived.asked.append(control)
            else:
                arrived.ranges.append(control)
        else:
            raise MalformedEnvelopeError(f"unknown content type: {delivery.content_type!r}")

    def _read_batch(self, delivery: Delivery, arrived: Arrived) -> None:
        run = read_run(delivery.value)
        if run is not None:
            arrived.runs.append((run, delivery.place))
            return
        for parsed, raw in split_batch(delivery.value):
            try:
                envelope = from_parsed(parsed, raw)
            except MalformedEnvelopeError as error:
                # Its neighbours are not to blame. The hole it leaves is asked for again.
                arrived.unreadable.append(self.quarantined(delivery, raw, str(error)))
            else:
                arrived.runs.append((Run(envelope, [envelope.type], [raw]), delivery.place))

    def quarantined(self, delivery: Delivery, raw: bytes, reason: str) -> Quarantined:
        """The form in which bytes are kept that cannot be taken in; also says so in the log."""
        _log.error("%s: quarantined %s: %s", self._name, delivery.place, reason)
        return Quarantined(
            digest_of(raw),
            delivery.topic,
            delivery.place,
            _text(delivery.content_type),
            _text(reason),
            raw,
            format_time(self._now()),
            1,
            None,
        )


def _text(value: str) -> str:
    """Text that somebody else sent, in a form and length that every database keeps."""
    return value.replace("\x00", "\ufffd")[:500]
