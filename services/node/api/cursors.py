"""Cursors: where a list goes on. Opaque to clients, so that what they hold may change."""

from __future__ import annotations

import base64
import binascii

import orjson

from domain.refusals import Text
from services.node.api.failures import bad_parameter
from services.node.api.problem_documents import ProblemError
from services.node.problems import FieldProblem

Place = int | str
"""A log position, or the key of the last row shown."""


def write(kind: str, *place: Place) -> str:
    """The cursor of a place in a list of one kind."""
    return base64.urlsafe_b64encode(orjson.dumps([kind, *place])).decode().rstrip("=")


def read(kind: str, cursor: str) -> list[Place]:
    """The place of a cursor. Raises ProblemError for one that this list never gave."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise bad_cursor() from None
    if not isinstance(found, list) or found[:1] != [kind]:
        raise bad_cursor()
    return found[1:]


def read_position(kind: str, cursor: str) -> int:
    """The log position of a cursor. Raises ProblemError."""
    place = read(kind, cursor)
    if len(place) != 1 or not isinstance(place[0], int) or not 0 <= place[0] < 2**63:
        raise bad_cursor()
    return place[0]


def read_key(kind: str, cursor: str) -> str:
    """The row key of a cursor. Raises ProblemError."""
    place = read(kind, cursor)
    if len(place) != 1 or not isinstance(place[0], str):
        raise bad_cursor()
    return place[0]


def bad_cursor() -> ProblemError:
    """The answer to a cursor that this list never gave."""
    return ProblemError(
        bad_parameter(
            [
                FieldProblem(
                    "cursor",
                    "cursor",
                    Text(
                        "Phải là giá trị next của trang trước trong cùng danh sách.",
                        "It must be the next of the page before, of the same list.",
                    ),
                )
            ]
        )
    )
