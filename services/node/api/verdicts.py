"""How the answer to a push is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.identifiers import text_of
from domain.refusals import Notice
from services.node.api.intake import Intake, Item
from services.node.api.language import language_of
from services.node.api.problem_documents import document, respond
from services.node.ingest import ItemVerdict, Outcome
from services.node.language import Language


def answer(intake: Intake, verdicts: Sequence[ItemVerdict], scope: Scope) -> ASGIApp:
    """The response to a push.

    One event: 201 if recorded, 200 if it was recorded before, else its problem. Several: 200 if all
    are recorded, else 207; either way one verdict for each, in the order they came.
    """
    if intake.single:
        return answer_one(verdicts[0], scope)
    return _answer_all(intake.items, verdicts, scope)


def answer_one(verdict: ItemVerdict, scope: Scope) -> ASGIApp:
    """The response to a push of one event."""
    if verdict.problem is not None:
        return respond(verdict.problem, scope)
    return _written(verdict, language_of(scope))


def recorded_answer(verdicts: Sequence[ItemVerdict], scope: Scope) -> Written | None:
    """The response to a push of one event that was recorded and about which there is nothing else
    to say; None for any other."""
    (verdict,) = verdicts
    if verdict.outcome is not Outcome.RECORDED or verdict.notices:
        return None
    return _written(verdict, language_of(scope))


def _written(verdict: ItemVerdict, language: Language) -> Written:
    body = (
        _recorded("", verdict)
        if verdict.outcome is Outcome.RECORDED and not verdict.notices
        else orjson.dumps(_members(verdict, language))
    )
    return Written(
        201 if verdict.outcome is Outcome.RECORDED else 200,
        [
            (b"content-length", b"%d" % len(body)),
            (b"content-type", b"application/json"),
            (b"location", f"/v1/events/{verdict.event_id}".encode()),
            (b"etag", f'"{verdict.digest}"'.encode()),
            (b"content-language", language.value.encode()),
            (b"vary", b"Accept-Language"),
        ],
        body,
    )


@dataclass(frozen=True, slots=True)
class Written:
    """A response whose headers are bytes already: the commonest answer of all."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def _answer_all(items: Sequence[Item], verdicts: Sequence[ItemVerdict], scope: Scope) -> Response:
    language = language_of(scope)
    counts: dict[str, int] = dict.fromkeys((outcome.value for outcome in Outcome), 0)
    rows: list[bytes] = []
    again = False
    for index, (item, verdict) in enumerate(zip(items, verdicts, strict=True)):
        counts[verdict.outcome] += 1
        if verdict.outcome is Outcome.RECORDED and not verdict.notices:
            line = "" if item.line is None else f'"line":{item.line},'
            rows.append(_recorded(f'"index":{index},{line}', verdict))
            continue
        row: dict[str, Any] = {"index": index}
        if item.line is not None:
            row["line"] = item.line
        row |= _members(verdict, language)
        row["event_id"] = verdict.event_id or item.event_id
        if verdict.problem is not None:
            row["problem"] = document(verdict.problem, language)
            again = again or verdict.problem.status == 503
        rows.append(orjson.dumps(row))
    headers = {"Content-Language": language.value, "Vary": "Accept-Language"}
    if again:
        headers["Retry-After"] = "5"
    return Response(
        b'{"summary":%b,"items":[%b]}'
        % (orjson.dumps({"items": len(rows), **counts}), b",".join(rows)),
        207 if counts[Outcome.REFUSED.value] else 200,
        headers,
        "application/json",
    )


def _recorded(place: str, verdict: ItemVerdict) -> bytes:
    """The answer about an event that was recorded without a notice, as nearly all are: what
    `orjson` makes of `_members`. All of its texts are the node's own and hold nothing to escape.

    `place` are the members that say which of several it is.
    """
    assert verdict.origin is not None  # noqa: S101 # it is recorded
    return (
        f'{{{place}"outcome":"recorded","event_id":"{verdict.event_id}",'
        f'"notices":[],"origin":"{text_of(verdict.origin)}","sequence":{verdict.sequence},'
        f'"digest":"{verdict.digest}","aggregate_id":"{verdict.aggregate_id}"}}'
    ).encode()


def _members(verdict: ItemVerdict, language: Language) -> dict[str, Any]:
    members: dict[str, Any] = {
        "outcome": verdict.outcome.value,
        "event_id": verdict.event_id,
        "notices": [_notice(notice, language) for notice in verdict.notices],
    }
    if verdict.origin is not None:
        members |= {
            "origin": text_of(verdict.origin),
            "sequence": verdict.sequence,
            "digest": verdict.digest,
            "aggregate_id": verdict.aggregate_id,
        }
    return members


def _notice(notice: Notice, language: Language) -> dict[str, Any]:
    return {
        "code": notice.code,
        "detail": language.of(notice.detail),
        "texts": {"vi": notice.detail.vi, "en": notice.detail.en},
    }
