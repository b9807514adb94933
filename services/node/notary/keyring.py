"""The node's two private keys, as files in its data folder.

`keys/origin.key` signs the checkpoints of this node's own streams, under each stream's own name.
`keys/cosigner.key` cosigns those of others; C2SP asks that one key has one use. Whoever can read a
file can sign in the node's name, so files that others may read are refused.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from domain.refusals import Text
from services.node.errors import SettingsError
from services.node.ledger.keys import COSIGNATURE, ED25519, KeyFormatError, SigningKey
from services.node.ledger.names import node_name, origin_name

FOLDER: Final = "keys"
_ORIGIN: Final = "origin.key"
_COSIGNER: Final = "cosigner.key"
_OTHERS: Final = 0o077
NO_KEYS_YET: Final = Text(
    "nút chưa có khóa; chạy: antq keys init", "the node has no keys yet; run: antq keys init"
)


class KeysExistError(SettingsError):
    """The node has keys already; they are not written over."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Both keys. Neither shows itself in a log or an error."""

    own: SigningKey
    cosigner: SigningKey

    def for_origin(self, origin: UUID) -> SigningKey:
        """The key of a stream of this node: the same secret under the stream's name."""
        return SigningKey(origin_name(origin), self.own.seed)


def load_keyring(data_dir: Path, node: str) -> Keyring | None:
    """The keys of a node; None if it has none.

    Raises SettingsError if only one is there, or one can be read by others or not at all.
    """
    folder = data_dir / FOLDER
    files = folder / _ORIGIN, folder / _COSIGNER
    if not any(file.exists() for file in files):
        return None
    own, cosigner = (_read(file) for file in files)
    if own.kind != ED25519 or cosigner.kind != COSIGNATURE or cosigner.name != node_name(node):
        raise SettingsError(
            Text(
                f"khóa trong {folder} không phải của nút {node}",
                f"the keys in {folder} are not those of node {node}",
            )
        )
    return Keyring(own, cosigner)


def make_keyring(data_dir: Path, node: str) -> Keyring:
    """Make both keys and write them. Raises KeysExistError, SettingsError."""
    folder = data_dir / FOLDER
    keyring = Keyring(
        SigningKey.generate(node_name(node), ED25519),
        SigningKey.generate(node_name(node), COSIGNATURE),
    )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, key in ((_ORIGIN, keyring.own), (_COSIGNER, keyring.cosigner)):
            _write(folder / name, key)
    except FileExistsError as error:
        raise KeysExistError(
            Text(f"{folder} đã có khóa", f"{folder} holds keys already")
        ) from error
    except OSError as error:
        raise SettingsError(_unwritable(folder, error)) from error
    return keyring


def rotate_keyring(data_dir: Path, node: str) -> Keyring:
    """Put a new key for the own streams in the place of the old one, which is gone then.

    The running node reads its keys when it starts: it announces the new one in each stream before
    it signs with it. A crash in between leaves either the old file or the new one.

    Raises SettingsError.
    """
    held = load_keyring(data_dir, node)
    if held is None:
        raise SettingsError(NO_KEYS_YET)
    new = SigningKey.generate(node_name(node), ED25519)
    place = data_dir / FOLDER / _ORIGIN
    beside = place.with_suffix(".new")
    try:
        beside.unlink(missing_ok=True)
        _write(beside, new)
        beside.replace(place)
    except OSError as error:
        raise SettingsError(_unwritable(place, error)) from error
    return Keyring(new, held.cosigner)


def _write(file: Path, key: SigningKey) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(key.export() + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def _read(file: Path) -> SigningKey:
    try:
        if file.stat().st_mode & _OTHERS:
            raise SettingsError(
                Text(
                    f"người khác đọc được {file}; chạy: chmod 600 {file}",
                    f"others may read {file}; run: chmod 600 {file}",
                )
            )
        return SigningKey.parse(file.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        why = type(error).__name__
        raise SettingsError(
            Text(f"không đọc được {file}: {why}", f"{file} cannot be read: {why}")
        ) from error
    except KeyFormatError:
        raise SettingsError(
            Text(f"{file} không chứa khóa riêng", f"{file} holds no private key")
        ) from None


def _unwritable(place: Path, error: OSError) -> Text:
    why = type(error).__name__
    return Text(f"không ghi được {place}: {why}", f"{place} cannot be written: {why}")
