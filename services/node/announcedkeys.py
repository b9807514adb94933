"""Keys that a stream has announced, as verifiers."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from domain.signing_keys import KeyBook, Registration
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.keys import KeyFormatError, VerifierKey


def verifier_of(registration: Registration) -> VerifierKey | None:
    """The key; None for one of a kind that is not used here, which another program recorded."""
    return _parsed(registration.vkey)


def is_of_stream(signed: SignedCheckpoint, book: KeyBook, origin: UUID) -> bool:
    """Whether any key that the stream ever announced signed it: what was kept while a key was good
    stays signed when the key has ended."""
    values = {(one.name, one.key_id): one.value for one in signed.note.signatures}
    keys = filter(None, (verifier_of(one) for one in book.of_stream(origin)))
    return any(
        (value := values.get((key.name, key.key_id))) is not None
        and key.is_signature_of(signed.note.text, value)
        for key in keys
    )


@lru_cache(maxsize=32_768)
def _parsed(vkey: str) -> VerifierKey | None:
    try:
        return VerifierKey.parse(vkey)
    except KeyFormatError:
        return None
