"""The routes of a node's pages."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.node.node import Node
from services.node.web.calendar import calendar_page
from services.node.web.events import behind_page, event_page, timeline_page
from services.node.web.history import history_page
from services.node.web.overview import figure_page, overview_page, sync_page
from services.node.web.reportlist import reports_page
from services.node.web.reports import report_page
from services.node.web.site import Build, Site

_READING: Final = ["GET", "HEAD"]
_STYLES: Final = "antq.css"
_ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="6" fill="#8f1d1d"/>'
    '<path d="M6 24h6v-7H6zm7 0h6V12h-6zm7 0h6V7h-6z" fill="#ffe9a8"/></svg>'
)
"""Three rising bars; browsers ask for an icon of every site."""
_ASSET_HEADERS: Final = {
    "Cache-Control": "public, max-age=3600",
    "X-Content-Type-Options": "nosniff",
}


def router(node: Node) -> APIRouter:
    """The pages of one node: "/", the calendar, figures and the events behind them, timeline,
    histories, sync state."""
    pages = APIRouter(include_in_schema=False)
    site = Site(node)
    styles = files("services.node.web").joinpath("assets", _STYLES).read_bytes()
    assets = {
        _STYLES: (styles, "text/css; charset=utf-8"),
        "icon.svg": (_ICON.encode(), "image/svg+xml"),
    }

    def add(path: str, template: str, build: Build, *, earlier: bool = True) -> None:
        def answer(request: Request) -> Response:
            return site.respond(request, template, build, earlier=earlier)

        pages.add_api_route(path, answer, methods=_READING, response_model=None)

    add("/", "overview.html", overview_page)
    add("/calendar", "calendar.html", calendar_page)
    add("/timeline", "timeline.html", timeline_page)
    add("/reports", "reports.html", reports_page)
    add("/sync", "sync.html", sync_page, earlier=False)

    @pages.api_route("/figures/{name}", methods=_READING, response_model=None)
    def figure(request: Request, name: str) -> Response:
        return site.respond(request, "figure.html", partial(figure_page, name=name))

    @pages.api_route("/figures/{name}/events", methods=_READING, response_model=None)
    def behind(request: Request, name: str) -> Response:
        return site.respond(request, "behind.html", partial(behind_page, figure_name=name))

    @pages.api_route("/reports/{report_id}", methods=_READING, response_model=None)
    def report(request: Request, report_id: str) -> Response:
        return site.respond(request, "report.html", partial(report_page, report_id=report_id))

    @pages.api_route("/events/{event_id}", methods=_READING, response_model=None)
    def event(request: Request, event_id: str) -> Response:
        return site.respond(request, "event.html", partial(event_page, event_id=event_id))

    @pages.api_route("/history/{record_id}", methods=_READING, response_model=None)
    def history(request: Request, record_id: str) -> Response:
        return site.respond(request, "history.html", partial(history_page, record_id=record_id))

    @pages.api_route("/assets/{name}", methods=_READING, response_model=None)
    def asset(name: str) -> Response:
        if name not in assets:
            return Response(status_code=404)
        content, media_type = assets[name]
        return Response(content, media_type=media_type, headers=_ASSET_HEADERS)

    return pages
