"""FastAPI's app and OpenAPI document, with the push endpoint and with problems as they are."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from services.node.api.push_description import (
    component_schemas,
    problem_response,
    push_operation,
)

PUSH_PATH: Final = "/v1/events"
_UNUSED: Final = ("HTTPValidationError", "ValidationError")


class DocumentedApp(FastAPI):
    """A FastAPI app that describes all it does, with the push endpoint in front of it.

    FastAPI's middlewares and routing would cost a push more than reading, deciding and recording.
    """

    push: ASGIApp | None = None
    """Answers POST /v1/events; it brings the middleware that it needs itself."""

    protocol: type[asyncio.Protocol] | None = None
    """What a server had better make of its connections: the same answers at less cost."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            self.push is not None
            and scope["type"] == "http"
            and scope["path"] == PUSH_PATH
            and scope["method"] == "POST"
        ):
            await self.push(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        if "push_events" in _operations(document):
            return document
        for path in document["paths"].values():
            for operation in path.values():
                # Parameters that cannot be understood are answered with 400 and a problem document.
                operation["responses"].pop("422", None)
                operation["responses"]["default"] = problem_response()
        document["paths"].setdefault(PUSH_PATH, {})["post"] = push_operation()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name in _UNUSED:
            schemas.pop(name, None)
        schemas.update(component_schemas())
        document["paths"] = dict(sorted(document["paths"].items()))
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        return document


def _operations(document: dict[str, Any]) -> set[str]:
    return {
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    }
