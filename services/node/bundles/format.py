"""The form of a bundle: gzip members, one a part, each naming the one before it.

A part is a line of JSON, the header, and behind it the payload. Its header holds the SHA-256 of the
bytes of the part before it, so that a change is found where it was made; the last part is written
in one way only, so nothing can hide there either. Any gzip program shows a bundle as text.

Whoever changes a bundle can also make the digests anew: they find damage. What a forger cannot make
anew are the checkpoints that origins signed.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Any, Final

import orjson

from contracts.canonical import canonical
from domain.refusals import Text
from services.node.errors import RefusedError

FORMAT: Final = "antq-bundle"
VERSION: Final = 1
MANIFEST: Final = "manifest"
EVENTS: Final = "events"
CONTROL: Final = "control"
HELD: Final = "held"
HOLE: Final = "hole"
"""Events that the sender should hold and does not: its log is damaged there."""
END: Final = "end"
MAX_PART: Final = 4 * 2**20
"""Bytes of a part, unpacked. Writers stay far below: a run of events has at most 0.6 MB."""

_MEMBER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""The header of every member: nothing in it may vary."""
_LEVEL: Final = 6
_TRAILER: Final = struct.Struct("<II")
_STORED: Final = struct.Struct("<BHH")
_CHUNK: Final = 256 * 1024
_SMALL: Final = 4_096
"""The last part is shorter; of it the bytes themselves are compared."""
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class BundleError(RefusedError):
    """A file is no bundle, or not a whole and unchanged one, or not one for this node."""

    def __init__(self, text: Text, part: int = 0, offset: int = 0) -> None:
        """`part`: its number, from 1 on; 0 if the whole file is meant. `offset`: bytes."""
        super().__init__(text.en)
        self.text = text
        self.part = part
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Part:
    """One part as it was read."""

    number: int
    """From 1 on."""
    offset: int
    """Where it begins in the file, in bytes."""
    end: int
    """Where the next one begins."""
    header: Mapping[str, Any]
    payload: bytes

    @property
    def kind(self) -> str:
        return str(self.header["kind"])

    def wrong(self, vi: str, en: str) -> BundleError:
        """The error that names this part."""
        return _at(self.number, self.offset, vi, en)


class Writer:
    """Makes the members of one bundle, in order."""

    def __init__(self) -> None:
        self._number = 0
        self._previous = sha256(b"").hexdigest()

    def part(self, kind: str, payload: bytes = b"", **fields: object) -> bytes:
        """The bytes of the next part."""
        self._number += 1
        content = _content(kind, self._number, self._previous, payload, fields)
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        member = _member(packer.compress(content) + packer.flush(), content)
        self._previous = sha256(member).hexdigest()
        return member

    def end(self) -> bytes:
        """The bytes of the last part."""
        return _end(self._number + 1, self._previous)


def read_parts(file: IO[bytes]) -> Iterator[Part]:
    """Every part from the manifest through the end, each bounded in size.

    Raises BundleError at the part that is damaged, if it is the last that was given or the one
    before: only who has read all of it knows that it is whole.
    """
    members = _Members(file)
    previous = sha256(b"").hexdigest()
    before: Part | None = None
    while True:
        number, offset = members.number + 1, members.offset
        content = members.read()
        part = _part(number, offset, members.offset, content)
        if part.header.get("previous") != previous:
            raise (before or part).wrong(
                "nội dung đã bị thay đổi (mã băm không khớp)",
                "it was altered (the digest does not match)",
            )
        if (before is None) != (part.kind == MANIFEST):
            raise part.wrong("bản kê không đứng đầu tệp", "the manifest is not where it must be")
        previous = members.digest
        if part.kind == END:
            if members.small != _end(number, str(part.header["previous"])):
                raise part.wrong("phần kết đã bị thay đổi", "the end was altered")
            if not members.at_end():
                raise _at(
                    number + 1,
                    members.offset,
                    "có dữ liệu lạ sau phần kết",
                    "something follows the end",
                )
            yield part
            return
        yield part
        before = part


class _Members:
    """Reads gzip members one by one, never more than `MAX_PART` bytes of one."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._ahead = b""
        self.offset = 0
        """Where the next one begins."""
        self.number = 0
        self.digest = ""
        """Of the last one's bytes."""
        self.small = b""
        """The last one's first bytes."""

    def at_end(self) -> bool:
        """Whether nothing follows."""
        self._ahead = self._ahead or self._file.read(_CHUNK)
        return not self._ahead

    def read(self) -> bytes:
        """What the next member holds. Raises BundleError."""
        self.number += 1
        hashed = sha256()
        length = 0
        small = b""

        def eat(raw: bytes) -> None:
            nonlocal length, small
            hashed.update(raw)
            length += len(raw)
            if len(small) < _SMALL:
                small += raw[:_SMALL]

        start = self._exactly(len(_MEMBER))
        if start != _MEMBER:
            raise self._strange(start)
        eat(start)
        content = self._inflate(eat)
        trailer = self._exactly(_TRAILER.size)
        if len(trailer) < _TRAILER.size:
            raise self._cut_off(length + len(trailer))
        eat(trailer)
        if _TRAILER.unpack(trailer) != (zlib.crc32(content), len(content)):
            raise self._damaged()
        self.offset += length
        self.digest, self.small = hashed.hexdigest(), small
        return content

    def _inflate(self, eat: Any) -> bytes:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        parts: list[bytes] = []
        room, read = MAX_PART, len(_MEMBER)
        while not unpacker.eof:
            chunk = self._ahead or self._file.read(_CHUNK)
            self._ahead = b""
            if not chunk:
                raise self._cut_off(read)
            try:
                out = unpacker.decompress(chunk, room + 1)
            except zlib.error:
                raise self._damaged() from None
            self._ahead = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            used = len(chunk) - len(self._ahead)
            eat(chunk[:used])
            read += used
            room -= len(out)
            if room < 0:
                raise _at(
                    self.number,
                    self.offset,
                    f"dài hơn {MAX_PART:,} byte khi giải nén",
                    f"longer than {MAX_PART:,} bytes unpacked",
                )
            parts.append(out)
        return b"".join(parts)

    def _exactly(self, count: int) -> bytes:
        while len(self._ahead) < count:
            more = self._file.read(_CHUNK)
            if not more:
                break
            self._ahead += more
        taken, self._ahead = self._ahead[:count], self._ahead[count:]
        return taken

    def _strange(self, start: bytes) -> BundleError:
        if _MEMBER.startswith(start) and (start or self.number > 1):
            return self._cut_off(len(start))
        if self.number == 1:
            return BundleError(
                Text("đây không phải tệp gói của antq-sync", "this is no bundle of antq-sync")
            )
        return self._damaged()

    def _damaged(self) -> BundleError:
        return _at(self.number, self.offset, "bị hỏng hoặc bị sửa", "it is damaged or altered")

    def _cut_off(self, read: int) -> BundleError:
        end = self.offset + read
        return _at(
            self.number,
            self.offset,
            f"tệp bị cắt cụt tại byte {end:,}",
            f"the file is cut off at byte {end:,}",
        )


def _part(number: int, offset: int, end: int, content: bytes) -> Part:
    line, gap, payload = content.partition(b"\n")
    try:
        header = orjson.loads(line)
    except orjson.JSONDecodeError:
        header = None
    part = Part(number, offset, end, header if isinstance(header, dict) else {}, payload)
    if number == 1 and part.header.get("format") != FORMAT:
        raise BundleError(
            Text("đây không phải tệp gói của antq-sync", "this is no bundle of antq-sync")
        )
    if number == 1 and part.header.get("version") != VERSION:
        version = str(part.header.get("version"))[:20]
        raise part.wrong(
            f"tệp thuộc phiên bản định dạng {version}; nâng cấp nút này trước",
            f"the file is of format version {version}; upgrade this node first",
        )
    known = isinstance(part.header.get("kind"), str) and part.header.get("part") == number
    if not gap or not known or not _DIGEST.fullmatch(str(part.header.get("previous"))):
        raise part.wrong("phần đầu không đọc được", "its header cannot be read")
    return part


def _content(
    kind: str, number: int, previous: str, payload: bytes, fields: Mapping[str, object]
) -> bytes:
    header = canonical({**fields, "kind": kind, "part": number, "previous": previous})
    return header + b"\n" + payload


def _end(number: int, previous: str) -> bytes:
    """The last part, not packed: so there is one way to write it."""
    content = _content(END, number, previous, b"", {})
    length = len(content)
    return _member(_STORED.pack(1, length, length ^ 0xFFFF) + content, content)


def _member(packed: bytes, content: bytes) -> bytes:
    return _MEMBER + packed + _TRAILER.pack(zlib.crc32(content), len(content))


def _at(number: int, offset: int, vi: str, en: str) -> BundleError:
    return BundleError(
        Text(
            f"phần {number}, từ byte {offset:,}: {vi}", f"part {number}, from byte {offset:,}: {en}"
        ),
        number,
        offset,
    )
