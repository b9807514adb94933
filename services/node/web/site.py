"""How a page is answered: its language, its view of the node, its links, its refusals."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.decisions import VIETNAM
from domain.directory import Directory
from domain.refusals import Text
from services.node.asof.asking import AsOfQuestionError, cutoff_of
from services.node.asof.cutoff import Cutoff, RecordedUntil, ThroughPosition, TooFarBackError
from services.node.errors import RetryLaterError
from services.node.figures import FigureQuestionError, Span, parse_span
from services.node.language import Language
from services.node.node import Node
from services.node.problems import TOO_FAR_BACK
from services.node.ruletexts import rule_title
from services.node.views import View
from services.node.web.periods import Group, label, last_active_day, offered, opening_span
from services.node.web.texts import kind_title, type_title

_log = logging.getLogger(__name__)

HEADERS: Final[Mapping[str, str]] = {
    # Nothing is fetched from anywhere else, nothing runs: the pages have no scripts.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # Figures change with every event that arrives.
    "Cache-Control": "no-store",
}
_RETRY_SECONDS: Final = 3
_NO_CATALOGUE: Final = Text(
    "Ở trạng thái đó nút này chưa có danh mục đơn vị của mình; hãy chọn một mốc muộn hơn.",
    "At that state this node did not have its unit's catalogue yet; choose a later one.",
)
_DAY: Final = len("2025-06-20")

_environment: Final = Environment(
    loader=PackageLoader("services.node.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class PageProblemError(Exception):
    """The page cannot be shown as asked; `text` tells a person why and what to do."""

    def __init__(self, status: int, text: Text) -> None:
        super().__init__(text.en)
        self.status = status
        self.text = text


class CatalogueAwaitedError(Exception):
    """The node does not know its own unit yet: the catalogue is still on its way."""


@dataclass(frozen=True)
class Asked:
    """One request for a page."""

    node: Node
    request: Request
    view: View

    @cached_property
    def language(self) -> Language:
        return language_of(self.request)

    @property
    def cutoff(self) -> Cutoff | None:
        """The earlier state that the page shows; None for the state now."""
        return self.view.cutoff

    @cached_property
    def today(self) -> date:
        return self.node.now().astimezone(VIETNAM).date()

    @property
    def directory(self) -> Directory:
        return self.view.directory

    @cached_property
    def home(self) -> str:
        """The unit that the node's page is about: its own, or the one whose units it hosts.

        Raises CatalogueAwaitedError.
        """
        settings = self.node.settings
        for unit in (*settings.units, settings.units_under):
            if unit is not None and self.directory.unit(unit) is not None:
                return str(unit)
        raise CatalogueAwaitedError

    @cached_property
    def unit_id(self) -> str:
        """The unit asked about. Raises PageProblemError, CatalogueAwaitedError."""
        asked = self.request.query_params.get("unit")
        if not asked:
            return self.home
        if self.directory.unit(asked) is None:
            raise PageProblemError(
                404,
                Text(
                    "Danh mục của nút này không có đơn vị đó.",
                    "This node's catalogue has no such unit.",
                ),
            )
        return asked

    @cached_property
    def newest_day(self) -> date:
        """The last day on which anything was done that figures count."""
        return last_active_day(self.view, self.today)

    @cached_property
    def span(self) -> Span:
        """The period asked for. Raises PageProblemError."""
        asked = self.request.query_params.get("period")
        if not asked:
            return opening_span(self.directory, self.unit_id, self.newest_day)
        try:
            span = parse_span(asked, self.directory, self.unit_id)
        except ValueError:
            span = None
        if span is None:
            raise PageProblemError(
                400,
                Text(
                    "Không có kỳ đó cho đơn vị này. Chọn một kỳ trong danh sách, ví dụ 2025-H1, "
                    "2025, 2025-Q1, 2025-03.",
                    "There is no such period for this unit. Choose one of the list, for example "
                    "2025-H1, 2025, 2025-Q1, 2025-03.",
                ),
            )
        return span

    def unit_name(self, unit_id: str) -> str:
        """What a unit is called on the span's last day; its id if it is not known here."""
        unit = self.directory.attributes(unit_id, self.span.last)
        return unit_id if unit is None else unit.name

    def organisation_name(self, org_id: str, day: date) -> str:
        """What an organisation was called on a day; its id if it is not known here."""
        organisation = self.directory.organisation(org_id)
        return org_id if organisation is None else organisation.name_at(day.toordinal())

    def parameter(self, name: str) -> str | None:
        """A query parameter; None if it is missing or empty."""
        return self.request.query_params.get(name) or None

    def url(self, path: str, **parameters: str | None) -> str:
        """A link within the site that keeps the language and the earlier state."""
        return link(path, self.language, {**_state_of(self.request), **parameters})

    def rules(self, rule_ids: Sequence[str]) -> list[tuple[str, str]]:
        """Rules in words, each with the link to its events."""
        return [
            (
                self.language.of(rule_title(self.directory, rule_id)),
                self.url("/timeline", unit=self.unit_id, period=self.span.code, aggregate=rule_id),
            )
            for rule_id in rule_ids
        ]

    def periods(self) -> list[Group]:
        """The periods offered to choose from."""
        return list(
            offered(self.directory, self.unit_id, self.span, self.newest_day, self.language)
        )


def language_of(request: Request) -> Language:
    """English where the address says so, else Vietnamese, whatever the browser prefers: committees
    read Vietnamese, also on machines that were set up in English."""
    return Language.EN if request.query_params.get("lang") == Language.EN else Language.VI


STATE_PARAMETERS: Final = ("as_of", "as_of_position")
"""What a reader chose stays chosen from page to page."""


def _state_of(request: Request) -> dict[str, str | None]:
    return {name: request.query_params.get(name) or None for name in STATE_PARAMETERS}


def _cutoff(request: Request) -> Cutoff | None:
    """The earlier state asked for. Raises AsOfQuestionError."""
    return cutoff_of(**_state_of(request))


def state_text(cutoff: Cutoff | None, language: Language) -> str | None:
    """An earlier state in words; None for the state now."""
    if isinstance(cutoff, RecordedUntil):
        moment = language.moment(cutoff.moment)
        return language.of(
            Text(f"Số liệu theo trạng thái ghi nhận đến {moment}", f"As recorded until {moment}")
        )
    if isinstance(cutoff, ThroughPosition):
        position = language.number(cutoff.position)
        return language.of(
            Text(
                f"Số liệu theo những gì nút này có khi nhật ký đến vị trí {position}",
                f"As this node held it when its log ended at position {position}",
            )
        )
    return None


def link(path: str, language: Language, parameters: Mapping[str, str | None]) -> str:
    """A link within the site; parameters that are None are left out."""
    kept = {name: value for name, value in parameters.items() if value is not None}
    if language is Language.EN:
        kept["lang"] = language.value
    return f"{path}?{urlencode(kept)}" if kept else path


Build = Callable[[Asked], Mapping[str, Any]]
"""Gathers what a template shows."""


class Site:
    """Renders the pages of one node."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def respond(
        self, request: Request, template: str, build: Build, *, earlier: bool = True
    ) -> Response:
        """The page, or a page that says why there is none. Never raises for what was asked.

        Without `earlier` it shows the state now, whatever the reader chose for other pages.
        """
        try:
            with self._node.projector.view(_cutoff(request) if earlier else None) as view:
                asked = Asked(self._node, request, view)
                return self._render(request, template, {**build(asked), **self._frame(asked)})
        except CatalogueAwaitedError:
            if any(_state_of(request).values()):
                return self._plain(request, "problem.html", 404, {"message": _NO_CATALOGUE})
            return self._plain(request, "awaiting.html", 200, {"refresh": _RETRY_SECONDS})
        except PageProblemError as error:
            return self._plain(request, "problem.html", error.status, {"message": error.text})
        except (FigureQuestionError, AsOfQuestionError) as error:
            return self._plain(request, "problem.html", 400, {"message": error.text})
        except TooFarBackError as error:
            return self._plain(
                request,
                "problem.html",
                422,
                {"message": error.text, "remedy": TOO_FAR_BACK.remedy},
            )
        except RetryLaterError as error:
            _log.warning("a page could not be read: %s", error)
            away = Text(
                "Kho dữ liệu của nút tạm thời không phản hồi. Trang tự tải lại sau vài giây.",
                "The node's store does not answer for now. This page loads again in a few seconds.",
            )
            return self._plain(
                request, "problem.html", 503, {"message": away, "refresh": _RETRY_SECONDS}
            )

    def _frame(self, asked: Asked) -> dict[str, Any]:
        """What every full page has: where it stands, and the periods."""
        path = asked.directory.ancestors(asked.unit_id, asked.span.last)
        return {
            "home_name": asked.unit_name(asked.home),
            "unit_name": asked.unit_name(asked.unit_id),
            "unit_id": asked.unit_id,
            "above": [(asked.unit_name(unit), unit) for unit in reversed(path)],
            "span": asked.span,
            "span_label": label(asked.span, asked.language),
            "periods": asked.periods(),
            "state": state_text(asked.cutoff, asked.language),
            "state_day": (asked.parameter("as_of") or "")[:_DAY],
            "position": asked.view.position,
        }

    def problem(self, request: Request, status: int, message: Text) -> Response:
        """A page that says why there is none, for a reader who came with a browser."""
        return self._plain(request, "problem.html", status, {"message": message})

    def _plain(
        self, request: Request, template: str, status: int, values: Mapping[str, Any]
    ) -> Response:
        return self._render(request, template, values, status)

    def _render(
        self, request: Request, template: str, values: Mapping[str, Any], status: int = 200
    ) -> Response:
        language = language_of(request)
        node = self._node

        def url(path: str, **parameters: str | None) -> str:
            return link(path, language, {**_state_of(request), **parameters})

        def now() -> str:
            kept = {k: v for k, v in request.query_params.items() if k not in STATE_PARAMETERS}
            return link(request.url.path, language, kept)

        def switched() -> str:
            other = Language.VI if language is Language.EN else Language.EN
            kept = {k: v for k, v in request.query_params.items() if k != "lang"}
            return link(request.url.path, other, kept)

        page = _environment.get_template(template).render(
            {
                "refresh": None,
                "remedy": None,
                **values,
                "now": now(),
                "language": language,
                "say": lambda vi, en: language.of(Text(vi, en)),
                "t": language.of,
                "number": language.number,
                "percent": language.percent,
                "day": language.day,
                "moment": language.moment,
                "type_title": lambda name: language.of(type_title(name)),
                "kind_title": lambda name, kind: language.of(kind_title(name, kind)),
                "url": url,
                "switched": switched(),
                "node_name": node.settings.node,
                "parent_name": node.settings.parent,
                "committee": language.of(node.spec.title),
                "here": request.url.path,
            }
        )
        return HTMLResponse(page, status, HEADERS)
