"""Every way a request can fail, turned into a problem document."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from domain.refusals import Text
from services.node.api import media
from services.node.api.problem_documents import PROBLEM_MEDIA_TYPE, ProblemError, respond
from services.node.asof.asking import AsOfQuestionError
from services.node.asof.cutoff import TooFarBackError
from services.node.bundles.format import BundleError
from services.node.errors import BusyError, NotFoundError, RefusedError, RetryLaterError
from services.node.figures import FigureQuestionError
from services.node.problems import (
    BUNDLE_REFUSED,
    BUSY,
    INTERNAL,
    INVALID_PARAMETER,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    REQUEST_TOO_LARGE,
    STORE_UNAVAILABLE,
    TOO_FAR_BACK,
    FieldProblem,
    Problem,
    problem,
)

_log = logging.getLogger(__name__)
_EXCERPT: Final = 40
_API: Final = "/v1/"
_HTML: Final = "text/html"
_PARAMETERS: Final = {"unit_id": "unit", "after": "cursor"}
"""Names of the figures' questions that the API calls otherwise."""


Page = Callable[[Request, int, Text], Response]
"""Makes a page for people that says what is wrong."""


def install(app: FastAPI, page: Page) -> None:
    """Make every error of this app a problem document; of an address that is none of the API's, a
    page, where a browser asks for it."""

    @app.exception_handler(ProblemError)
    def _problem(request: Request, error: ProblemError) -> Response:
        return respond(error.problem, request.scope, error.headers)

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        return respond(_from_validation(error.errors()), request.scope)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_allowed(app, request.scope))
        found = _from_status(error.status_code, request)
        if _is_for_a_reader(request):
            answer = page(request, found.status, found.detail)
            answer.headers.update({**headers, "Vary": "Accept"})
            return answer
        return respond(found, request.scope, headers)

    for kind in (RetryLaterError, RefusedError):
        app.add_exception_handler(kind, _node_error)


def _is_for_a_reader(request: Request) -> bool:
    """Whether a person looks at the answer: a program that follows a page's link takes JSON."""
    if request.url.path.startswith(_API):
        return False
    offered = (PROBLEM_MEDIA_TYPE, media.JSON, _HTML)
    return media.accepted(request.headers.get("accept", ""), offered) == _HTML


def _node_error(request: Request, error: Exception) -> Response:
    return respond(from_error(error), request.scope)


def from_error(error: Exception) -> Problem:
    """The problem that tells an error of the node; "internal" for what nobody expected."""
    if isinstance(error, FigureQuestionError):
        name = _PARAMETERS.get(error.parameter, error.parameter)
        return bad_parameter([FieldProblem(name, "value", error.text)])
    if isinstance(error, AsOfQuestionError):
        return bad_parameter([FieldProblem(error.parameter, "value", error.text)])
    if isinstance(error, TooFarBackError):
        return problem(TOO_FAR_BACK, error.text)
    if isinstance(error, BundleError):
        return problem(
            BUNDLE_REFUSED,
            error.text,
            rule="bundle format 1",
            extra={"part": error.part, "offset": error.offset},
        )
    if isinstance(error, NotFoundError):
        return problem(NOT_FOUND, Text("Nút này không có mục được hỏi.", str(error)))
    if isinstance(error, RefusedError):
        return problem(INVALID_PARAMETER, Text("Yêu cầu không thực hiện được.", str(error)))
    if isinstance(error, BusyError):
        return problem(
            BUSY,
            Text(
                "Quá nhiều sự kiện đang chờ ghi; không nhận gì của yêu cầu này.",
                "Too many events are waiting to be recorded; nothing of this request was taken.",
            ),
        )
    if isinstance(error, RetryLaterError):
        return problem(
            STORE_UNAVAILABLE,
            Text("Kho dữ liệu của nút không trả lời.", "The node's store did not answer."),
        )
    return problem(
        INTERNAL,
        Text(
            "Nút gặp lỗi khi xử lý yêu cầu; lỗi đã được ghi vào nhật ký cùng mã yêu cầu.",
            "The node failed on this request; the failure is logged with the request id.",
        ),
    )


def log_failure(scope: Scope, error: Exception) -> None:
    """Log an unexpected failure with the request id that the client was told."""
    _log.error(
        "request %s: %s %s failed",
        scope["state"]["request_id"],
        scope["method"],
        scope["path"],
        exc_info=error,
    )


def _allowed(app: FastAPI, scope: Scope) -> list[str]:
    """The methods of the path: several routes may share it, and each knows only its own."""
    found: set[str] = set()
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        probe = {**scope, "method": method}
        if any(route.matches(probe)[0] is Match.FULL for route in app.routes):
            found.add(method)
    return sorted(found)


def _from_status(status: int, request: Request) -> Problem:
    path, method = request.url.path[:_EXCERPT], request.method[:_EXCERPT]
    if status == 404:
        return problem(
            NOT_FOUND,
            Text(f"Không có đường dẫn {path}.", f"There is no path {path}."),
        )
    if status == 405:
        return problem(
            METHOD_NOT_ALLOWED,
            Text(f"{path} không nhận phương thức {method}.", f"{path} does not take {method}."),
        )
    if status == 413:
        return problem(
            REQUEST_TOO_LARGE, Text("Thân yêu cầu quá lớn.", "The request body is too large.")
        )
    return Problem(
        INVALID_PARAMETER.code,
        status,
        INVALID_PARAMETER.title,
        Text("Yêu cầu không hợp lệ.", "The request is not valid."),
        INVALID_PARAMETER.remedy,
    )


_TEXTS: Final[Mapping[str, Text]] = {
    "missing": Text("Thiếu tham số bắt buộc.", "The parameter is required."),
    "int_parsing": Text("Phải là số nguyên.", "It must be a whole number."),
    "float_parsing": Text("Phải là số.", "It must be a number."),
    "bool_parsing": Text("Phải là true hoặc false.", "It must be true or false."),
    "uuid_parsing": Text("Phải là UUID.", "It must be a UUID."),
    "date_from_datetime_parsing": Text(
        "Ngày phải có dạng NNNN-TT-NN.", "A day is written YYYY-MM-DD."
    ),
    "date_from_datetime_inexact": Text(
        "Ngày phải có dạng NNNN-TT-NN.", "A day is written YYYY-MM-DD."
    ),
    "greater_than_equal": Text("Phải từ {ge} trở lên.", "It must be {ge} or more."),
    "less_than_equal": Text("Phải từ {le} trở xuống.", "It must be {le} or less."),
    "literal_error": Text("Phải là một trong {expected}.", "It must be {expected}."),
    "enum": Text("Phải là một trong {expected}.", "It must be {expected}."),
    "string_too_long": Text(
        "Tối đa {max_length} ký tự.", "It may have at most {max_length} characters."
    ),
}
_OTHER: Final = Text("Giá trị không hợp lệ.", "The value is not valid.")


def _from_validation(errors: Sequence[Mapping[str, Any]]) -> Problem:
    fields = [
        FieldProblem(
            # A parameter that may be given again ends in its place among its values.
            next(str(step) for step in reversed(error["loc"]) if isinstance(step, str)),
            str(error["type"]),
            _TEXTS.get(error["type"], _OTHER).format(**error.get("ctx", {})),
        )
        for error in errors
    ]
    return bad_parameter(fields)


def bad_parameter(fields: Sequence[FieldProblem]) -> Problem:
    """The problem of parameters that cannot be understood; there is at least one."""
    first = fields[0]
    return problem(
        INVALID_PARAMETER,
        Text(f"{first.pointer}: {first.detail.vi}", f"{first.pointer}: {first.detail.en}"),
        field=first.pointer,
        errors=fields,
    )
