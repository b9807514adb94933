"""Ed25519 keys: of an origin, which signs its checkpoints, and of a node that cosigns others'.

One pair of keys has one use (C2SP tlog-cosignature): an origin's key signs notes as they are, a
cosigner's signs a checkpoint together with the time at which it was seen to be right.
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass, field
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.node.ledger.note import Signature, check_key_name, key_id

ED25519: Final = 0x01
"""The signature type of a plain Ed25519 signature."""
COSIGNATURE: Final = 0x04
"""The signature type of a timestamped Ed25519 cosignature."""

_PUBLIC_SIZE: Final = 32
_PRIVATE_PREFIX: Final = "PRIVATE+KEY+"
_TIME: Final = struct.Struct(">Q")
_MAX_TIME: Final = 2**63 - 1


class KeyFormatError(ValueError):
    """A text is no key of the kinds used here."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under its name: all that is needed to check its signatures."""

    name: str
    public_key: bytes
    """32 bytes."""
    kind: int = ED25519
    key_id: bytes = field(init=False, repr=False, compare=False)
    """Four bytes. A key is looked for by them beneath every checkpoint, so they are worked out
    once."""

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if self.kind not in (ED25519, COSIGNATURE) or len(self.public_key) != _PUBLIC_SIZE:
            raise KeyFormatError(f"not an Ed25519 key: {self.name}")
        object.__setattr__(self, "key_id", key_id(self.name, self.kind, self.public_key))

    def __str__(self) -> str:
        """As a vkey: name, key id and key, joined by plus signs."""
        encoded = base64.b64encode(bytes([self.kind]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a vkey. Raises KeyFormatError."""
        name, identity, material = _parts(text)
        try:
            key = cls(name, material[1:], material[0])
        except ValueError as error:
            raise KeyFormatError(str(error)) from error
        if key.key_id != identity:
            raise KeyFormatError(f"the key id of {name} does not belong to the key")
        return key

    def is_signature_of(self, text: str, value: bytes) -> bool:
        if self.kind == ED25519:
            return self._verifies(value, text.encode())
        time = cosigned_at(value)
        if time is None:
            return False
        return self._verifies(value[_TIME.size :], _cosigned(text, time))

    def _verifies(self, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key. It never shows itself: neither in a log nor in an error."""

    name: str
    seed: bytes = field(repr=False)
    """32 bytes; to whoever has them this key belongs."""
    kind: int = ED25519
    verifier: VerifierKey = field(init=False, repr=False, compare=False)
    """The public half. Working it out takes as long as signing, so it is done once."""
    _private: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if self.kind not in (ED25519, COSIGNATURE) or len(self.seed) != _PUBLIC_SIZE:
            raise KeyFormatError(f"not an Ed25519 key: {self.name}")
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        public = private.public_key().public_bytes_raw()
        object.__setattr__(self, "_private", private)
        object.__setattr__(self, "verifier", VerifierKey(self.name, public, self.kind))

    @classmethod
    def generate(cls, name: str, kind: int = ED25519) -> Self:
        """A new key."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw(), kind)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `export` gave. Raises KeyFormatError, which does not repeat the text."""
        if not text.startswith(_PRIVATE_PREFIX):
            raise KeyFormatError("not a private key")
        name, identity, material = _parts(text.removeprefix(_PRIVATE_PREFIX))
        try:
            key = cls(name, material[1:], material[0])
        except ValueError as error:
            raise KeyFormatError(f"not an Ed25519 key: {name}") from error
        if key.verifier.key_id != identity:
            raise KeyFormatError(f"the key id of {name} does not belong to the key")
        return key

    def export(self) -> str:
        """The private key as text, in the form that other tools for signed notes write."""
        encoded = base64.b64encode(bytes([self.kind]) + self.seed).decode()
        return f"{_PRIVATE_PREFIX}{self.name}+{self.verifier.key_id.hex()}+{encoded}"

    def sign(self, text: str) -> Signature:
        """Sign a note's text. Raises ValueError for a cosigner's key: it needs a time."""
        if self.kind != ED25519:
            raise ValueError("a cosigner's key signs checkpoints with the time only")
        return self._signature(self._sign(text.encode()))

    def cosign(self, text: str, time: int) -> Signature:
        """Cosign a checkpoint's text, seen to be right at `time` (POSIX seconds).

        Raises ValueError for a key that is no cosigner's, or a time that is none.
        """
        if self.kind != COSIGNATURE or not 0 <= time <= _MAX_TIME:
            raise ValueError("not a cosigner's key, or not a time")
        return self._signature(_TIME.pack(time) + self._sign(_cosigned(text, time)))

    def _sign(self, message: bytes) -> bytes:
        return self._private.sign(message)

    def _signature(self, value: bytes) -> Signature:
        return Signature(self.name, self.verifier.key_id, value)


def cosigned_at(value: bytes) -> int | None:
    """The POSIX time in a cosignature; None if it can hold none."""
    if len(value) <= _TIME.size:
        return None
    time: int = _TIME.unpack_from(value)[0]
    return time if time <= _MAX_TIME else None


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _parts(text: str) -> tuple[str, bytes, bytes]:
    """Name, key id and key. Base64 may hold plus signs, names may not."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise KeyFormatError("not a key: name, key id and key are not joined by plus signs")
    name, identity, encoded = parts
    try:
        material = base64.b64decode(encoded, validate=True)
        identity_bytes = bytes.fromhex(identity)
    except (binascii.Error, ValueError):
        raise KeyFormatError(f"the key of {name:.60} is not hexadecimal and base64") from None
    if not material:
        raise KeyFormatError(f"the key of {name:.60} is empty")
    return name, identity_bytes, material
