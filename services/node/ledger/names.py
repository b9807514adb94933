"""Names of logs and keys: without a scheme, as C2SP advises, and never used for two things.

antq-sync/origin/<uuid>    the log of an origin, and the key that signs its checkpoints
antq-sync/node/<name>      the key with which a node cosigns others' checkpoints
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from services.node.ledger.note import NoteError

ORIGIN_PREFIX: Final = "antq-sync/origin/"
NODE_PREFIX: Final = "antq-sync/node/"


def origin_name(origin: UUID) -> str:
    """The name of an origin's log and key."""
    return f"{ORIGIN_PREFIX}{origin}"


def node_name(node: str) -> str:
    """The name of a node's cosigning key."""
    return f"{NODE_PREFIX}{node}"


def origin_in(name: str) -> UUID:
    """The origin that a log's name names. Raises NoteError if it is no origin's."""
    try:
        origin = UUID(name.removeprefix(ORIGIN_PREFIX))
    except ValueError as error:
        raise NoteError(f"not the log of an origin: {name:.100}") from error
    if origin_name(origin) != name:
        raise NoteError(f"not the log of an origin: {name:.100}")
    return origin
