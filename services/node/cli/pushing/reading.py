"""The events of a file, one by one, with the number a person finds them by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import orjson

BATCH_EVENTS: Final = 1_000
BATCH_BYTES: Final = 8 * 2**20
"""Half of what a node takes in one request."""
_BOM: Final = b"\xef\xbb\xbf"
_LONGEST_LINE_TO_GUESS_FROM: Final = 2**20


class FileForm(StrEnum):
    """How a file holds its events."""

    LINES = "lines"
    """One JSON object a line (NDJSON, JSON Lines)."""
    ARRAY = "array"
    """One JSON array of objects."""
    ONE = "one"
    """One JSON object over several lines."""


@dataclass(frozen=True, slots=True)
class Item:
    """One event as it stands in the file."""

    number: int
    """Its line; in an array, its place from 1."""
    raw: bytes
    """Its bytes on one line, without the line break."""
    end: int
    """How much of the file, in bytes, is read after it."""


class UnreadableFileError(Exception):
    """The file holds no events that could be told apart; the message says where it broke off."""


def form_of(path: Path) -> FileForm:
    """How a file holds its events, told by its beginning. Raises OSError."""
    with path.open("rb") as file:
        start = file.readline(_LONGEST_LINE_TO_GUESS_FROM).removeprefix(_BOM).strip()
        while not start:
            line = file.readline(_LONGEST_LINE_TO_GUESS_FROM)
            if not line:
                return FileForm.LINES
            start = line.strip()
        further = bool(file.read(_LONGEST_LINE_TO_GUESS_FROM).strip())
    if start.startswith(b"["):
        return FileForm.ARRAY
    try:
        orjson.loads(start)
    except orjson.JSONDecodeError:
        # "{" alone on a line opens an object laid out over lines; anything else is a broken line,
        # which gets its own verdict while the others go on.
        laid_out = start.rstrip() == b"{" or start.rstrip().endswith((b",", b"{", b"["))
        return FileForm.ONE if further and start.startswith(b"{") and laid_out else FileForm.LINES
    return FileForm.LINES


def items_of(path: Path, form: FileForm) -> Iterator[Item]:
    """The events of a file. Raises OSError, UnreadableFileError."""
    if form is FileForm.LINES:
        yield from _lines(path)
        return
    raw = path.read_bytes()
    try:
        parsed = orjson.loads(raw.removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        raise UnreadableFileError(f"{error.lineno}:{error.colno}: {error.msg}") from error
    elements = parsed if form is FileForm.ARRAY else [parsed]
    for number, element in enumerate(elements, start=1):
        yield Item(number, orjson.dumps(element), len(raw) * number // len(elements))


def _lines(path: Path) -> Iterator[Item]:
    end = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            end += len(line)
            raw = line.removeprefix(_BOM).strip() if number == 1 else line.strip()
            if raw:
                yield Item(number, raw, end)


def batches(items: Iterable[Item]) -> Iterator[Sequence[Item]]:
    """Items in their order, as many together as one request should carry."""
    batch: list[Item] = []
    size = 0
    for item in items:
        if batch and (len(batch) == BATCH_EVENTS or size + len(item.raw) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.raw) + 1
    if batch:
        yield batch
