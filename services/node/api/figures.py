"""GET /v1/figures: figures, their roll-up, how complete they are, the events behind them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from domain.refusals import Text
from services.node.api import cursors
from services.node.api.asof import AskedState, as_of_answer
from services.node.api.completeness import completeness
from services.node.api.figure_answers import (
    BehindList,
    FigureAnswer,
    FigureBrief,
    FigureList,
    PeriodAnswer,
    behind_answer,
    figure_answer,
)
from services.node.api.language import AskedLanguage
from services.node.api.parameters import (
    Area,
    CampaignTag,
    Cursor,
    Limit,
    TheNode,
    in_range,
    known_tag,
    refused,
    today,
)
from services.node.api.problem_documents import ProblemError
from services.node.figures import CellFilter, Cut, Figure, Span, parse_span
from services.node.node import Node
from services.node.problems import NOT_FOUND, problem
from services.node.views import View

router = APIRouter(tags=["figures"])

_CURSOR: Final = "behind"

Period = Annotated[
    str,
    Query(
        max_length=30,
        description="2025-H1, 2025, 2025-Q1, 2025-03, 2025-01-01..2025-03-31",
        examples=["2025-H1"],
    ),
]
HierarchyOn = Annotated[
    date | None,
    Query(
        description="Cộng theo hệ thống đơn vị của ngày này thay vì như trong kỳ. / Roll up along "
        "the hierarchy of this day instead of as it was in the period.",
    ),
]

Category = Annotated[
    str | None,
    Query(
        max_length=60,
        description="Chỉ một loại trong các loại của số liệu (loại đối tượng, loại ngày hội…); "
        "danh sách ở GET /v1/figures. / One of the figure's categories (of subjects, of festivals "
        "…) only; GET /v1/figures lists them.",
    ),
]
Organisation = Annotated[
    str | None,
    Query(
        max_length=60,
        description="Chỉ một loại cơ quan, tổ chức trong danh sách ở GET /v1/figures. / One of the "
        "categories of organisations that GET /v1/figures lists only.",
    ),
]


@router.get("/v1/figures", summary="Các số liệu của nút này / The figures of this node")
def list_figures(node: TheNode, language: AskedLanguage) -> FigureList:
    """The figures this node's committee reads."""
    return FigureList(
        items=[
            FigureBrief(
                name=figure.name,
                formula=figure.formula,
                title=language.of(figure.title),
                explanation=language.of(figure.explanation),
                measures={name: language.of(text) for name, text in figure.measures.items()},
                categories={name: language.of(text) for name, text in figure.categories.items()},
                opening_category=figure.opening_category,
                organisations={
                    name: language.of(text) for name, text in figure.organisations.items()
                },
                href=f"/v1/figures/{figure.name}",
            )
            for figure in node.spec.figures
        ]
    )


@router.get(
    "/v1/figures/{name}",
    summary="Một số liệu, cộng dồn và mức đầy đủ / A figure, its roll-up and its completeness",
)
def read_figure(
    node: TheNode,
    language: AskedLanguage,
    name: str,
    unit: UUID,
    period: Period,
    state: AskedState,
    category: Category = None,
    organisation: Organisation = None,
    tag: CampaignTag = None,
    area: Area = None,
    hierarchy_on: HierarchyOn = None,
    upcoming: Annotated[
        bool,
        Query(
            description="Việc chưa đến hạn hôm nay không tính là đến hạn. / What falls due after "
            "today is not counted as due."
        ),
    ] = False,
    origins: Annotated[
        Literal["incomplete", "all"],
        Query(description="Nguồn nào được liệt kê. / Which origins are listed."),
    ] = "incomplete",
) -> FigureAnswer:
    """A figure of a unit over a period, with one row per unit below.

    With `as_of` or `as_of_position`: the figure as of that state of the log. Its completeness is
    that of today: what has arrived since of the events that were recorded by then is in it.
    """
    figure = _figure(node, name)
    with node.projector.view(state) as view:
        span = _span(view, period, str(unit))
        cut = Cut(
            hierarchy_on=None if hierarchy_on is None else in_range("hierarchy_on", hierarchy_on),
            today=today(node.now()) if upcoming else None,
            category=category,
            organisation=organisation,
            tag=known_tag(view.directory, tag),
            area=area,
        )
        result = figure.compute(view, str(unit), span, cut)
        covered = figure.covered_units(view, str(unit), span, cut)
    complete = completeness(node, covered, result.position, everything=origins == "all")
    answer = figure_answer(result, language.of(figure.title), complete, language)
    answer.as_of = as_of_answer(state)
    return answer


@router.get(
    "/v1/figures/{name}/events",
    summary="Các sự kiện tạo nên một con số / The events that make up a number",
)
def read_behind(
    node: TheNode,
    name: str,
    unit: UUID,
    period: Period,
    measure: Annotated[str, Query(max_length=200)],
    state: AskedState,
    row: Annotated[
        UUID | None,
        Query(description="Dòng của một đơn vị; không có: tổng. / One unit's row; else the total."),
    ] = None,
    category: Category = None,
    organisation: Organisation = None,
    tag: CampaignTag = None,
    area: Area = None,
    hierarchy_on: HierarchyOn = None,
    upcoming: bool = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> BehindList:
    """Every number opens into the events it is made of; their values add up to it. Events whose
    sensitive counts may not be shown are left out and counted in `withheld`."""
    figure = _figure(node, name)
    row_id = None if row is None else str(row)
    after = None if cursor is None else cursors.read_key(_CURSOR, cursor)
    with node.projector.view(state) as view:
        span = _span(view, period, str(unit))
        cut = figure.settled(
            Cut(
                hierarchy_on,
                today(node.now()) if upcoming else None,
                category,
                organisation,
                known_tag(view.directory, tag),
                area,
            )
        )
        page = figure.behind(
            view,
            str(unit),
            span,
            CellFilter(measure, row_id),
            after=after,
            limit=limit,
            cut=cut,
        )
        position = view.position
    return BehindList(
        figure=figure.name,
        unit=str(unit),
        period=PeriodAnswer(code=span.code, first=span.first, last=span.last),
        category=cut.category,
        organisation=cut.organisation,
        measure=measure,
        row=row_id,
        items=[behind_answer(item) for item in page.items],
        next=None if page.after is None else cursors.write(_CURSOR, page.after),
        withheld=page.withheld,
        position=position,
        as_of=as_of_answer(state),
    )


def _figure(node: Node, name: str) -> Figure:
    for figure in node.spec.figures:
        if figure.name == name:
            return figure
    names = ", ".join(figure.name for figure in node.spec.figures)
    raise ProblemError(
        problem(
            NOT_FOUND,
            Text(
                f"Nút này không có số liệu đó; có: {names}.",
                f"This node has no such figure; there are: {names}.",
            ),
        )
    )


def _span(view: View, period: str, unit_id: str) -> Span:
    try:
        span = parse_span(period, view.directory, unit_id)
    except ValueError:
        raise refused(
            "period",
            "Viết như 2025-H1, 2025, 2025-Q1, 2025-03 hoặc 2025-01-01..2025-03-31.",
            "Write it like 2025-H1, 2025, 2025-Q1, 2025-03 or 2025-01-01..2025-03-31.",
        ) from None
    if span is None:
        raise refused(
            "period",
            "Chưa có quy định nào xác định kỳ báo cáo này cho đơn vị (RuleDefined, kind period).",
            "No rule fixes this reporting period for the unit (RuleDefined, kind period).",
        )
    in_range("period", span.first)
    in_range("period", span.last)
    return span
