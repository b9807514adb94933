"""What endpoints share: the node, and the strictness of their parameters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final

from fastapi import Depends, Query, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query as QueryParameter
from fastapi.routing import APIRoute

from domain.decisions import VIETNAM
from domain.directory import Directory
from domain.events import FIRST_YEAR, LAST_YEAR
from domain.refusals import Text
from domain.tags import AreaTag, campaign_tags
from services.node.api.failures import bad_parameter
from services.node.api.problem_documents import ProblemError
from services.node.node import Node
from services.node.problems import FieldProblem

MAX_PAGE: Final = 1_000


def _node(request: Request) -> Node:
    node: Node = request.app.state.node
    return node


TheNode = Annotated[Node, Depends(_node)]
"""The node this app serves."""

Limit = Annotated[
    int,
    Query(ge=1, le=MAX_PAGE, description="Số dòng tối đa một trang. / Rows a page at most."),
]

Cursor = Annotated[
    str | None,
    Query(
        max_length=400,
        description="Giá trị next của trang trước. / The next of the page before.",
    ),
]


CampaignTag = Annotated[
    str | None,
    Query(
        max_length=100,
        description="Chỉ việc thuộc cuộc vận động, phong trào, đề án này. / Only what is part of "
        "this campaign.",
        examples=["new_rural_and_urban"],
    ),
]
Area = Annotated[
    str | None,
    Query(
        max_length=100,
        description="Chỉ việc ở loại địa bàn này. / Only what was done in this kind of area.",
        examples=["industrial_zone"],
    ),
]


def known_tag(directory: Directory, tag: str | None) -> str | None:
    """The tag, if a campaign has it. Raises ProblemError."""
    if tag is None or tag in (known := campaign_tags(directory)):
        return tag
    names = ", ".join(known)
    raise refused("tag", f"Phải là một trong {names}.", f"It must be one of {names}.")


def known_area(area: str | None) -> str | None:
    """The kind of area, if there is such. Raises ProblemError."""
    if area is None or area in set(AreaTag):
        return area
    names = ", ".join(AreaTag)
    raise refused("area", f"Phải là một trong {names}.", f"It must be one of {names}.")


def refuse_unknown_parameters(request: Request) -> None:
    """A misspelt filter must not silently give the answer to another question."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    known = {
        field.alias
        for field in get_flat_params(route.dependant)
        if isinstance(field.field_info, QueryParameter)
    }
    unknown = sorted(set(request.query_params) - known - {"lang"})
    if unknown:
        names = ", ".join(sorted(known))
        raise ProblemError(
            bad_parameter(
                [
                    FieldProblem(
                        name[:60],
                        "unknown",
                        Text(
                            f"Không có tham số này; có: {names}.", f"Unknown; there are: {names}."
                        ),
                    )
                    for name in unknown[:10]
                ]
            )
        )


def refused(parameter: str, vi: str, en: str) -> ProblemError:
    """The answer to one parameter that makes no sense."""
    return ProblemError(bad_parameter([FieldProblem(parameter, "value", Text(vi, en))]))


def in_range(parameter: str, day: date) -> date:
    """The day, if it is one that records may have. Raises ProblemError."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise refused(
            parameter,
            f"Năm phải từ {FIRST_YEAR} đến {LAST_YEAR}.",
            f"The year must be from {FIRST_YEAR} to {LAST_YEAR}.",
        )
    return day


def today(moment: datetime) -> date:
    """The calendar day in Vietnam."""
    return moment.astimezone(VIETNAM).date()
