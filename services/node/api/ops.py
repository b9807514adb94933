"""/healthz, /readyz and /metrics: for whoever keeps the node running."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from services.node.api.language import AskedLanguage
from services.node.api.metrics import Metrics
from services.node.api.parameters import TheNode

router = APIRouter(tags=["ops"])


class Alive(BaseModel):
    """The process lives."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """Whether the node can take events and serve figures."""

    ready: bool
    reasons: list[str]
    notices: list[str]
    """What a person should see to although the node can work: forks, keys that are missing."""


@router.get("/healthz", summary="Tiến trình đang chạy / The process lives")
async def healthz() -> Alive:
    """Looks at nothing: a node whose database is away is alive and waits."""
    return Alive()


@router.get(
    "/readyz",
    summary="Nút sẵn sàng / The node is ready",
    responses={503: {"model": Ready, "description": "Chưa sẵn sàng. / Not ready."}},
)
def readyz(node: TheNode, language: AskedLanguage, response: Response) -> Ready:
    """503 with the reasons while the node cannot do its work."""
    health = node.health()
    if not health.ready:
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return Ready(
        ready=health.ready,
        reasons=[language.of(reason) for reason in health.reasons],
        notices=[language.of(notice) for notice in health.notices],
    )


@router.get(
    "/metrics",
    response_class=Response,
    summary="Số đo cho Prometheus / Metrics for Prometheus",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request) -> Response:
    """Counters of this process and gauges of the node."""
    found: Metrics = request.app.state.metrics
    return Response(found.text(), media_type=CONTENT_TYPE_LATEST)
