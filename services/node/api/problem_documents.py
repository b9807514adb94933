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

from services.node.api.language import language_of
from services.node.language import Language
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
        "title": language.of(problem.title),
        "status": problem.status,
        "detail": language.of(problem.detail),
        "remedy": language.of(problem.remedy),
        "code": problem.code,
        "field": problem.field,
        "rule": problem.rule,
        "errors": [_field(error, language) for error in problem.errors],
        "texts": {
            side.value: {
                "title": side.of(problem.title),
                "detail": side.of(problem.detail),
                "remedy": side.of(problem.remedy),
            }
            for side in Language
        },
        **(problem.extra or {}),
    }
    if instance:
        members["instance"] = instance
    return members


def _field(error: FieldProblem, language: Language) -> dict[str, Any]:
    return {
        "pointer": error.pointer,
        "code": error.code,
        "detail": language.of(error.detail),
        "texts": {side.value: side.of(error.detail) for side in Language},
    }


def respond(problem: Problem, scope: Scope, headers: Mapping[str, str] | None = None) -> Response:
    """The response that tells a problem, in the language the request asked for."""
    language = language_of(scope)
    instance = REQUEST_PREFIX + scope["state"]["request_id"]
    sent = {"Content-Language": language.value, "Vary": "Accept-Language"}
    if problem.status == 503:
        sent["Retry-After"] = _RETRY_SECONDS
    return Response(
        orjson.dumps(document(problem, language, instance)),
        problem.status,
        sent | dict(headers or {}),
        PROBLEM_MEDIA_TYPE,
    )
