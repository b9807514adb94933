"""A node's log with signed and cosigned checkpoints, exported; and the hands of a forger."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from services.node.audit import layout
from services.node.audit.exporting import Exported, FolderExporter
from services.node.audit.findings import Report
from services.node.audit.layout import Index
from services.node.audit.verifying import verify
from services.node.database import Database
from services.node.eventlog import NewEvent, SQLiteEventLog
from services.node.ledger.checkpoint import Checkpoint, SignedCheckpoint
from services.node.ledger.keys import COSIGNATURE, SigningKey, VerifierKey
from services.node.ledger.names import node_name, origin_name
from services.node.ledger.note import Note
from services.node.ledger.tiles import WIDTH, Tile, decode_entries, encode_entries
from services.node.ledger.tree import Frontier, leaf_hash
from services.node.trees.checkpoints import CheckpointStore
from tests.node.sync.hierarchy import raw_event

LONG, SHORT = UUID(int=1), UUID(int=2)
SIZES = {LONG: 700, SHORT: 40}
SIGNED = {LONG: (100, 256, 300, 600), SHORT: (40,)}
KEYS = {
    LONG: SigningKey(origin_name(LONG), b"\x01" * 32),
    SHORT: SigningKey(origin_name(SHORT), b"\x02" * 32),
}
COSIGNER = SigningKey(node_name("province"), b"\x03" * 32, COSIGNATURE)
GIVEN: list[VerifierKey] = [*(key.verifier for key in KEYS.values()), COSIGNER.verifier]


@dataclass
class History:
    """What a node holds; a test may make it something else before it is exported."""

    streams: dict[UUID, list[bytes]] = field(
        default_factory=lambda: {
            origin: [raw_event(origin, number) for number in range(1, size + 1)]
            for origin, size in SIZES.items()
        }
    )
    notes: dict[UUID, list[SignedCheckpoint]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for origin, sizes in SIGNED.items():
            self.notes[origin] = [self.sign(origin, size) for size in sizes]

    def sign(self, origin: UUID, size: int, *, cosigned: bool = True) -> SignedCheckpoint:
        """A checkpoint of the stream as it is now."""
        tree = Frontier()
        tree.extend(leaf_hash(raw) for raw in self.streams[origin][:size])
        checkpoint = Checkpoint(origin_name(origin), size, tree.root())
        signatures = [KEYS[origin].sign(checkpoint.text())]
        if cosigned:
            signatures.append(COSIGNER.cosign(checkpoint.text(), 1_735_689_600))
        return SignedCheckpoint(checkpoint, Note(checkpoint.text(), tuple(signatures)))

    def export(self, folder: Path) -> Exported:
        """The audit folder of a node with this history."""
        work = folder.with_name(folder.name + "-node")
        work.mkdir()
        log, database = SQLiteEventLog(work / "log.db"), Database(f"sqlite:///{work}/state.db")
        store = CheckpointStore(database)
        store.create_tables()
        for origin, raws in self.streams.items():
            log.append([NewEvent(origin, n, "X", raw) for n, raw in enumerate(raws, start=1)])
        store.save([note for notes in self.notes.values() for note in notes])
        exported = FolderExporter(log, store).audit(
            folder,
            node="commune",
            level="commune",
            made_at="2025-01-01T00:00:00.000000Z",
            keys=[str(key) for key in GIVEN],
        )
        log.close()
        database.close()
        shutil.rmtree(work)
        return exported


def check(*folders: Path, given: Sequence[VerifierKey] = ()) -> Report:
    """Verify folders."""
    return verify(folders, given or GIVEN)


def log_file(folder: Path, origin: UUID, name: str) -> Path:
    """A file of a log in an audit folder."""
    return folder / layout.LOGS / str(origin) / name


def edit_entries(folder: Path, origin: UUID, edit: Mapping[int, Sequence[bytes]]) -> None:
    """Write other events in the place of some, by their numbers, into every bundle that has them:
    none deletes one, several insert."""
    size = next(
        s.size
        for s in Index.decode((folder / layout.INDEX).read_bytes()).streams
        if s.origin == origin
    )
    for number in range(-(-size // WIDTH)):
        for width in range(1, WIDTH + 1):
            file = log_file(folder, origin, Tile(None, number, width).path())
            if not file.exists():
                continue
            entries = decode_entries(file.read_bytes())
            first = number * WIDTH + 1
            changed = [
                raw
                for place, entry in enumerate(entries, start=first)
                for raw in edit.get(place, [entry])
            ]
            file.write_bytes(encode_entries(changed))
