"""The answers that are written without a JSON library are what it would write."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson

from domain.refusals import Notice, Text
from services.node.api.intake import Intake, Item
from services.node.api.verdicts import answer
from services.node.ingest import ItemVerdict, Outcome
from services.node.problems import NOT_A_CLOUDEVENT, problem

ORIGIN = UUID("6f1d3f0e-5d0b-4a5e-9a0c-0c6f5f0a7b11")
SCOPE: dict[str, Any] = {"type": "http", "headers": [], "query_string": b""}
PLACE = (str(ORIGIN), ORIGIN, 7, "sha256:" + "0" * 64, str(ORIGIN))
REFUSAL = problem(NOT_A_CLOUDEVENT, Text("không", "no"), rule="CloudEvents 1.0")


def _body(verdicts: list[ItemVerdict], lines: list[int | None], *, single: bool = False) -> bytes:
    items = [Item(REFUSAL, "", line) for line in lines]
    body: bytes = answer(Intake(items, single), verdicts, SCOPE).body  # type: ignore[attr-defined]  # both kinds of answer have one
    return body


def test_what_is_recorded_reads_as_what_was_recorded_before_but_for_the_outcome() -> None:
    recorded, before = (ItemVerdict(o, *PLACE) for o in (Outcome.RECORDED, Outcome.DUPLICATE))
    cases: list[tuple[list[int | None], bool]] = [([None], True), ([None], False), ([3], False)]
    for lines, single in cases:
        one = _body([recorded], lines, single=single)
        other = orjson.loads(_body([before], lines, single=single))
        rows = [other] if single else other["items"]
        for row in rows:
            row["outcome"] = "recorded"
        if not single:
            other["summary"] |= {"recorded": 1, "duplicate": 0}
        assert one == orjson.dumps(other)


def test_every_kind_of_verdict_stands_in_its_place() -> None:
    verdicts = [
        ItemVerdict(Outcome.RECORDED, *PLACE),
        ItemVerdict(Outcome.RECORDED, *PLACE, (Notice("late", Text("muộn", "late")),)),
        ItemVerdict(Outcome.REFUSED, "", problem=REFUSAL),
    ]
    answered = orjson.loads(_body(verdicts, [1, 2, 4]))
    assert answered["summary"] == {"items": 3, "recorded": 2, "duplicate": 0, "refused": 1}
    rows = answered["items"]
    assert [(row["index"], row["line"]) for row in rows] == [(0, 1), (1, 2), (2, 4)]
    assert [len(row["notices"]) for row in rows] == [0, 1, 0]
    assert rows[2]["problem"]["status"] == REFUSAL.status
