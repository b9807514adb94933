"""The OpenAPI document: FastAPI's, with the push endpoint and with problems as they really are."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

from services.node.api.push_description import (
    component_schemas,
    problem_response,
    push_operation,
)

_UNUSED: Final = ("HTTPValidationError", "ValidationError")


class DocumentedApp(FastAPI):
    """A FastAPI app that describes all it does."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        if "push_events" in _operations(document):
            return document
        for path in document["paths"].values():
            for operation in path.values():
                # Parameters that cannot be understood are answered with 400 and a problem document.
                operation["responses"].pop("422", None)
                operation["responses"]["default"] = problem_response()
        document["paths"].setdefault("/v1/events", {})["post"] = push_operation()
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
