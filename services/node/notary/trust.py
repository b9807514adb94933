"""Which keys a signature is checked with: those the streams themselves announced."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from domain.signing_keys import KeyBook, Registration
from services.node.announcedkeys import verifier_of
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.keys import VerifierKey, cosigned_at
from services.node.ledger.note import Signature


class Signed(StrEnum):
    """What a stream's own signature beneath a checkpoint is worth."""

    RIGHTLY = "rightly"
    WRONGLY = "wrongly"
    """A key that the stream announced is named, and did not sign."""
    UNKNOWN = "unknown"
    """By no key that the stream has announced for a tree of that size, as far as known here."""


def own_signature(
    signed: SignedCheckpoint, book: KeyBook, origin: UUID
) -> tuple[Signed, Signature | None]:
    """Whether the stream's own key signed a checkpoint, and the signature."""
    size, text = signed.checkpoint.size, signed.note.text
    for registration in book.of_stream(origin):
        key = verifier_of(registration)
        if key is None or not registration.signs(size):
            continue
        for signature in signed.note.signatures:
            if (signature.name, signature.key_id) == (key.name, key.key_id):
                right = is_signature(key, text, signature.value)
                return (Signed.RIGHTLY, signature) if right else (Signed.WRONGLY, None)
    return Signed.UNKNOWN, None


def cosignatures(
    signed: SignedCheckpoint, cosigners: Iterable[Registration]
) -> list[tuple[Registration, Signature, int]]:
    """The cosignatures that are right, whose they are, and when they were given (POSIX seconds)."""
    found: list[tuple[Registration, Signature, int]] = []
    by_key = {
        (key.name, key.key_id): (key, one)
        for one in cosigners
        if (key := verifier_of(one)) is not None
    }
    for signature in signed.note.signatures:
        known = by_key.get((signature.name, signature.key_id))
        if known is None:
            continue
        key, registration = known
        at = cosigned_at(signature.value)
        if at is not None and is_signature(key, signed.note.text, signature.value):
            found.append((registration, signature, at))
    return found


@lru_cache(maxsize=8_192)
def is_signature(key: VerifierKey, text: str, value: bytes) -> bool:
    """Remembered: a checkpoint that waits for its events is looked at again and again, and one that
    is handed on was checked when it came."""
    return key.is_signature_of(text, value)
