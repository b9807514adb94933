"""Which keys a signature is checked with: those the streams themselves announced."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from domain.signing_keys import KeyBook, Registration
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.keys import KeyFormatError, VerifierKey, cosigned_at
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
        key = _verifier(registration)
        if key is None or not registration.signs(size):
            continue
        for signature in signed.note.signatures:
            if (signature.name, signature.key_id) == (key.name, key.key_id):
                right = _is_signature(key, text, signature.value)
                return (Signed.RIGHTLY, signature) if right else (Signed.WRONGLY, None)
    return Signed.UNKNOWN, None


def is_of_stream(signed: SignedCheckpoint, book: KeyBook, origin: UUID) -> bool:
    """Whether any key that the stream ever announced signed it: what was kept while a key was good
    stays signed when the key has ended."""
    values = {(one.name, one.key_id): one.value for one in signed.note.signatures}
    keys = filter(None, (_verifier(one) for one in book.of_stream(origin)))
    return any(
        (value := values.get((key.name, key.key_id))) is not None
        and key.is_signature_of(signed.note.text, value)
        for key in keys
    )


def cosignatures(
    signed: SignedCheckpoint, cosigners: Iterable[Registration]
) -> list[tuple[Registration, Signature, int]]:
    """The cosignatures that are right, whose they are, and when they were given (POSIX seconds)."""
    found: list[tuple[Registration, Signature, int]] = []
    by_key = {
        (key.name, key.key_id): (key, one)
        for one in cosigners
        if (key := _verifier(one)) is not None
    }
    for signature in signed.note.signatures:
        known = by_key.get((signature.name, signature.key_id))
        if known is None:
            continue
        key, registration = known
        at = cosigned_at(signature.value)
        if at is not None and _is_signature(key, signed.note.text, signature.value):
            found.append((registration, signature, at))
    return found


@lru_cache(maxsize=8_192)
def _is_signature(key: VerifierKey, text: str, value: bytes) -> bool:
    """Remembered: a checkpoint that waits for its events is looked at again and again, and one that
    is handed on was checked when it came."""
    return key.is_signature_of(text, value)


def _verifier(registration: Registration) -> VerifierKey | None:
    return _parsed(registration.vkey)


@lru_cache(maxsize=32_768)
def _parsed(vkey: str) -> VerifierKey | None:
    """A key that another program recorded may be of a kind that is not used here."""
    try:
        return VerifierKey.parse(vkey)
    except KeyFormatError:
        return None
