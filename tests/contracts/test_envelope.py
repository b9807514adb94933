"""The envelope: exact bytes in, exact bytes out."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from contracts.canonical import NotCanonicalError, canonical
from contracts.envelope import (
    MalformedEnvelopeError,
    decode,
    digest_of,
    encode,
    from_parsed,
    join_batch,
    split_batch,
)

ORIGIN = UUID("3b9c7a52-7d0f-4d52-8d0a-4b1f2a3c4d5e")


def event(sequence: int = 1, **data: object) -> bytes:
    return encode(
        event_id="018f3c1e-0000-7000-8000-000000000001",
        origin=ORIGIN,
        sequence=sequence,
        type="MeetingHeld",
        version=1,
        aggregate_id="018f3c1e-0000-7000-8000-000000000002",
        recorded_at="2025-01-02T03:04:05.000006Z",
        data=data,
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json_values)
def test_canonical_is_rfc_8785(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]  # any JSON value


@pytest.mark.parametrize("value", [1.5, 2**53, {"tên": 1}, {1: 2}, b"x", "\ud800", float("nan")])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonicalError):
        canonical(value)


def test_decode_gives_back_what_was_encoded_with_the_exact_bytes() -> None:
    raw = event(7, attendees=18, host="Phường 8")
    envelope = decode(raw)
    assert (envelope.origin, envelope.sequence, envelope.type, envelope.version) == (
        ORIGIN,
        7,
        "MeetingHeld",
        1,
    )
    assert envelope.data == {"attendees": 18, "host": "Phường 8"}
    assert envelope.raw is raw
    assert envelope.digest == digest_of(raw)


def test_an_unknown_type_and_version_is_still_an_envelope() -> None:
    raw = (
        event().replace(b"MeetingHeld:1", b"Future:9").replace(b"antq.MeetingHeld", b"antq.Future")
    )
    assert (decode(raw).type, decode(raw).version) == ("Future", 9)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        event().replace(b'"1.0"', b'"0.3"'),
        event().replace(b"urn:uuid:", b"urn:x:"),
        event().replace(b"0000000001", b"0000000000"),
        event().replace(b"0000000001", b"one"),
        event().replace(b"MeetingHeld:1", b"MeetingHeld"),
        event().replace(b"antq.MeetingHeld", b"antq.Other"),
        event().replace(b'"data":{}', b'"data":[]'),
        event(text="x" * 70_000),
    ],
)
def test_bytes_that_are_not_an_envelope_are_named_so(raw: bytes) -> None:
    with pytest.raises(MalformedEnvelopeError):
        decode(raw)


@given(st.lists(st.dictionaries(st.text(max_size=3).filter(str.isascii), json_values, max_size=3)))
def test_a_batch_splits_into_the_exact_bytes(bodies: list[dict[str, object]]) -> None:
    events = [event(i + 1, **body) for i, body in enumerate(bodies)]
    pieces = split_batch(join_batch(events))
    assert [raw for _, raw in pieces] == events
    assert [from_parsed(parsed, raw).sequence for parsed, raw in pieces] == list(
        range(1, len(events) + 1)
    )


def test_text_that_looks_like_a_boundary_does_not_split() -> None:
    events = [event(1, a='},{"data":{', b=[{"data": {}}, {"data": {}}]), event(2)]
    assert [raw for _, raw in split_batch(join_batch(events))] == events


@given(st.lists(json_values, max_size=6), st.sampled_from(["", " ", "\n\t"]))
def test_a_batch_somebody_else_wrote_splits_too(values: list[object], space: str) -> None:
    texts = [json.dumps(value, ensure_ascii=False) for value in values]
    value = f"{space}[{space}{(space + ',' + space).join(texts)}{space}]{space}".encode(
        errors="strict"
    )
    assert [raw.decode() for _, raw in split_batch(value)] == texts


@pytest.mark.parametrize("value", [b"", b"[", b"{}", b"[1,]", b"\xff"])
def test_a_broken_batch_is_named_so(value: bytes) -> None:
    with pytest.raises(MalformedEnvelopeError):
        split_batch(value)
