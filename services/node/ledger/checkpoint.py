"""Checkpoints (C2SP tlog-checkpoint): what an origin's tree was at one size, signed."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from services.node.ledger.note import Note, NoteError, Verifier, parse_note, verified_by
from services.node.ledger.tree import HASH_SIZE

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a tree."""

    origin: str
    """The log's name, which is its key's name too."""
    size: int
    """How many leaves."""
    root: bytes
    """32 bytes."""

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def of(cls, note: Note) -> Self:
        """What a note says; nothing says yet that it is signed rightly. Raises NoteError.

        Extension lines are refused: nobody could audit them.
        """
        lines = note.text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise NoteError("a checkpoint has three lines: origin, size and root")
        origin, size, root = lines[:3]
        if not _SIZE.fullmatch(size):
            raise NoteError(f"not a size: {size:.30}")
        try:
            decoded = base64.b64decode(root, validate=True)
        except binascii.Error as error:
            raise NoteError("the root is not base64") from error
        if len(decoded) != HASH_SIZE:
            raise NoteError(f"the root has {len(decoded)} bytes, not {HASH_SIZE}")
        return cls(origin, int(size), decoded)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint with its signatures."""

    checkpoint: Checkpoint
    note: Note

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Read its form; `signed_by` checks the signatures. Raises NoteError."""
        note = parse_note(raw)
        return cls(Checkpoint.of(note), note)

    def signed_by(self, keys: Sequence[Verifier]) -> tuple[Verifier, ...]:
        """Those of the trusted keys that signed it. Raises NoteError as `note.verified_by` does."""
        return verified_by(self.note, keys)
