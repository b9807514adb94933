"""The envelope: exact bytes in, exact bytes out."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from contracts import envelope as envelope_module
from contracts.canonical import NotCanonicalError, canonical
from contracts.envelope import (
    MalformedEnvelopeError,
    decode,
    digest_of,
    enclose,
    encode,
    from_parsed,
    join_batch,
    read_run,
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


def test_data_that_are_written_already_are_enclosed_in_the_same_bytes() -> None:
    data = {"attendees": 18, "host": "Phường 8"}
    again = enclose(
        event_id="018f3c1e-0000-7000-8000-000000000001",
        origin=str(ORIGIN),
        sequence=9_999_999_999,
        type="MeetingHeld",
        version=1,
        aggregate_id="018f3c1e-0000-7000-8000-000000000002",
        recorded_at="2025-01-02T03:04:05.000006Z",
        data=canonical(data),
    )
    assert again == event(9_999_999_999, **data)


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


def test_white_space_before_the_end_is_not_part_of_an_element() -> None:
    events = [event(1), event(2)]
    value = join_batch(events)[:-1] + b" \n]"
    assert [raw for _, raw in split_batch(value)] == events


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


bodies = st.lists(
    st.dictionaries(st.text(max_size=3).filter(str.isascii), json_values, max_size=3), min_size=1
)


@given(bodies, st.integers(1, 9_999_999_000))
def test_a_run_is_read_as_its_elements_are(values: list[dict[str, object]], first: int) -> None:
    raws = [event(first + i, **value) for i, value in enumerate(values)]
    run = read_run(join_batch(raws))
    assert run is not None
    assert run.raws == raws
    read = [from_parsed(parsed, raw) for parsed, raw in split_batch(join_batch(raws))]
    assert run.head == read[0]
    assert run.types == [envelope.type for envelope in read]
    assert run.last == read[-1].sequence


OTHER = b"00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    "second",
    [
        event(3),
        event(1),
        event(2).replace(str(ORIGIN).encode(), OTHER),
        event(2).replace(b'"1.0"', b'"0.3"'),
        event(2).replace(b"MeetingHeld:1", b"MeetingHeld:x"),
        event(2).replace(b"antq.MeetingHeld", b"antq.Other"),
        event(2).replace(b'"data":{}', b'"data":[]'),
        event(2).replace(b'"0000000002"', b"2"),
        event(2).replace(b'"2025-01-02T03:04:05.000006Z"', b"7"),
        event(2).replace(b'"018f3c1e-0000-7000-8000-000000000001"', b"null"),
        event(2).replace(b'"018f3c1e-0000-7000-8000-000000000002"', b"{}"),
        event(2).replace(b'"urn:antq:schema:MeetingHeld:1"', b"[]"),
        event(2).replace(b'"subject"', b'"object"'),
        event(2, text="x" * 70_000),
        event(2) + b" ",
        b'{"data":{}}',
    ],
)
def test_what_is_no_run_is_left_to_the_certain_way(second: bytes) -> None:
    assert read_run(join_batch([event(1), second])) is None


def test_a_run_ends_where_sequences_end() -> None:
    last = event(9_999_999_999)
    beyond = event(1).replace(b'"0000000001"', b'"10000000000"')
    assert read_run(join_batch([last])) is not None
    assert read_run(join_batch([last, beyond])) is None


@pytest.mark.parametrize("value", [b"[]", b" [ ]", b"[1]", b"[[]]", b"[null,{}]"])
def test_a_batch_that_is_no_run_of_events(value: bytes) -> None:
    assert read_run(value) is None


def test_many_foreign_schemas_are_not_all_remembered() -> None:
    for number in range(2_100):
        raw = event().replace(b"MeetingHeld", b"Foreign%d" % number)
        run = read_run(join_batch([raw]))
        assert run is not None
        assert run.types == [f"Foreign{number}"]
    assert len(envelope_module._forms) <= 1_000
