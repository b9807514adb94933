"""Signed notes (C2SP signed-note): text with the signatures of one or more keys beneath it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final, Protocol

MAX_NOTE: Final = 64 * 1024
"""Bytes of a note that are still read."""
MAX_SIGNATURES: Final = 64
"""The format asks for 16 at least."""

_DASH: Final = "— "
_KEY_NAME: Final = re.compile(r"[^\s+]+")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteError(ValueError):
    """What was read is no signed note, or not one that a trusted key has signed."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature line."""

    name: str
    key_id: bytes
    """Four bytes."""
    value: bytes

    def line(self) -> str:
        """As it stands in a note, without the newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.value).decode()}"


@dataclass(frozen=True)
class Note:
    """A text and its signatures; nothing says yet that any of them is right."""

    text: str
    """With its final newline."""
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The note's bytes."""
        return self._encoded

    @cached_property
    def _encoded(self) -> bytes:
        """Worked out once: what is kept goes up and down too."""
        lines = "".join(f"{signature.line()}\n" for signature in self.signatures)
        return f"{self.text}\n{lines}".encode()

    def with_signatures(self, more: Iterable[Signature]) -> Note:
        """The same with further signatures; one that is there already is not repeated."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *more))))


class Verifier(Protocol):
    """A key that is trusted, by name."""

    @property
    def name(self) -> str:
        """The key's name, without spaces or plus signs."""

    @property
    def key_id(self) -> bytes:
        """Its four bytes."""

    def is_signature_of(self, text: str, value: bytes) -> bool:
        """Whether `value` is this key's signature of the text."""


def key_id(name: str, kind: int, public_key: bytes) -> bytes:
    """The four bytes that name a key beside its name (signed-note, "Signatures")."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:4]


def check_key_name(name: str) -> str:
    """The name itself. Raises ValueError if a key must not be called so."""
    if not _KEY_NAME.fullmatch(name):
        raise ValueError(f"not a key name: {name!r}")
    return name


def parse_note(raw: bytes) -> Note:
    """Read a note. Raises NoteError with what is wrong with it."""
    if len(raw) > MAX_NOTE:
        raise NoteError(f"longer than {MAX_NOTE} bytes")
    try:
        whole = raw.decode()
    except UnicodeDecodeError as error:
        raise NoteError(f"not UTF-8 at byte {error.start}") from error
    if _CONTROL.search(whole):
        raise NoteError("holds a control character")
    text, gap, rest = whole.rpartition("\n\n")
    if not gap or not rest.endswith("\n"):
        raise NoteError("has no signatures beneath an empty line")
    lines = rest[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"has more than {MAX_SIGNATURES} signatures")
    return Note(text + "\n", tuple(_signature(line) for line in lines))


def verified_by(note: Note, verifiers: Sequence[Verifier]) -> tuple[Verifier, ...]:
    """Those of the trusted keys that signed the note, in the note's order.

    Signatures of unknown keys are ignored. Raises NoteError if a known key's signature is wrong,
    or no known key has signed.
    """
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    found: dict[Verifier, None] = {}
    for signature in note.signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None:
            continue
        if not verifier.is_signature_of(note.text, signature.value):
            raise NoteError(f"the signature of {signature.name} is wrong")
        found[verifier] = None
    if not found:
        raise NoteError("no trusted key has signed it")
    return tuple(found)


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not _KEY_NAME.fullmatch(name):
        raise NoteError(f"not a signature line: {line:.80}")
    try:
        value = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise NoteError(f"the signature of {name} is not base64") from error
    if len(value) < 5:
        raise NoteError(f"the signature of {name} is cut off")
    return Signature(name, value[:4], value[4:])
