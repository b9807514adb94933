"""Dealing out the log by aggregate, into files that a partition is read from.

A slice of the log becomes one file with a section for each partition: each event as its position,
its aggregate and its exact bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import Final
from zlib import crc32

import orjson

from services.node.eventlog import EventLog
from services.node.rebuilding.builds import Build
from services.node.rebuilding.sections import read_section, write_sections

_PAGE: Final = 2_000
_HEAD: Final = Struct(">QIH")
"""Position, length of the event's bytes and of its aggregate's identifier, before the two."""
_TAIL: Final = re.compile(
    rb'"specversion":"1\.0","subject":"([0-9a-f-]{36})","time":"[^"\\]{1,40}","type":"[^"\\]{1,120}"\}'
)
_TAIL_START: Final = b'"specversion":"1.0","subject":"'


def aggregate_of(raw: bytes) -> bytes:
    """The aggregate that an event is about, without reading the event.

    Canonical bytes end with the envelope's last members. They stand at the top level and nowhere
    else, because what is behind them is the end of the object; of members of one name the last
    counts. Bytes of any other form are read as a whole.
    """
    found = _TAIL.fullmatch(raw, raw.rfind(_TAIL_START))
    if found is not None:
        return found[1]
    subject: str = orjson.loads(raw)["subject"]
    return subject.encode()


def slice_file(folder: Path, after: int) -> Path:
    """The file of the slice behind a position."""
    return folder / f"slice-{after}"


def route(log: EventLog, build: Build, folder: Path, after: int) -> None:
    """Deal out the slice behind `after`, unless that is done.

    Raises StoreUnavailableError, OSError.
    """
    path = slice_file(folder, after)
    if path.exists():
        return
    count, end = build.partitions, build.slice_end(after)
    parts: list[list[bytes]] = [[] for _ in range(count)]
    position = after
    while position < end and (page := log.read_bytes(position, min(_PAGE, end - position))):
        for position, raw in page:  # goes on behind the last of the page
            if position > end:
                break
            key = aggregate_of(raw)
            head = _HEAD.pack(position, len(raw), len(key))
            parts[crc32(key) % count] += (head, key, raw)
    write_sections(path, [b"".join(part) for part in parts])


def routed(build: Build, folder: Path, partition: int) -> Iterator[tuple[bytes, int, bytes]]:
    """Aggregate, position and exact bytes of every event of a partition, in the order of the log.

    Raises OSError.
    """
    size = _HEAD.size
    for after in build.slices:
        block = read_section(slice_file(folder, after), partition, build.partitions)
        start = 0
        while start < len(block):
            position, length, key_length = _HEAD.unpack_from(block, start)
            begin = start + size + key_length
            yield block[start + size : begin], position, block[begin : begin + length]
            start = begin + length
