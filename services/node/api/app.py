"""The HTTP API of a node, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.types import Lifespan

from services.node.api import (
    bundles,
    drafts,
    events,
    failures,
    figures,
    history,
    ledger,
    obligations,
    ops,
    quarantine,
    recovery,
    reports,
    schemas,
    sync,
    units,
)
from services.node.api.docs_page import docs_page
from services.node.api.language import AskedLanguage
from services.node.api.metrics import Metrics
from services.node.api.observing import Observing
from services.node.api.openapi import DocumentedApp
from services.node.api.parameters import refuse_unknown_parameters
from services.node.api.push import PushEndpoint
from services.node.api.pushprotocol import push_protocol
from services.node.node import Node
from services.node.web import pages
from services.node.web.site import Site

API_VERSION: Final = "1"
_ROUTERS: Final = (
    events,
    history,
    units,
    figures,
    drafts,
    reports,
    obligations,
    sync,
    ledger,
    bundles,
    recovery,
    quarantine,
    schemas,
    ops,
)
_TAGS: Final = (
    ("events", "Sự kiện / Events"),
    ("units", "Đơn vị / Units"),
    ("figures", "Số liệu / Figures"),
    ("reports", "Báo cáo / Reports"),
    ("obligations", "Nghĩa vụ / Obligations"),
    ("sync", "Đồng bộ / Synchronisation"),
    ("ledger", "Sổ cái / Ledger"),
    ("bundles", "Tệp gói chuyển tay / Bundles carried by hand"),
    ("recovery", "Khôi phục / Recovery"),
    ("quarantine", "Cách ly / Quarantine"),
    ("schemas", "Lược đồ / Schemas"),
    ("ops", "Vận hành / Operations"),
)


def create_app(node: Node) -> DocumentedApp:
    """The app of a node: its API and its pages.

    The app starts the node when it starts and stops it when it stops.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(node.start)
        try:
            yield
        finally:
            await run_in_threadpool(node.stop)

    metrics = Metrics()
    metrics.watch(node)
    app = _documented(lifespan)
    app.state.node, app.state.metrics = node, metrics
    push = PushEndpoint(node, metrics)
    app.push = Observing(push, metrics)
    app.protocol = push_protocol(push, metrics)
    # Never reached: it tells which methods the path takes.
    app.router.routes.append(Route(push.path, push, methods=["POST"], name="push_events"))
    app.include_router(pages.router(node), include_in_schema=False)
    app.add_middleware(Observing, metrics=metrics)
    failures.install(app, Site(node).problem)
    return app


def describe() -> FastAPI:
    """The app without a node: only good for its OpenAPI document."""
    return _documented(None)


def _documented(lifespan: Lifespan[FastAPI] | None) -> DocumentedApp:
    app = DocumentedApp(
        title="antq-sync",
        version=API_VERSION,
        summary="Đồng bộ phong trào Toàn dân bảo vệ ANTQ / Synchronising the movement's records",
        description=(
            "Lỗi là tài liệu RFC 9457 bằng tiếng Việt và tiếng Anh. / Errors are RFC 9457 "
            "documents in Vietnamese and English; `lang` or Accept-Language chooses."
        ),
        openapi_tags=[{"name": name, "description": text} for name, text in _TAGS],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    for module in _ROUTERS:
        app.include_router(module.router, dependencies=[Depends(refuse_unknown_parameters)])

    @app.get("/docs", include_in_schema=False)
    def docs(lang: AskedLanguage) -> HTMLResponse:
        policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
        return HTMLResponse(
            docs_page(app.openapi(), lang), headers={"Content-Security-Policy": policy}
        )

    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
