"""A service as a user would write it: FastAPI before `Application.save`.

python -m bench.plain_server PORT  (the store's settings stand in the environment)
"""

from __future__ import annotations

import os
import sys
from typing import Any, Literal
from uuid import UUID

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from bench.plain import Log, happened


class CloudEvent(BaseModel):
    """The body of a push."""

    specversion: Literal["1.0"]
    id: UUID
    source: str
    type: str
    datacontenttype: str = "application/json"
    subject: UUID | None = None
    data: dict[str, Any]


class Saved(BaseModel):
    """The answer for one event."""

    id: UUID
    sequence: int


def create_app(log: Log) -> FastAPI:
    """The service: an event is answered after its save, a batch after one save of all."""
    app = FastAPI()

    @app.get("/healthz")
    def healthz() -> str:
        return "alive"

    @app.post("/v1/events", status_code=201)
    def push(event: CloudEvent) -> Saved:
        log.save(happened(event.id, 1, event.model_dump(mode="json", exclude_none=True)))
        return Saved(id=event.id, sequence=1)

    @app.post("/v1/batches")
    def push_batch(events: list[CloudEvent]) -> list[Saved]:
        log.save(*(happened(e.id, 1, e.model_dump(mode="json", exclude_none=True)) for e in events))
        return [Saved(id=event.id, sequence=1) for event in events]

    return app


def main(port: int) -> None:
    """Serve until the process is ended."""
    uvicorn.run(create_app(Log(dict(os.environ))), port=port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]))
