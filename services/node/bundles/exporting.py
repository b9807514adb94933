"""Writing a bundle: what the other side is not known to hold, straight from the log.

It is written as it is read, so its size in memory does not depend on what it holds, and the same
log gives the same content: streams in the order of their ids, each in the order of its numbers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import count, islice
from typing import Final
from uuid import UUID

from contracts.canonical import canonical
from contracts.control import (
    Checkpoints,
    Heads,
    Range,
    Ranges,
    encode_asked,
    encode_checkpoints,
    encode_heads,
    encode_ranges,
    encode_told,
)
from contracts.envelope import MAX_SEQUENCE, format_time
from contracts.holdings import HoldingsAsked, HoldingsTold
from contracts.topics import is_node_name
from domain.events import derive_id
from domain.refusals import Text
from services.node.bundles.format import (
    CONTROL,
    EVENTS,
    FORMAT,
    HELD,
    HOLE,
    MANIFEST,
    VERSION,
    BundleError,
    Writer,
)
from services.node.bundles.peers import Peers, Says
from services.node.eventlog import EventLog
from services.node.origins import Origins
from services.node.recovery import Answers
from services.node.runs import batch_of, cut
from services.node.syncstate import Direction, SyncState
from services.node.trees.checkpoints import CheckpointStore

_log = logging.getLogger(__name__)
_PAGE: Final = 2_000
_HEADS_A_PART: Final = 2_000
_NOTES_A_PART: Final = 200


class Way(StrEnum):
    """Where a bundle is carried."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Order:
    """What a bundle is to hold."""

    way: Way
    to: str = ""
    """The node it is for; "": the parent, or every child."""
    origins: Sequence[UUID] = ()
    """Only these streams; none: all that go that way."""
    first: int | None = None
    """From this number on; None: from what the other side is not known to hold."""
    last: int | None = None
    """Through this number; None: through the head."""
    everything: bool = False
    """Also what the other side is known to hold."""
    new: bool = False
    """The node it is for has never sent anything here."""


@dataclass(frozen=True, slots=True)
class _Content:
    """What a bundle is made of, worked out before its first byte."""

    to: str
    heads: Mapping[UUID, int]
    """The streams that go that way, and how far each goes."""
    told: Sequence[HoldingsTold]
    """What is held of the streams of who asked for them after a loss."""
    spans: Sequence[Range]


class Exporter:
    """Writes bundles of one node. Any thread may use it."""

    def __init__(
        self,
        node: str,
        parent: str | None,
        log: EventLog,
        sync: SyncState,
        origins: Origins,
        peers: Peers,
        checkpoints: CheckpointStore,
        now: Callable[[], datetime],
        *,
        question: Callable[[], HoldingsAsked | None],
        answers: Answers,
    ) -> None:
        """`question`: what this node asks the one above after a loss. `answers`: to what nodes
        below asked."""
        self._node = node
        self._parent = parent
        self._log = log
        self._sync = sync
        self._origins = origins
        self._peers = peers
        self._checkpoints = checkpoints
        self._now = now
        self._question = question
        self._answers = answers

    def export(self, order: Order) -> Iterator[bytes]:
        """The bundle's bytes, part by part; what is refused is refused before the first.

        A stream that the log holds with a hole goes as far as the hole, and the bundle says so; the
        others are not to blame.

        Raises BundleError for an order that makes no sense here, StoreUnavailableError.
        """
        if order.to and order.to == self._parent:
            order = replace(order, way=Way.UP)
        to = self._addressee(order)
        heads = self._heads(order)
        down = order.way is Way.DOWN and bool(to)
        told, lacking = self._answers.kept(to) if down else ([], [])
        spans = self._spans(order, to, heads)
        if not order.origins:
            spans += lacking
        return self._parts(order, _Content(to, heads, told, spans))

    def _addressee(self, order: Order) -> str:
        if order.way is Way.UP and self._parent is None:
            raise _refused(
                "nút này không có cấp trên (ANTQ_PARENT)", "this node has no parent (ANTQ_PARENT)"
            )
        if order.way is Way.DOWN and order.to:
            self._check_child(order)
        if order.first is not None and len(order.origins) != 1:
            raise _refused("--first đi cùng đúng một --origin", "--first belongs to one --origin")
        if order.first is not None and (order.last or MAX_SEQUENCE) < order.first:
            raise _refused("đoạn kết thúc trước khi bắt đầu", "the range ends before it starts")
        return (self._parent or "") if order.way is Way.UP else order.to

    def _check_child(self, order: Order) -> None:
        """A name that was mistyped would make a bundle that nobody can import."""
        if order.to == self._node or not is_node_name(order.to):
            raise _refused(
                "tệp gửi xuống phải dành cho một nút bên dưới",
                "a bundle down is for a node below this one",
            )
        known = sorted({*self._peers.peers(Says.BRINGS), *self._peers.peers(Says.HOLDS)})
        known = [name for name in known if name != self._parent]
        if order.new or order.to in known:
            return
        named = ", ".join(known)
        raise _refused(
            f"chưa có gì từ {order.to} đến đây; đã biết các nút bên dưới: {named or 'chưa có'}. "
            "Nếu đó là nút mới: --new",
            f"nothing has come here from {order.to}; known below: {named or 'nobody'}. If it is a "
            "new node: --new",
        )

    def _heads(self, order: Order) -> dict[UUID, int]:
        """The streams that go that way, and how far each goes."""
        side = Direction.BELOW if order.way is Way.UP else Direction.ABOVE
        mine = self._origins.of({Direction.OWN, side})
        held = self._log.heads()
        heads = {origin: head for origin in sorted(mine) if (head := held.get(origin, 0))}
        for origin in order.origins:
            if origin not in heads:
                raise _refused(
                    f"nút này không gửi luồng {origin} theo hướng đó",
                    f"this node does not send the stream {origin} that way",
                )
        return heads

    def _spans(self, order: Order, to: str, heads: Mapping[UUID, int]) -> list[Range]:
        confirmed = {} if order.everything else self._confirmed(to)
        spans = []
        for origin in sorted(order.origins) or heads:
            first = order.first or min(confirmed.get(origin, 0), heads[origin]) + 1
            last = min(order.last or MAX_SEQUENCE, heads[origin])
            if first <= last:
                spans.append(Range(origin, first, last))
        return spans

    def _confirmed(self, to: str) -> Mapping[UUID, int]:
        """What the other side is known to hold; of all children together, what the last has."""
        if to:
            return self._peers.heads(to, Says.HOLDS)
        below = [peer for peer in self._peers.peers(Says.HOLDS) if peer != self._parent]
        told = [self._peers.heads(peer, Says.HOLDS) for peer in below]
        everywhere = set.intersection(*map(set, told)) if told else set()
        return {origin: min(heads[origin] for heads in told) for origin in everywhere}

    def _parts(self, order: Order, content: _Content) -> Iterator[bytes]:
        to, spans = content.to, content.spans
        writer = Writer()
        made_at = self._now()
        yield writer.part(
            MANIFEST,
            format=FORMAT,
            version=VERSION,
            way=order.way.value,
            sender=self._node,
            to=to,
            made_at=format_time(made_at),
            streams=len(spans),
            events=sum(span.last - span.first + 1 for span in spans),
        )
        for part in _pieces(self._theirs(order, to)):
            yield writer.part(HELD, canonical({str(o): head for o, head in part.items()}))
        for message in self._control(order, content, made_at):
            yield writer.part(CONTROL, message)
        for span in spans:
            yield from self._stream(writer, span)
        yield writer.end()

    def _control(self, order: Order, content: _Content, made_at: datetime) -> Iterator[bytes]:
        """What would go on a topic beside the events: heads, requests for what is missing, signed
        checkpoints. These are judged once the events are recorded, wherever they stand."""
        to, heads = content.to, content.heads
        ids = (derive_id("bundle", self._node, format_time(made_at), str(n)) for n in count())
        for told in content.told:
            yield encode_told(told, message_id=next(ids), now=made_at)
        asked = self._question() if order.way is Way.UP else None
        if asked is not None:
            yield encode_asked(asked, message_id=next(ids), now=made_at)
        for part in _pieces(heads):
            yield encode_heads(Heads(self._node, part), message_id=next(ids), now=made_at)
        missing = self._missing(order, to)
        for start in range(0, len(missing), _HEADS_A_PART):
            again = Ranges(self._node, missing[start : start + _HEADS_A_PART])
            yield encode_ranges(again, message_id=next(ids), now=made_at)
        notes = self._notes(order, to, heads)
        for start in range(0, len(notes), _NOTES_A_PART):
            shown = Checkpoints(self._node, notes[start : start + _NOTES_A_PART])
            yield encode_checkpoints(shown, message_id=next(ids), now=made_at)

    def _stream(self, writer: Writer, span: Range) -> Iterator[bytes]:
        following, origin = span.first, str(span.origin)
        while following <= span.last:
            upto = min(following + _PAGE - 1, span.last)
            page = self._log.read_stream(span.origin, following, upto)
            whole = [one for n, one in enumerate(page, start=following) if one.sequence == n]
            for piece in cut(whole) if whole else ():
                last = following + len(piece) - 1
                payload = batch_of(piece)
                yield writer.part(EVENTS, payload, origin=origin, first=following, last=last)
                following = last + 1
            if following <= upto:
                _log.critical("stream %s has a hole before its head", origin)
                yield writer.part(HOLE, origin=origin, first=following, last=span.last)
                return

    def _theirs(self, order: Order, to: str) -> Mapping[UUID, int]:
        """The streams that come from the other side, and how far they are held here.

        Of a child, those that its bundles brought: what its sisters record does not concern it. A
        bundle for all children therefore confirms nothing.
        """
        if order.way is Way.UP:
            origins: Iterable[UUID] = self._origins.of({Direction.ABOVE})
        else:
            origins = self._peers.heads(to, Says.BRINGS) if to else ()
        return {origin: self._origins.head(origin) for origin in sorted(origins)}

    def _missing(self, order: Order, to: str) -> list[Range]:
        """What is missing of the other side's streams: before what waits, and behind the head."""
        waiting = self._sync.waiting_counts()
        missing = []
        for origin, head in self._theirs(order, to).items():
            state = self._origins.state(origin)
            announced = 0 if state is None else state.announced
            last = waiting[origin][1] - 1 if origin in waiting else announced
            if last > head:
                missing.append(Range(origin, head + 1, last))
        return missing

    def _notes(self, order: Order, to: str, heads: Mapping[UUID, int]) -> list[bytes]:
        """The newest checkpoints of the streams that go that way, and, as receipts, of those that
        came from there."""
        wanted = {*heads, *self._theirs(order, to)}
        latest = self._checkpoints.all_latest()
        return [latest[origin].note.encode() for origin in sorted(wanted & latest.keys())]


def _pieces(heads: Mapping[UUID, int]) -> Iterator[dict[UUID, int]]:
    items = iter(heads.items())
    while part := dict(islice(items, _HEADS_A_PART)):
        yield part


def _refused(vi: str, en: str) -> BundleError:
    return BundleError(Text(vi, en))
