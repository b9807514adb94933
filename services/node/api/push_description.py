"""What the OpenAPI document says about POST /v1/events and about problems.

The endpoint itself is bare ASGI (see `push`); tests hold its answers against these models.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import models_json_schema

from domain.samples import MINIMAL, sample_id
from services.node.api import media
from services.node.api.problem_documents import PROBLEM_MEDIA_TYPE

REF: Final = "#/components/schemas/{model}"


class ProblemSide(BaseModel):
    """A problem's texts in one language."""

    title: str
    detail: str
    remedy: str


class ProblemTexts(BaseModel):
    """A problem's texts in both languages."""

    vi: ProblemSide
    en: ProblemSide


class Sides(BaseModel):
    """One text in both languages."""

    vi: str
    en: str


class FieldDetail(BaseModel):
    """What is wrong with one field or parameter."""

    pointer: str
    code: str
    detail: str
    texts: Sides


class ProblemDetails(BaseModel):
    """RFC 9457. `type` never changes once published; see /v1/problems for all of them."""

    model_config = ConfigDict(extra="allow", title="Problem")

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    code: str
    field: str
    rule: str
    errors: list[FieldDetail]
    texts: ProblemTexts
    instance: str | None = None


class NoticeDetail(BaseModel):
    """Something the sender should know about an accepted event."""

    code: str
    detail: str
    texts: Sides


class PushVerdict(BaseModel):
    """What happened to one event. Recorded or duplicate: it is durable, and stands here."""

    outcome: Literal["recorded", "duplicate"]
    event_id: str
    origin: str
    sequence: int
    digest: str
    aggregate_id: str
    notices: list[NoticeDetail]


class PushItem(BaseModel):
    """What happened to one of several events."""

    index: int
    line: int | None = None
    outcome: Literal["recorded", "duplicate", "refused"]
    event_id: str
    origin: str | None = None
    sequence: int | None = None
    digest: str | None = None
    aggregate_id: str | None = None
    notices: list[NoticeDetail]
    problem: ProblemDetails | None = None


class PushSummary(BaseModel):
    """How many events met which verdict."""

    items: int
    recorded: int
    duplicate: int
    refused: int


class PushReport(BaseModel):
    """One verdict for each event, in the order they came."""

    summary: PushSummary
    items: list[PushItem]


_EVENT: Final = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid"},
        "source": {"type": "string", "minLength": 1},
        "type": {"type": "string", "examples": ["vn.antq.MeetingHeld"]},
        "subject": {"type": "string", "format": "uuid"},
        "dataschema": {"type": "string", "examples": ["urn:antq:schema:MeetingHeld:1"]},
        "datacontenttype": {"type": "string"},
        "data": {"type": "object"},
    },
}

_SUMMARY: Final = "Gửi một hoặc nhiều sự kiện / Push one or several events"
_TEXT: Final = (
    "One CloudEvent (structured or binary mode), a CloudEvents batch, or lines of JSON; at most "
    "10,000 events and 16 MiB, gzip allowed. Each event gets its own verdict. The answer comes "
    "after what it calls recorded is durable; sending the same event again gives the same answer, "
    "and the same key with other content is a conflict."
)


def example_event() -> dict[str, Any]:
    """An event as a sender would write it."""
    return {
        "specversion": "1.0",
        "id": sample_id("meeting-event"),
        "source": "sample",
        "type": "vn.antq.MeetingHeld",
        "data": dict(MINIMAL["MeetingHeld"]),
    }


def component_schemas() -> dict[str, Any]:
    """Schemas of the models above, by name."""
    models = (ProblemDetails, PushVerdict, PushReport)
    _, found = models_json_schema([(model, "serialization") for model in models], ref_template=REF)
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def problem_response() -> dict[str, Any]:
    """The response object of every operation's errors."""
    return {
        "description": "RFC 9457, tiếng Việt và tiếng Anh. / RFC 9457, Vietnamese and English.",
        "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": REF.format(model="ProblemDetails")}}},
    }


def push_operation() -> dict[str, Any]:
    """The operation object of POST /v1/events."""
    verdict = {"application/json": {"schema": {"$ref": REF.format(model="PushVerdict")}}}
    report = {"schema": {"$ref": REF.format(model="PushReport")}}
    return {
        "tags": ["events"],
        "summary": _SUMMARY,
        "description": _TEXT,
        "operationId": "push_events",
        "parameters": [
            {
                "name": "lang",
                "in": "query",
                "required": False,
                "schema": {"enum": ["vi", "en"], "type": "string"},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                media.EVENT_MEDIA_TYPE: {"schema": _EVENT, "example": example_event()},
                media.BATCH_MEDIA_TYPE: {
                    "schema": {"type": "array", "items": _EVENT, "maxItems": 10_000}
                },
                media.NDJSON: {
                    "schema": {"type": "string", "description": "One CloudEvent a line."}
                },
                media.JSON: {
                    "schema": {
                        "type": "object",
                        "description": "Binary mode: the data; attributes in ce-* headers.",
                    }
                },
            },
        },
        "responses": {
            "200": {
                "description": "Đã ghi từ trước, hoặc cả lô đã ghi. / Recorded before, or the "
                "whole batch is recorded.",
                "content": {
                    "application/json": {
                        "schema": {
                            "oneOf": [verdict["application/json"]["schema"], report["schema"]]
                        }
                    }
                },
            },
            "201": {
                "description": "Đã ghi bền vững. / Durably recorded.",
                "headers": {
                    "Location": {"schema": {"type": "string"}},
                    "ETag": {"schema": {"type": "string"}},
                },
                "content": verdict,
            },
            "207": {
                "description": "Một phần của lô bị từ chối. / Part of the batch was refused.",
                "content": {"application/json": report},
            },
            "503": {
                **problem_response(),
                "description": "Chưa nhận; gửi lại nguyên yêu cầu. Một câu trả lời cho cả lô khi "
                "nút đang khôi phục nhật ký hoặc quá tải: chưa ghi gì của lô. / Not yet; send the "
                "very same request again. One answer for a whole batch while the node recovers its "
                "log or is busy: nothing of it was recorded.",
                "headers": {"Retry-After": {"schema": {"type": "integer"}}},
            },
            "default": problem_response(),
        },
    }
