"""Checkpoints that an auditor got another way than in the folder: receipts of a unit, notes that a
level above serves. They hold a store to what it has said to others, even if all of it was rewritten
and signed anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from domain.refusals import Text
from services.node.audit.findings import Finding
from services.node.audit.folder import Folder
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.names import node_name, origin_in, origin_name
from services.node.ledger.note import NoteError

Roots = Mapping[UUID, Mapping[int, Sequence[tuple[Folder, bytes]]]]
"""By stream and size: the roots that the events of each folder lead to."""


class Given:
    """The checkpoints, by stream and size."""

    def __init__(self, raws: Iterable[bytes]) -> None:
        """Raises NoteError for what is no checkpoint of a stream."""
        self._notes = [SignedCheckpoint.read(raw) for raw in raws]
        self._by_stream: dict[UUID, list[SignedCheckpoint]] = {}
        for signed in sorted(self._notes, key=lambda one: one.checkpoint.size):
            self._by_stream.setdefault(origin_in(signed.checkpoint.origin), []).append(signed)

    def __len__(self) -> int:
        return len(self._notes)

    def sizes(self, origin: UUID) -> tuple[int, ...]:
        """At which sizes a stream is to be compared."""
        return tuple(one.checkpoint.size for one in self._by_stream.get(origin, ()))

    def compare(self, folders: Sequence[Folder], roots: Roots) -> list[Finding]:
        """What the folders hold against what was signed: of each folder and stream the first
        contradiction."""
        found: list[Finding] = []
        for origin, notes in sorted(self._by_stream.items()):
            right = [one for one in notes if _is_signed(folders, origin, one)]
            if len(right) < len(notes):
                found.append(_unsigned(folders[0], origin))
            for folder in folders:
                found += _contradiction(folder, origin, right, roots)
        return found


def _is_signed(folders: Sequence[Folder], origin: UUID, signed: SignedCheckpoint) -> bool:
    """Whether a key that is believed has signed it: one that was given, or one that the events of
    some folder announce."""
    for folder in folders:
        try:
            if folder.believed.signatures(origin, signed):
                return True
        except NoteError:
            continue
    return False


def _contradiction(
    folder: Folder, origin: UUID, notes: Sequence[SignedCheckpoint], roots: Roots
) -> list[Finding]:
    held = folder.sizes.get(origin)
    agreeing = 0
    for signed in notes if held is not None else ():
        size = signed.checkpoint.size
        theirs = dict(roots.get(origin, {}).get(size, ()))
        if theirs.get(folder) == signed.checkpoint.root:
            agreeing = size
            continue
        if folder in theirs:
            code, first, last = "root-differs", agreeing + 1, size
            vi = f"không dẫn tới gốc ở cỡ {size} mà điểm chốt nhận qua đường khác đã ký"
            en = f"do not lead to the root of size {size} in a checkpoint got another way"
        elif held is not None and held < size and has_vouched(folder, origin, signed):
            code, first, last = "rolled-back", held + 1, size
            vi = "không có trong bộ hồ sơ, tuy điểm chốt nhận qua đường khác đã ký"
            en = "are not in the folder; a checkpoint got another way was signed for them"
        else:
            continue  # broken before it, which is told already; or it never came so far
        events = f"{first}–{last}" if last > first else f"{first}"
        return [
            Finding(
                code,
                Text(f"sự kiện {events}: {vi}", f"event {events}: {en}"),
                folder.name,
                origin,
                first,
                last if last > first else None,
            )
        ]
    return []


def has_vouched(folder: Folder, origin: UUID, signed: SignedCheckpoint) -> bool:
    """Whether the folder's own node signed or cosigned a checkpoint: then it has held the stream so
    far, and cannot hold less."""
    names = {node_name(folder.index.node)}
    own = origin_name(origin)
    if folder.believed.lists(own):
        names.add(own)  # it lists the key of the stream as its own: it is the recorder
    try:
        signatures = folder.believed.signatures(origin, signed)
    except NoteError:
        return False
    return any(one.key.name in names for one in signatures)


def _unsigned(folder: Folder, origin: UUID) -> Finding:
    return Finding(
        "checkpoint-unsigned",
        Text(
            "điểm chốt nhận qua đường khác không do khóa nào đã biết ký; nêu khóa bằng --key",
            "a checkpoint got another way is signed by no known key; name it with --key",
        ),
        folder.name,
        origin,
    )
