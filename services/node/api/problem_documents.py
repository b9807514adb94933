"""Problem documents (RFC 9457): the form in which every error leaves the API.

Each carries the reader's language at the top and both languages under `texts`, so a document that
was stored or passed on can be read by either reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.types import Scope

from services.node.api.language import Language, language_of, pick
from services.node.problems import FieldProblem, Problem

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
REQUEST_PREFIX: Final = "urn:antq:request:"
_RETRY_SECONDS: Final = "5"


class ProblemError(Exception):
    """Ends a request with a problem document."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        """`headers` are sent with the document."""
        super().__init__(f"{problem.code}: {problem.detail.en}")
        self.problem = problem
        self.headers = dict(headers or {})


def document(problem: Problem, language: Language, instance: str = "") -> dict[str, Any]:
    """The members of a problem document. `instance` names the request it happened in."""
    members: dict[str, Any] = {
        "type": problem.type,
        "title": pick(problem.title, language),
        "status": problem.status,
        "detail": pick(problem.detail, language),
        "remedy": pick(problem.remedy, language),
        "code": problem.code,
        "field": problem.field,
        "rule": problem.rule,
        "errors": [_field(error, language) for error in problem.errors],
        "texts": {
            side: {
                "title": pick(problem.title, side),
                "detail": pick(problem.detail, side),
                "remedy": pick(problem.remedy, side),
            }
            for side in _SIDES
        },
        **(problem.extra or {}),
    }
    if instance:
        members["instance"] = instance
    return members


_SIDES: Final[tuple[Language, ...]] = ("vi", "en")


def _field(error: FieldProblem, language: Language) -> dict[str, Any]:
    return {
        "pointer": error.pointer,
        "code": error.code,
        "detail": pick(error.detail, language),
        "texts": {side: pick(error.detail, side) for side in _SIDES},
    }


def respond(problem: Problem, scope: Scope, headers: Mapping[str, str] | None = None) -> Response:
    """The response that tells a problem, in the language the request asked for."""
    language = language_of(scope)
    instance = REQUEST_PREFIX + scope["state"]["request_id"]
    sent = {"Content-Language": language, "Vary": "Accept-Language"}
    if problem.status == 503:
        sent["Retry-After"] = _RETRY_SECONDS
    return Response(
        orjson.dumps(document(problem, language, instance)),
        problem.status,
        sent | dict(headers or {}),
        PROBLEM_MEDIA_TYPE,
    )
