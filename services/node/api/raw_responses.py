"""Answers that carry events as their exact bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from starlette.datastructures import URL
from starlette.responses import StreamingResponse

from services.node.api import media

OFFERED: Final = (media.BATCH_MEDIA_TYPE, media.NDJSON)
_PIECE_BYTES: Final = 128 * 1024


def stream_events(
    events: Iterable[bytes], media_type: str, headers: dict[str, str]
) -> StreamingResponse:
    """Events as a CloudEvents batch or as lines, each with the bytes that were recorded.

    If the store fails in the middle the connection breaks off: half an answer never looks whole.
    """
    write = _lines if media_type == media.NDJSON else _batch
    return StreamingResponse(_gathered(write(events)), media_type=media_type, headers=headers)


def _batch(events: Iterable[bytes]) -> Iterator[bytes]:
    before = b"["
    for event in events:
        yield before + event
        before = b","
    yield b"]" if before == b"," else b"[]"


def _lines(events: Iterable[bytes]) -> Iterator[bytes]:
    for event in events:
        yield event + b"\n"


def _gathered(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in larger pieces: handing over a piece costs more than an event is long."""
    gathered: list[bytes] = []
    size = 0
    for part in parts:
        gathered.append(part)
        size += len(part)
        if size >= _PIECE_BYTES:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)


def next_link(url: URL, **changes: str) -> dict[str, str]:
    """The `Link` header to the next page: the same question with other parameters."""
    target = url.include_query_params(**changes)
    query = f"?{target.query}" if target.query else ""
    return {"Link": f'<{target.path}{query}>; rel="next"'}
