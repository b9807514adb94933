"""GET /v1/schemas and /v1/problems: the published language, served beside what speaks it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel

from contracts.envelope import SCHEMA_PREFIX, TYPE_PREFIX
from contracts.published import published_schema
from domain.events import EVENTS
from domain.refusals import KINDS, RefusalKind, Text
from services.node.api.language import AskedLanguage
from services.node.api.problem_documents import ProblemError
from services.node.problems import NOT_FOUND, PROBLEM_KINDS, ProblemKind, problem
from services.node.problems import TYPE_PREFIX as PROBLEM_PREFIX

router = APIRouter(tags=["schemas"])


class SchemaRow(BaseModel):
    """One version of one event type."""

    name: str
    type: str
    """CloudEvents `type`."""
    version: int
    dataschema: str
    """CloudEvents `dataschema`."""
    title: str
    aggregate: str
    levels: list[str]
    """The levels that record it."""
    href: str


class SchemaList(BaseModel):
    """Every event type and version."""

    items: list[SchemaRow]


class ProblemRow(BaseModel):
    """One kind of problem."""

    type: str
    code: str
    title: str
    remedy: str


class ProblemList(BaseModel):
    """Every problem a client may meet."""

    items: list[ProblemRow]


@router.get("/v1/schemas", summary="Các loại sự kiện / The event types")
def list_schemas(language: AskedLanguage) -> SchemaList:
    """Every event type with its versions."""
    return SchemaList(
        items=[
            SchemaRow(
                name=spec.name,
                type=TYPE_PREFIX + spec.name,
                version=version,
                dataschema=f"{SCHEMA_PREFIX}{spec.name}:{version}",
                title=language.of(Text(spec.title_vi, spec.title_en)),
                aggregate=spec.aggregate,
                levels=sorted(spec.levels, key=lambda level: level.rank),
                href=f"/v1/schemas/{spec.name}/{version}",
            )
            for spec in sorted(EVENTS.values(), key=lambda spec: spec.name)
            for version in range(1, spec.version + 1)
        ]
    )


@router.get(
    "/v1/schemas/{name}/{version}",
    response_class=Response,
    summary="JSON Schema của một loại / The JSON Schema of a type",
    responses={200: {"content": {"application/schema+json": {"schema": {"type": "object"}}}}},
)
def read_schema(name: str, version: Annotated[int, Path(ge=1, le=99_999)]) -> Response:
    """The committed schema of one version; it never changes within the version."""
    spec = EVENTS.get(name.removeprefix(TYPE_PREFIX))
    if spec is None or version > spec.version:
        raise ProblemError(
            problem(
                NOT_FOUND,
                Text(
                    "Không có loại sự kiện hoặc phiên bản này; xem /v1/schemas.",
                    "There is no such event type or version; see /v1/schemas.",
                ),
            )
        )
    return Response(published_schema(spec.name, version), media_type="application/schema+json")


@router.get("/v1/problems", summary="Các loại lỗi / The kinds of problems")
def list_problems(language: AskedLanguage) -> ProblemList:
    """Every kind of problem with what to do about it. A `type` never changes once published."""
    kinds: list[RefusalKind | ProblemKind] = [*KINDS.values(), *PROBLEM_KINDS.values()]
    return ProblemList(
        items=[
            ProblemRow(
                type=PROBLEM_PREFIX + kind.code,
                code=kind.code,
                title=language.of(kind.title),
                remedy=language.of(kind.remedy),
            )
            for kind in sorted(kinds, key=lambda kind: kind.code)
        ]
    )
