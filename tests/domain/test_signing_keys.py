"""Keys are announced, replaced and revoked by events, and a stream says which key may sign what."""

from __future__ import annotations

import base64
import hashlib
import itertools

import pytest

from domain.events import Record
from domain.parse import parse_body
from domain.signing_keys import KeyBook
from tests.domain.scenario import ident, setting

STREAM, OTHER = ident("stream"), ident("other stream")


def vkey(number: int, name: str = f"antq-sync/origin/{STREAM}") -> str:
    key = bytes([1]) + bytes([number]) * 32
    identity = hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8]
    return f"{name}+{identity}+{base64.b64encode(key).decode()}"


def told(kind: str, sequence: int, key: str, origin: str = STREAM) -> Record:
    data = {"vkey": key, "unit_id": ident("p7")}
    event_id = f"{origin} {sequence}"
    return Record(event_id, f"SigningKey{kind}", origin, sequence, "", "", "", data)


def test_a_key_is_registered_once() -> None:
    log = setting().at("2025-03-14")
    log.given("SigningKeyRegistered", "p7", vkey=vkey(1))
    assert log.refused("SigningKeyRegistered", "p7", vkey=vkey(1)).code == "already-exists"
    log.given("SigningKeyRegistered", "p7", vkey=vkey(2))


def test_a_key_is_revoked_once_by_its_unit_or_a_superior() -> None:
    log = setting().at("2025-03-14")
    unknown = log.refused("SigningKeyRevoked", "p7", vkey=vkey(1), reason="lost")
    assert unknown.code == "no-such-record"
    log.given("SigningKeyRegistered", "p7", vkey=vkey(1))
    log.given("SigningKeyRegistered", "p7", vkey=vkey(2))
    sister = log.refused("SigningKeyRevoked", "p8", vkey=vkey(1), reason="lost")
    assert sister.code == "organisation-not-allowed"
    log.given("SigningKeyRevoked", "quan 5", vkey=vkey(1), reason="disclosed")
    again = log.refused("SigningKeyRevoked", "p7", vkey=vkey(1), reason="lost")
    assert again.code == "already-exists"
    log.given("SigningKeyRevoked", "p7", vkey=vkey(2), reason="retired")


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        vkey(1).replace("+", " "),
        vkey(1)[:-1] + ("A" if vkey(1)[-1] != "A" else "B"),
        vkey(1, "antq-sync/other/x"),
        vkey(1) + "=",
    ],
)
def test_what_is_no_key_is_refused(wrong: str) -> None:
    data = setting().at("2025-03-14").draft("SigningKeyRegistered", "p7", vkey=vkey(1))
    errors = parse_body("SigningKeyRegistered", 1, {**data.body.to_data(), "vkey": wrong})
    assert isinstance(errors, list)
    assert [error.pointer for error in errors] == ["/data/vkey"]


def test_a_key_signs_from_its_announcement_until_the_next_one() -> None:
    records = [
        told("Registered", 5, vkey(1)),
        told("Registered", 100, vkey(2)),
        told("Revoked", 200, vkey(2)),
    ]
    for order in itertools.permutations(records):
        first, second = KeyBook().with_records(order).of_stream(STREAM)
        assert [first.signs(size) for size in (4, 5, 99, 100)] == [False, True, True, False]
        assert [second.signs(size) for size in (99, 100, 199, 200)] == [False, True, True, False]


def test_what_a_superior_revokes_signs_nothing_any_more() -> None:
    book = KeyBook().with_records(
        [told("Registered", 5, vkey(1)), told("Revoked", 3, vkey(1), OTHER)]
    )
    (key,) = book.of_stream(STREAM)
    assert not key.signs(10)
    assert book.current(key.name, STREAM) is None


def test_another_stream_cannot_announce_a_key_for_this_one() -> None:
    book = KeyBook().with_records([told("Registered", 1, vkey(1), OTHER)])
    assert book.of_stream(STREAM) == ()
    assert book.of_stream(OTHER) == ()


def test_cosigners_are_those_that_have_not_ended() -> None:
    node = "antq-sync/node/province"
    book = KeyBook().with_records(
        [told("Registered", 1, vkey(1, node)), told("Registered", 2, vkey(2, node))]
    )
    assert [one.vkey for one in book.cosigners()] == [vkey(2, node)]
    current = book.current(node, STREAM)
    assert current is not None
    assert current.vkey == vkey(2, node)
    assert book.with_records([told("Registered", 2, vkey(2, node))]) is book
