"""What the nodes below seal of a load: the keys they announced, and checkpoints on their way up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from bench.happenings import Recorded
from bench.topics import Topic, forwarded, open_carrier
from contracts.control import CONTROL_KEY, Checkpoints, encode_checkpoints
from contracts.envelope import EVENT_MEDIA_TYPE
from domain.events import Record
from domain.signing_keys import KeyBook
from infra.backing import KafkaBacking
from services.node.carriers import Message
from services.node.ledger.checkpoint import Checkpoint, SignedCheckpoint
from services.node.ledger.keys import SigningKey
from services.node.ledger.names import origin_name
from services.node.ledger.note import Note
from services.node.ledger.tree import Frontier, leaf_hash

_NOTES_A_MESSAGE: Final = 200
SEAL_EVENTS: Final = 1_000
"""`seal_events`, as nodes are set by default."""


@dataclass(slots=True)
class Sealed:
    """A load with its checkpoints: each stream's after every `SEAL_EVENTS` of its events, and one
    at its end, so that everything is vouched for."""

    book: KeyBook
    keys: list[str]
    """Of each stream, as a folder lists them."""
    notes: list[SignedCheckpoint] = field(default_factory=list)


def sealed(load: Sequence[Recorded]) -> Sealed:
    """Seal a load. The first event of each stream stands for the one that announces its key."""
    keys: dict[UUID, SigningKey] = {}
    trees: dict[UUID, Frontier] = {}
    registrations: list[Record] = []
    notes: list[SignedCheckpoint] = []
    grown: set[UUID] = set()
    for event in load:
        if event.origin not in keys:
            key = keys[event.origin] = SigningKey.generate(origin_name(event.origin))
            trees[event.origin] = Frontier()
            registrations.append(_registration(event, str(key.verifier)))
        tree = trees[event.origin]
        tree.append(leaf_hash(event.raw))
        grown.add(event.origin)
        if tree.size % SEAL_EVENTS == 0:
            notes.append(_signed(keys[event.origin], event.origin, tree))
            grown.discard(event.origin)
    notes += [_signed(keys[one], one, trees[one]) for one in sorted(grown)]
    listed = [str(key.verifier) for key in keys.values()]
    return Sealed(KeyBook().with_records(registrations), listed, notes)


def _registration(event: Recorded, vkey: str) -> Record:
    return Record(
        event.event_id,
        "SigningKeyRegistered",
        str(event.origin),
        event.sequence,
        "",
        event.aggregate_id,
        "",
        {"vkey": vkey, "unit_id": str(event.origin)},
    )


def _signed(key: SigningKey, origin: UUID, tree: Frontier) -> SignedCheckpoint:
    checkpoint = Checkpoint(origin_name(origin), tree.size, tree.root())
    text = checkpoint.text()
    return SignedCheckpoint(checkpoint, Note(text, (key.sign(text),)))


def forwarded_with(
    broker: KafkaBacking, load: Sequence[Recorded], notes: Sequence[SignedCheckpoint]
) -> Topic:
    """A topic as a forwarder fills it, with these checkpoints behind the events."""
    topic = forwarded(broker, load)
    carrier = open_carrier(broker)
    sender = carrier.sender()
    shown = [
        Message(topic.name, CONTROL_KEY, message, EVENT_MEDIA_TYPE)
        for message in messages([note.note.encode() for note in notes])
    ]
    sender.send(shown)
    sender.close()
    carrier.close()
    return Topic(topic.name, topic.events, topic.records + len(shown))


def messages(notes: Sequence[bytes]) -> list[bytes]:
    """The messages that carry encoded checkpoints."""
    return [
        encode_checkpoints(
            Checkpoints("bench-below", notes[start : start + _NOTES_A_MESSAGE]),
            message_id=uuid4(),
            now=datetime.now(UTC),
        )
        for start in range(0, len(notes), _NOTES_A_MESSAGE)
    ]
