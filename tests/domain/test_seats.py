"""That a unit goes on in a new stream is decided once for the stream that was left."""

from __future__ import annotations

from tests.domain.scenario import ident, setting


def test_each_stream_that_was_left_is_a_matter_of_its_own() -> None:
    log = setting().at("2025-03-14")
    first = log.given("RecordingSeatChanged", "quan 5", stream_id=ident("stream"), held_through=41)
    second = log.given("RecordingSeatChanged", "quan 5", stream_id=ident("another"), held_through=0)
    assert first.aggregate_id != second.aggregate_id
