"""Reading a request's body, never more of it than is allowed."""

from __future__ import annotations

import zlib
from typing import Final

from starlette.types import Receive, Scope

from domain.refusals import Text
from services.node.api.problem_documents import ProblemError
from services.node.language import Language
from services.node.problems import (
    MALFORMED_JSON,
    REQUEST_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    problem,
)

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS


class DisconnectedError(Exception):
    """The client went away before its request was complete: nobody is there to be answered."""


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The body, decompressed.

    Raises ProblemError (too large, unknown encoding, damaged gzip) and DisconnectedError.
    """
    encoding, length = "identity", b""
    for name, value in reversed(scope["headers"]):  # of a header that stands twice the first
        if name == b"content-length":
            length = value
        elif name == b"content-encoding":
            encoding = value.decode("latin-1").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        raise ProblemError(
            problem(
                UNSUPPORTED_MEDIA_TYPE,
                Text(
                    "Content-Encoding chỉ nhận gzip hoặc không nén.",
                    "Content-Encoding may only be gzip or absent.",
                ),
                rule="RFC 9110",
                field="Content-Encoding",
            ),
            {"Accept-Encoding": "gzip"},
        )
    if length.isdigit() and int(length) > MAX_BODY_BYTES:
        raise _too_large()
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise _too_large()
        parts.append(part)
        more = message.get("more_body", False)
    raw = b"".join(parts)
    return raw if encoding in ("identity", "") or not raw else _unzip(raw)


def _unzip(raw: bytes) -> bytes:
    """Decompress, and stop as soon as the result is too large: a small body may hide a huge one."""
    parts: list[bytes] = []
    room = MAX_BODY_BYTES + 1
    while raw:
        member = zlib.decompressobj(_GZIP)
        try:
            part = member.decompress(raw, room)
        except zlib.error as error:
            raise _bad_gzip() from error
        room -= len(part)
        if room <= 0:
            raise _too_large()
        if not member.eof:
            raise _bad_gzip()
        parts.append(part)
        raw = member.unused_data
    return b"".join(parts)


def _bad_gzip() -> ProblemError:
    return ProblemError(
        problem(
            MALFORMED_JSON,
            Text(
                "Thân yêu cầu không phải gzip đầy đủ như Content-Encoding nêu.",
                "The body is not complete gzip as Content-Encoding says.",
            ),
            rule="RFC 1952",
            field="Content-Encoding",
        )
    )


def _too_large() -> ProblemError:
    return ProblemError(
        problem(
            REQUEST_TOO_LARGE,
            Text(
                f"Thân yêu cầu (sau khi giải nén) vượt "
                f"{Language.VI.number(MAX_BODY_BYTES)} byte; chưa ghi gì.",
                f"The body (decompressed) exceeds {MAX_BODY_BYTES:,} bytes; nothing was recorded.",
            ),
            rule="design: bounded requests",
            extra={"max_bytes": MAX_BODY_BYTES},
        )
    )
