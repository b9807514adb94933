"""A proof as a file (C2SP tlog-proof): that one event stands in an origin's signed tree."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.note import Verifier
from services.node.ledger.tree import HASH_SIZE, ProofError, check_inclusion, leaf_hash

_HEADER: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})")
_EXTRA: Final = "extra "
MAX_HASHES: Final = 64


@dataclass(frozen=True, slots=True)
class ProofFile:
    """Everything but the event and the keys that a check needs."""

    index: int
    """The leaf: the event's sequence less one."""
    hashes: tuple[bytes, ...]
    checkpoint: SignedCheckpoint
    extra: bytes = b""
    """Whatever goes with it. Nothing vouches for it."""

    def encode(self) -> bytes:
        """The file's bytes."""
        lines = [_HEADER]
        if self.extra:
            lines.append(_EXTRA + base64.b64encode(self.extra).decode())
        lines.append(f"index {self.index}")
        lines += (base64.b64encode(item).decode() for item in self.hashes)
        return "\n".join([*lines, "", ""]).encode() + self.checkpoint.note.encode()

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Read a file; `check` decides what it is worth. Raises ProofError, NoteError."""
        head, gap, note = raw.partition(b"\n\n")
        try:
            lines = head.decode().split("\n")
        except UnicodeDecodeError as error:
            raise ProofError(f"not UTF-8 at byte {error.start}") from error
        if not gap or lines.pop(0) != _HEADER:
            raise ProofError(f"does not begin with {_HEADER}")
        extra = b""
        if lines and lines[0].startswith(_EXTRA):
            extra = _decoded(lines.pop(0).removeprefix(_EXTRA))
        found = _INDEX.fullmatch(lines.pop(0)) if lines else None
        if found is None:
            raise ProofError("does not name the index of a leaf")
        if len(lines) > MAX_HASHES:
            raise ProofError(f"holds more than {MAX_HASHES} hashes")
        hashes = tuple(_decoded(line) for line in lines)
        if any(len(item) != HASH_SIZE for item in hashes):
            raise ProofError(f"a hash does not have {HASH_SIZE} bytes")
        return cls(int(found[1]), hashes, SignedCheckpoint.read(note), extra)

    def check(self, event: bytes, keys: Sequence[Verifier]) -> tuple[Verifier, ...]:
        """Those of the trusted keys that vouch for the event at this place.

        Raises ProofError if the event's bytes do not lead to the checkpoint, NoteError if no
        trusted key has signed that, or a trusted key's signature is wrong.
        """
        signed = self.checkpoint.signed_by(keys)
        tree = self.checkpoint.checkpoint
        check_inclusion(leaf_hash(event), self.index, tree.size, self.hashes, tree.root)
        return signed


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ProofError("a line is not base64") from error
