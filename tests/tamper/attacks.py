"""What somebody with the database in his hands can do to it, by SQL and with the node's own keys.

Each attack spoils one stream in the files of one stopped node. `careful` forgers make the bytes fit
the place where they put them, so that only hashes tell.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

import orjson

from contracts.canonical import canonical
from contracts.envelope import SOURCE_PREFIX
from services.node.ledger.checkpoint import Checkpoint, SignedCheckpoint
from services.node.ledger.names import origin_name
from services.node.ledger.note import Note
from services.node.ledger.tree import Frontier, leaf_hash
from services.node.notary.keyring import load_keyring

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTES: Final = "SELECT state FROM stored_events WHERE originator_id = ? AND originator_version = ?"
_SET: Final = (
    "UPDATE stored_events SET state = ? WHERE originator_id = ? AND originator_version = ?"
)
_DELETE: Final = "DELETE FROM stored_events WHERE originator_id = ? AND originator_version"
_FAR: Final = 100_000


@dataclass
class Victim:
    """A stream in the files of a stopped node."""

    folder: Path
    """The node's."""
    untouched: Path
    """The same files as they were: what is copied from another stream is not spoilt itself."""
    node: str
    stream: UUID
    other: UUID
    """Another stream that it holds."""
    size: int
    number: int
    """The event to be spoilt."""
    chance: Random

    @contextmanager
    def log(self) -> Iterator[sqlite3.Connection]:
        with self._open("log.db") as connection:
            yield connection

    @contextmanager
    def _open(self, name: str, folder: Path | None = None) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect((folder or self.folder) / name)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def raw(self, number: int) -> bytes:
        with self.log() as log:
            (found,) = log.execute(_BYTES, (self.stream.hex, number)).fetchone()
        return bytes(found)

    def replayed(self) -> bytes:
        """An event of the other stream, as it was recorded there."""
        number = min(self.number, 300)  # every stream has so many
        with self._open("log.db", self.untouched) as log:
            (found,) = log.execute(_BYTES, (self.other.hex, number)).fetchone()
        return bytes(found)

    def put(self, number: int, raw: bytes) -> None:
        with self.log() as log:
            assert log.execute(_SET, (raw, self.stream.hex, number)).rowcount == 1

    def change(self, number: int) -> None:
        """Another account in an event, which stays a good envelope."""
        self.put(number, edited(self.raw(number), actor_account=f"x{number}"))

    def shift(self, start: int, by: int) -> None:
        """Renumber all events from one on, in their rows and in their bytes."""
        step = -1 if by > 0 else 1
        numbers = range(start, self.size + 1)[::step]
        with self.log() as log:
            for number in numbers:
                (raw,) = log.execute(_BYTES, (self.stream.hex, number)).fetchone()
                log.execute(
                    "UPDATE stored_events SET originator_version = ?, state = ?"
                    " WHERE originator_id = ? AND originator_version = ?",
                    (number + by, at(bytes(raw), number + by), self.stream.hex, number),
                )

    def remove(self, where: str, number: int) -> None:
        with self.log() as log:
            statement = f"{_DELETE} {where} ?"
            assert log.execute(statement, (self.stream.hex, number)).rowcount > 0

    def append(self, number: int, raw: bytes) -> None:
        with self.log() as log:
            log.execute(
                "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
                " VALUES (?, ?, 'MeetingHeld', ?)",
                (self.stream.hex, number, raw),
            )

    def forget(self, *tables: str) -> None:
        with self._open("state.db") as state:
            for table in tables:
                state.execute(f"DELETE FROM {table} WHERE origin = ?", (self.stream.hex,))  # noqa: S608 # names of this module

    def checkpoints(self) -> list[int]:
        with self._open("state.db") as state:
            rows = state.execute(
                "SELECT size FROM ledger_checkpoints WHERE origin = ? ORDER BY size",
                (self.stream.hex,),
            ).fetchall()
        return [row[0] for row in rows]

    def sign(self, size: int, root: bytes) -> None:
        """Put a checkpoint in the place of one, signed with the node's own key under the stream's
        name: right for its own streams, a forgery for others."""
        keyring = load_keyring(self.folder, self.node)
        assert keyring is not None
        checkpoint = Checkpoint(origin_name(self.stream), size, root)
        text = checkpoint.text()
        note = Note(text, (keyring.for_origin(self.stream).sign(text),))
        signed = SignedCheckpoint(checkpoint, note)
        with self._open("state.db") as state:
            done = state.execute(
                "UPDATE ledger_checkpoints SET root = ?, note = ? WHERE origin = ? AND size = ?",
                (root, signed.note.encode(), self.stream.hex, size),
            )
            assert done.rowcount == 1

    def root(self, size: int) -> bytes:
        """Of the stream as it stands in the log now."""
        tree = Frontier()
        tree.extend(leaf_hash(self.raw(number)) for number in range(1, size + 1))
        return tree.root()


def edited(raw: bytes, **data: Any) -> bytes:
    """An event with other data, as canonical as before."""
    event = orjson.loads(raw)
    return canonical({**event, "data": {**event["data"], **data}})


def at(raw: bytes, number: int, stream: UUID | None = None) -> bytes:
    """An event as if it stood under another number, or in another stream."""
    event = orjson.loads(raw)
    event["sequence"] = f"{number:0{len(event['sequence'])}d}"
    if stream is not None:
        event["source"] = f"{SOURCE_PREFIX}{stream}"
    return canonical(event)


def garble(v: Victim) -> None:
    raw = bytearray(v.raw(v.number))
    raw[v.chance.randrange(len(raw))] ^= 1 << v.chance.randrange(8)
    v.put(v.number, bytes(raw))


def close_up(v: Victim) -> None:
    v.remove("=", v.number)
    v.shift(v.number + 1, -1)


def insert(v: Victim) -> None:
    forged = at(edited(v.raw(v.number), actor_account="inserted"), v.number)
    v.shift(v.number, 1)
    v.append(v.number, forged)


def swap(v: Victim) -> None:
    one, other = v.raw(v.number), v.raw(v.number + 1)
    v.put(v.number, other)
    v.put(v.number + 1, one)


def swap_carefully(v: Victim) -> None:
    one, other = v.raw(v.number), v.raw(v.number + 1)
    v.put(v.number, at(other, v.number))
    v.put(v.number + 1, at(one, v.number + 1))


def renumber(v: Victim) -> None:
    with v.log() as log:
        log.execute(
            "UPDATE stored_events SET originator_version = ?"
            " WHERE originator_id = ? AND originator_version = ?",
            (_FAR, v.stream.hex, v.number),
        )


def replace_the_tail(v: Victim) -> None:
    for number in range(v.number, v.size + 1):
        v.change(number)


def replay(v: Victim) -> None:
    v.put(v.number, v.replayed())


def replay_carefully(v: Victim) -> None:
    v.put(v.number, at(v.replayed(), v.number, v.stream))


_TREE: Final = ("ledger_trees", "ledger_tiles")


def with_the_tree(v: Victim) -> None:
    v.change(v.number)
    v.forget(*_TREE)


def without_checkpoints(v: Victim) -> None:
    v.change(v.number)
    v.forget(*_TREE, "ledger_checkpoints")


def signed_anew(v: Victim) -> None:
    v.change(v.number)
    v.forget(*_TREE)
    for size in v.checkpoints():
        if size >= v.number:
            v.sign(size, v.root(size))


def false_checkpoint(v: Victim) -> None:
    v.sign(v.checkpoints()[-1], leaf_hash(b"another history"))


def invent(v: Victim) -> None:
    raw = at(edited(v.raw(v.size), actor_account="invented"), v.size + 1)
    event = orjson.loads(raw)
    v.append(v.size + 1, canonical({**event, "id": str(uuid5(v.stream, "invented"))}))


@dataclass(frozen=True)
class Attack:
    """One kind of edit."""

    name: str
    vi: str
    en: str
    do: Callable[[Victim], None]
    first: Callable[[Victim], int] = lambda v: v.number
    """The first event that is not what was recorded."""
    last: bool = True
    """Whether it can be done to the last event."""
    own: bool = True
    """Whether it is an attack on the node's own stream: to add to that is to record."""
    everywhere: bool = True
    """Whether it is another one at each event."""


ATTACKS: Final = (
    Attack("change", "sửa một trường", "change a field", lambda v: v.change(v.number)),
    Attack("garble", "đổi một bit", "flip a bit", garble),
    Attack("delete", "xóa", "delete", lambda v: v.remove("=", v.number)),
    Attack("close-up", "xóa và đánh số lại", "delete and renumber the rest", close_up),
    Attack("insert", "chèn và đánh số lại", "insert and renumber the rest", insert),
    Attack("swap", "đổi chỗ hai sự kiện", "swap two events", swap, last=False),
    Attack(
        "swap-careful",
        "đổi chỗ hai sự kiện, sửa số trong byte",
        "swap two events, numbers made to fit",
        swap_carefully,
        last=False,
    ),
    Attack("renumber", "đổi số", "renumber one", renumber),
    Attack("tail", "thay cả đoạn cuối", "replace the whole tail", replace_the_tail),
    Attack("cut", "cắt đoạn cuối", "cut the tail off", lambda v: v.remove(">=", v.number)),
    Attack("replay", "chép sự kiện của luồng khác", "replay another stream's event", replay),
    Attack(
        "replay-careful",
        "chép sự kiện của luồng khác, sửa nguồn và số",
        "replay another stream's event, source and number made to fit",
        replay_carefully,
    ),
    Attack("tree", "viết lại sự kiện và cây", "rewrite event and tree", with_the_tree),
    Attack(
        "unsigned",
        "viết lại sự kiện và cây, xóa điểm chốt",
        "rewrite event and tree, remove the checkpoints",
        without_checkpoints,
    ),
    Attack(
        "signed-anew",
        "viết lại tất cả, ký lại bằng khóa của nút",
        "rewrite everything, sign anew with the node's own key",
        signed_anew,
    ),
    Attack(
        "false-checkpoint",
        "thay điểm chốt, ký bằng khóa của nút",
        "replace the checkpoint, signed with the node's own key",
        false_checkpoint,
        first=lambda _: 0,
        everywhere=False,
    ),
    Attack(
        "invent",
        "thêm sự kiện giả vào cuối",
        "add an invented event behind the end",
        invent,
        first=lambda v: v.size + 1,
        own=False,
        everywhere=False,
    ),
)
