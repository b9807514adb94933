"""A file that is not whole and unchanged is refused, and the place is named."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zlib
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import join_batch
from services.node.bundles import format as form
from services.node.bundles.format import BundleError, Writer, read_parts
from services.node.bundles.importing import inspect
from tests.node.sync.hierarchy import raw_event

ORIGIN = UUID(int=7)


def _events(writer: Writer, start: int, stop: int, **header: object) -> bytes:
    payload = join_batch([raw_event(ORIGIN, number) for number in range(start, stop + 1)])
    named: dict[str, Any] = {"origin": str(ORIGIN), "first": start, "last": stop}
    return writer.part(form.EVENTS, payload, **(named | header))


def _manifest(writer: Writer, **fields: object) -> bytes:
    usual: dict[str, Any] = {
        "format": form.FORMAT,
        "version": form.VERSION,
        "sender": "commune",
        "to": "district",
        "way": "up",
        "made_at": "2025-01-01T00:00:00.000000Z",
        "streams": 1,
        "events": 9,
    }
    return writer.part(form.MANIFEST, **(usual | fields))


def _parts() -> list[bytes]:
    writer = Writer()
    return [
        _manifest(writer),
        writer.part(form.HELD, b'{"%s":3}' % str(UUID(int=8)).encode()),
        *(_events(writer, first, first + 2) for first in (1, 4, 7)),
        writer.end(),
    ]


PARTS = _parts()
WHOLE = b"".join(PARTS)


def _refusal(raw: bytes) -> BundleError:
    with pytest.raises(BundleError) as refused:
        inspect(io.BytesIO(raw))
    return refused.value


def _part_at(place: int) -> tuple[int, int]:
    """Number and offset of the part in which a byte stands."""
    offset = 0
    for number, part in enumerate(PARTS, start=1):
        if place < offset + len(part):
            return number, offset
        offset += len(part)
    raise AssertionError(place)


def test_a_whole_bundle_says_what_it_holds() -> None:
    contents = inspect(io.BytesIO(WHOLE))
    assert (contents.sender, contents.to, contents.events, contents.streams) == (
        "commune",
        "district",
        9,
        1,
    )
    assert (contents.parts, contents.size) == (len(PARTS), len(WHOLE))


def test_any_gzip_program_shows_it_as_text() -> None:
    text = gzip.decompress(WHOLE)
    assert raw_event(ORIGIN, 5) in text


def test_a_file_cut_off_anywhere_is_refused_with_the_place() -> None:
    for length in range(1, len(WHOLE)):
        refusal = _refusal(WHOLE[:length])
        assert (refusal.part, refusal.offset) == _part_at(length)
        assert f"byte {length:,}" in refusal.text.vi


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_a_byte_changed_anywhere_is_refused_with_the_part(flip: int) -> None:
    for place in range(len(WHOLE)):
        altered = bytearray(WHOLE)
        altered[place] ^= flip
        refusal = _refusal(bytes(altered))
        if place >= len(PARTS[0]):
            assert (refusal.part, refusal.offset) == _part_at(place)


@given(st.data())
def test_whatever_is_done_to_a_file_it_is_refused_or_the_same(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(WHOLE)))
    stop = data.draw(st.integers(start, len(WHOLE)))
    instead = data.draw(st.binary(max_size=40))
    altered = WHOLE[:start] + instead + WHOLE[stop:]
    if altered == WHOLE:
        return
    _refusal(altered)


@given(st.permutations(range(len(PARTS))), st.integers(1, len(PARTS)))
def test_parts_left_out_or_in_another_order_are_refused(order: list[int], keep: int) -> None:
    altered = b"".join(PARTS[place] for place in order[:keep])
    if altered != WHOLE:
        _refusal(altered)


def test_what_follows_the_end_is_refused() -> None:
    assert _refusal(WHOLE + b"\x00").offset == len(WHOLE)
    assert _refusal(WHOLE + WHOLE).offset == len(WHOLE)


@pytest.mark.parametrize(
    "raw", [b"", b"hello", b"PK\x03\x04" * 10, gzip.compress(b"hello\n", mtime=0), b"\x1f\x8b"]
)
def test_another_kind_of_file_is_told_from_a_damaged_one(raw: bytes) -> None:
    assert "no bundle of antq-sync" in str(_refusal(raw)) or "cut off" in str(_refusal(raw))


def test_a_later_version_asks_for_an_upgrade() -> None:
    writer = Writer()
    raw = _manifest(writer, version=2) + writer.end()
    assert "nâng cấp" in _refusal(raw).text.vi


def test_a_part_that_unpacks_without_end_is_refused_early() -> None:
    writer = Writer()
    bomb = writer.part("held", b"0" * (form.MAX_PART * 20))
    raw = _manifest(Writer()) + bomb
    tracemalloc.start()
    with pytest.raises(BundleError, match="unpacked"):
        list(read_parts(io.BytesIO(raw)))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < form.MAX_PART * 4


def _forged(*, streams: int = 1, events: int = 9, header: dict[str, object] | None = None) -> bytes:
    """A bundle made by somebody who knows how to make digests."""
    writer = Writer()
    raw = _manifest(writer, streams=streams, events=events)
    return raw + _events(writer, 1, 9, **(header or {})) + writer.end()


def test_a_part_must_hold_the_events_it_names() -> None:
    inspect(io.BytesIO(_forged()))
    wrong: list[dict[str, object]] = [
        {"first": 2},
        {"last": 8},
        {"origin": str(UUID(int=9))},
        {"origin": 3},
        {"first": "1"},
        {"last": None},
    ]
    for header in wrong:
        assert _refusal(_forged(header=header)).part == 2


def test_the_manifest_must_agree_with_what_follows() -> None:
    assert "manifest" in str(_refusal(_forged(events=8)))
    assert "manifest" in str(_refusal(_forged(streams=2)))


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (form.EVENTS, b"[]"),
        (form.EVENTS, b"not json"),
        (form.CONTROL, b"{}"),
        (form.HELD, b"[1]"),
        (form.HELD, b'{"x":1}'),
        (form.HELD, b'{"00000000-0000-0000-0000-000000000008":-1}'),
        (form.CONTROL, b"no message"),
        ("surprise", b""),
    ],
)
def test_a_part_that_cannot_be_read_is_refused(kind: str, payload: bytes) -> None:
    writer = Writer()
    raw = _manifest(writer, streams=0, events=0) + writer.part(kind, payload) + writer.end()
    assert _refusal(raw).part == 2


def test_the_unused_bits_of_a_part_are_covered_by_the_next() -> None:
    """A bit that no unpacker looks at is still a bit of the file."""
    content = PARTS[1]
    assert sha256(content).hexdigest().encode() in zlib.decompress(PARTS[2][10:-8], -15)
