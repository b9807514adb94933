"""Which language a person reads: Vietnamese, unless the request asks for English."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request
from starlette.datastructures import QueryParams
from starlette.types import Scope

from services.node.language import Language


def language_of(scope: Scope) -> Language:
    """The language of an answer: `?lang=`, else `Accept-Language`, else Vietnamese.

    A language that nobody translated into is passed over, so that an error about anything else can
    still be told.
    """
    query: bytes = scope.get("query_string", b"")
    if b"lang=" in query:
        asked = QueryParams(query).get("lang")
        if asked in tuple(Language):
            return Language(asked)
    for name, value in scope["headers"]:
        if name == b"accept-language":
            return _accepted(value.decode("latin-1"))
    return Language.VI


def _accepted(header: str) -> Language:
    best, weight = Language.VI, 0.0
    for part in header.split(","):
        tag, _, parameters = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        quality = _quality(parameters)
        if quality > weight and primary in ("vi", "en", "*"):
            best, weight = (Language.EN if primary == "en" else Language.VI), quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _asked(
    request: Request,
    lang: Annotated[
        Language | None,
        Query(description="Ngôn ngữ của câu trả lời. / Language of the answer."),
    ] = None,
) -> Language:
    return lang or language_of(request.scope)


AskedLanguage = Annotated[Language, Depends(_asked)]
"""The language of an answer, as a parameter of an endpoint."""
