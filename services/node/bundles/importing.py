"""Reading a bundle: all of it is checked before anything of it is taken in.

What is taken in goes through the receiver that the topics feed, in pieces, each durable before the
next: what was interrupted is imported again from the beginning, and what is held is recognised.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Final, Protocol
from uuid import UUID

import orjson

from contracts.control import Checkpoints, Heads, decode_control
from contracts.envelope import (
    BATCH_MEDIA_TYPE,
    EVENT_MEDIA_TYPE,
    MAX_SEQUENCE,
    MalformedEnvelopeError,
    from_parsed,
    read_run,
    split_batch,
)
from contracts.holdings import HoldingsAsked
from domain.refusals import Text
from services.node.bundles import format as form
from services.node.bundles.exporting import Way
from services.node.bundles.format import BundleError, Part, read_parts
from services.node.bundles.peers import Peers, Says
from services.node.carriers import Delivery
from services.node.errors import BusyError
from services.node.recovery import Answers
from services.node.takingin import CarriedIn

_PIECE_EVENTS: Final = 3_000
_PIECE_BYTES: Final = 4 * 2**20


class Takes(Protocol):
    """The receiver of one direction, as far as a bundle needs it."""

    topic: str

    def carry_in(self, deliveries: Sequence[Delivery]) -> CarriedIn:
        """Take in what these hold."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle holds that was found whole."""

    sender: str
    to: str
    """The node it is for; "": every child of the sender."""
    way: Way
    made_at: str
    streams: int
    events: int
    missing: int
    """Events that the sender's own log has lost."""
    checkpoints: int
    parts: int
    size: int
    """Of the file, in bytes."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a bundle."""

    contents: Contents
    taken: CarriedIn


def inspect(file: IO[bytes]) -> Contents:
    """Read all of a file and say what it holds. Raises BundleError with the first place that is
    not as it must be."""
    manifest: Part | None = None
    events = checkpoints = missing = 0
    streams: set[UUID] = set()
    for part in read_parts(file):
        match part.kind:
            case form.MANIFEST:
                manifest = part
                _check_manifest(part)
            case form.EVENTS:
                origin, count = _check_events(part)
                streams.add(origin)
                events += count
            case form.HOLE:
                origin, count = _hole(part)
                streams.add(origin)
                missing += count
            case form.CONTROL:
                control = _control(part)
                if isinstance(control, Checkpoints):
                    checkpoints += len(control.notes)
            case form.HELD:
                _held(part)
            case form.END:
                counts = (len(streams), events, missing, checkpoints)
                return _contents(manifest or part, part, *counts)
            case _:
                raise part.wrong("loại nội dung chưa biết", "its kind is not known")
    raise AssertionError("read_parts ends with the end or with an error")


@dataclass(slots=True)
class _Said:
    """What a bundle says of its sender."""

    brought: dict[UUID, int] = field(default_factory=dict)
    """The streams it brings, and how far each goes."""
    held: dict[UUID, int] = field(default_factory=dict)
    """What it has of the streams that go its way, and how far."""
    asked: HoldingsAsked | None = None
    """What it asks after a loss."""


class Importer:
    """Takes bundles in, one at a time."""

    def __init__(
        self,
        node: str,
        parent: str | None,
        receivers: Mapping[Way, Takes],
        peers: Peers,
        answers: Answers,
        heard_of: Callable[[Mapping[UUID, int]], None],
    ) -> None:
        """`receivers`: by the way a bundle came. `heard_of` is told how far the node above holds
        this node's streams."""
        self._node = node
        self._parent = parent
        self._receivers = receivers
        self._peers = peers
        self._answers = answers
        self._heard_of = heard_of
        self._busy = threading.Lock()

    def take(
        self, file: IO[bytes], name: str, progress: Callable[[int, int], None] | None = None
    ) -> Imported:
        """Check a bundle, then take it in. `file` can be read twice; `name` is for people.

        A crash in the middle leaves whole pieces in the log; importing it again goes on.
        Raises BundleError if it is damaged or not for this node (nothing was taken in), BusyError
        while another is imported, StoreUnavailableError in the middle.
        """
        if not self._busy.acquire(blocking=False):
            raise BusyError("another bundle is being imported")
        try:
            contents = inspect(file)
            receiver = self._receiver(contents)
            file.seek(0)
            taken = self._take(file, name, contents, receiver, progress)
        finally:
            self._busy.release()
        return Imported(contents, taken)

    def _receiver(self, contents: Contents) -> Takes:
        sender, to = contents.sender, contents.to
        for_us = (
            to == self._node
            if contents.way is Way.UP
            else sender == self._parent and to in ("", self._node)
        )
        receiver = self._receivers.get(contents.way)
        if not for_us or receiver is None:
            goes = to or f"*.{sender}"
            raise BundleError(
                Text(
                    f"tệp này do {sender} gửi cho {goes}, không phải cho nút {self._node}",
                    f"this file is from {sender} for {goes}, not for the node {self._node}",
                )
            )
        return receiver

    def _take(
        self,
        file: IO[bytes],
        name: str,
        contents: Contents,
        receiver: Takes,
        progress: Callable[[int, int], None] | None,
    ) -> CarriedIn:
        taken = CarriedIn()
        pending: list[Delivery] = []
        events = size = 0
        said = _Said()
        for part in read_parts(file):
            if part.kind == form.EVENTS:
                events += int(part.header["last"]) - int(part.header["first"]) + 1
            else:
                self._learn(part, contents, said)
            if part.kind in (form.EVENTS, form.CONTROL):
                pending.append(_delivery(part, receiver.topic, name))
                size += len(part.payload)
            if events >= _PIECE_EVENTS or size >= _PIECE_BYTES or part.kind == form.END:
                if pending:
                    taken += receiver.carry_in(pending)
                pending, events, size = [], 0, 0
                if progress is not None:
                    progress(part.offset, contents.size)
        sender, made_at = contents.sender, contents.made_at
        self._peers.learn(sender, Says.BRINGS, said.brought, made_at)
        if contents.way is Way.UP:
            # It names all that it holds from above: what it confirmed once and does not name, it
            # has lost.
            lost = self._peers.heads(sender, Says.HOLDS).keys() - said.held.keys()
            said.held.update(dict.fromkeys(lost, 0))
        self._peers.learn(sender, Says.HOLDS, said.held, made_at)
        if contents.way is Way.UP:
            # Whoever brings an old bundle again makes the next one answer an old question: it is
            # passed over there, and the bundle after it answers the new one.
            if said.asked is not None:
                self._answers.keep(said.asked, said.brought)
            else:
                self._answers.forget(sender)
        return taken

    def _learn(self, part: Part, contents: Contents, said: _Said) -> None:
        """What a part says besides events."""
        if part.kind == form.HELD:
            held = _held(part)
            said.held.update(held)
            if contents.way is Way.DOWN:
                self._heard_of(held)
        elif part.kind == form.CONTROL:
            control = _control(part)
            if isinstance(control, Heads):
                said.brought.update(control.heads)
            elif isinstance(control, HoldingsAsked):
                said.asked = control


def _delivery(part: Part, topic: str, name: str) -> Delivery:
    kind = BATCH_MEDIA_TYPE if part.kind == form.EVENTS else EVENT_MEDIA_TYPE
    place = f"{name}#{part.number}@{part.offset}"
    return Delivery(topic, str(part.header.get("origin", "")), part.payload, kind, place)


def _check_manifest(part: Part) -> None:
    names = [part.header.get("sender"), part.header.get("to"), part.header.get("made_at")]
    if part.header.get("way") not in tuple(Way) or not all(
        isinstance(name, str) and len(name) < 64 for name in names
    ):
        raise part.wrong("bản kê không đọc được", "the manifest cannot be read")


def _contents(
    manifest: Part, end: Part, streams: int, events: int, missing: int, checkpoints: int
) -> Contents:
    header = manifest.header
    if (header.get("streams"), header.get("events")) != (streams, events + missing):
        raise manifest.wrong(
            "bản kê không khớp với nội dung", "the manifest does not agree with what follows"
        )
    return Contents(
        sender=header["sender"],
        to=header["to"],
        way=Way(header["way"]),
        made_at=header["made_at"],
        streams=streams,
        events=events,
        missing=missing,
        checkpoints=checkpoints,
        parts=end.number,
        size=end.end,
    )


def _check_events(part: Part) -> tuple[UUID, int]:
    """The stream of which a part holds events, and how many; each of them can be read."""
    wrong = part.wrong("các sự kiện không đọc được", "its events cannot be read")
    try:
        origin = UUID(part.header["origin"])
        first, last = part.header["first"], part.header["last"]
        found = list(_numbers(part.payload))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise wrong from None
    if not isinstance(first, int) or not found:
        raise wrong
    if found != [(origin, number) for number in range(first, first + len(found))] or (
        found[-1][1] != last
    ):
        raise part.wrong(
            "các sự kiện không phải những sự kiện đã nêu", "its events are not those it names"
        )
    return origin, len(found)


def _hole(part: Part) -> tuple[UUID, int]:
    try:
        origin, first, last = part.header["origin"], part.header["first"], part.header["last"]
        if type(first) is int and type(last) is int and 1 <= first <= last <= MAX_SEQUENCE:
            return UUID(origin), last - first + 1
    except (KeyError, ValueError, AttributeError, TypeError):
        pass
    raise part.wrong("phần nêu chỗ thiếu không đọc được", "what is missing cannot be read")


def _numbers(payload: bytes) -> Iterator[tuple[UUID, int]]:
    """Origin and sequence of each event of a batch. Raises MalformedEnvelopeError."""
    run = read_run(payload)
    if run is not None:
        for sequence in range(run.head.sequence, run.last + 1):
            yield run.head.origin, sequence
        return
    for parsed, raw in split_batch(payload):
        envelope = from_parsed(parsed, raw)
        yield envelope.origin, envelope.sequence


def _control(part: Part) -> object:
    try:
        return decode_control(part.payload)
    except MalformedEnvelopeError:
        raise part.wrong("thông điệp không đọc được", "its message cannot be read") from None


def _held(part: Part) -> dict[UUID, int]:
    try:
        held = {UUID(origin): head for origin, head in orjson.loads(part.payload).items()}
        whole = all(type(head) is int and 0 <= head <= MAX_SEQUENCE for head in held.values())
    except (ValueError, AttributeError, TypeError):
        whole = False
    if not whole:
        raise part.wrong("danh sách đã nhận không đọc được", "its list of heads cannot be read")
    return held
