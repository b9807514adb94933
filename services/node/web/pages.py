"""The routes of a node's pages."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.node.node import Node
from services.node.web.events import behind_page, event_page, timeline_page
from services.node.web.overview import figure_page, overview_page, sync_page
from services.node.web.site import Build, Site

_ASSETS: Final = {"antq.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}
_ASSET_HEADERS: Final = {
    "Cache-Control": "public, max-age=3600",
    "X-Content-Type-Options": "nosniff",
}


def router(node: Node) -> APIRouter:
    """The pages of one node: "/", figures and the events behind them, timeline, sync state."""
    pages = APIRouter(include_in_schema=False)
    site = Site(node)
    directory = files("services.node.web").joinpath("assets")
    assets = {name: directory.joinpath(name).read_bytes() for name in _ASSETS}

    def add(path: str, template: str, build: Build) -> None:
        def answer(request: Request) -> Response:
            return site.respond(request, template, build)

        pages.add_api_route(path, answer, methods=["GET", "HEAD"], response_model=None)

    add("/", "overview.html", overview_page)
    add("/timeline", "timeline.html", timeline_page)
    add("/sync", "sync.html", sync_page)

    @pages.get("/figures/{name}", response_model=None)
    def figure(request: Request, name: str) -> Response:
        return site.respond(request, "figure.html", partial(figure_page, name=name))

    @pages.get("/figures/{name}/events", response_model=None)
    def behind(request: Request, name: str) -> Response:
        return site.respond(request, "behind.html", partial(behind_page, figure_name=name))

    @pages.get("/events/{event_id}", response_model=None)
    def event(request: Request, event_id: str) -> Response:
        return site.respond(request, "event.html", partial(event_page, event_id=event_id))

    @pages.get("/assets/{name}", response_model=None)
    def asset(name: str) -> Response:
        if name not in assets:
            return Response(status_code=404)
        return Response(assets[name], media_type=_ASSETS[name], headers=_ASSET_HEADERS)

    return pages
