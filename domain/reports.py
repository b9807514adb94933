"""Periodic and other reports, as units send them, version by version.

R29, R53–R56, R59, R89–R95, R120, R121. What receivers say to them is in `report_replies`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from domain.checks import organisation_refusal
from domain.decisions import Accepted, Context, Decision, decides
from domain.effective import effective
from domain.events import (
    MAX_INT,
    Body,
    Digest,
    Draft,
    Label,
    Record,
    Token,
    Value,
    body_of,
    derive_id,
    distinct,
    distinct_by,
    event_type,
    invalid,
)
from domain.identifiers import text_of
from domain.levels import COMMUNE_TO_PROVINCE
from domain.obligations import bearers
from domain.periods import Period, period_span
from domain.refusals import (
    INVALID_FIELD,
    NOT_IN_THAT_STATE,
    ORGANISATION_NOT_ALLOWED,
    UNIT_NOT_ACTIVE,
    VERSION_CONFLICT,
    Notice,
    Refusal,
    Text,
    refuse,
)
from domain.report_kinds import PeriodCode, ReportKind
from domain.report_state import ReportState, fold
from domain.rule_params import RuleKind
from domain.standing import identity_refusal, known_unit_refusal

MAX_STREAMS: Final = 1_000
"""Streams that a report names: with 500 figures they still fit into one event."""

Figure = Annotated[int, Field(ge=-MAX_INT, le=MAX_INT, strict=True)]


class ChildReport(Value):
    """A report from below that was consolidated, in exactly one version (R121)."""

    report_id: UUID
    digest: Digest


@event_type(
    aggregate="report",
    title_vi="Gửi báo cáo",
    title_en="Report submitted",
    levels=COMMUNE_TO_PROVINCE,
)
class ReportSubmitted(Body):
    """A version of a report was sent to its recipients (R53–R56).

    A unit's half-year, annual and consolidated reports have one identity per period, so that one
    obligation has one report. The successor of a unit that ended answers for it.
    """

    kind: ReportKind
    period: PeriodCode
    answers_for: UUID | None = None
    """The unit whose obligation this is, if it ended before it could send the report."""
    report_version: Annotated[int, Field(ge=1, le=1000, strict=True)]
    supersedes: Digest | None = None
    """The version before, when it is replaced without having been returned."""
    figures: Annotated[dict[Token, Figure], Field(max_length=500)] = Field(default_factory=dict)
    """By indicator code."""
    sections: Annotated[tuple[Token, ...], AfterValidator(distinct), Field(max_length=100)] = ()
    """Codes of the sections it holds, for example next_year_plan (R29)."""
    log_position: Annotated[int, Field(ge=0, le=MAX_INT, strict=True)] | None = None
    """The sequence number in the unit's stream up to which the figures were computed."""
    computed_through: (
        Annotated[
            dict[UUID, Annotated[int, Field(ge=1, le=MAX_INT, strict=True)]],
            Field(max_length=MAX_STREAMS),
        ]
        | None
    ) = None
    """By origin: the sequence number up to which each stream was held that the figures were
    computed from; streams that are not named were not held. Every node that holds them can compute
    the figures again in the same state (F15)."""
    texts: (
        Annotated[
            dict[Token, Annotated[tuple[Label, ...], Field(min_length=1, max_length=20)]],
            Field(max_length=30),
        ]
        | None
    ) = None
    """By section: its text, one paragraph a line. About the movement, never about a person (R07,
    R29)."""
    child_reports: Annotated[
        tuple[ChildReport, ...], distinct_by("report_id"), Field(max_length=400)
    ] = ()
    recipients: Annotated[tuple[UUID, ...], AfterValidator(distinct), Field(max_length=100)] = ()
    """Organisations; two addressees give two receipts (R56)."""

    @model_validator(mode="after")
    def _texts_of_its_sections(self) -> Self:
        if any(code not in self.sections for code in self.texts or ()):
            raise invalid(
                "report_texts",
                vi="Mỗi mã trong texts phải có trong sections.",
                en="Each code in texts must stand in sections.",
            )
        return self

    @model_validator(mode="after")
    def _period_of_its_kind(self) -> Self:
        half = "-" in self.period
        if (self.kind is ReportKind.HALF_YEAR and not half) or (
            self.kind is ReportKind.ANNUAL and half
        ):
            raise invalid(
                "report_period",
                vi="Báo cáo half_year có kỳ dạng 2025-H1, annual dạng 2025 (R53, R54).",
                en="A half_year report has a period like 2025-H1, an annual one like 2025 "
                "(R53, R54).",
            )
        return self

    def default_aggregate_id(self, event_id: UUID) -> UUID:
        """Derived from unit, kind and period where there is one such report a period."""
        if self.kind.one_per_period:
            return report_id(self.answers_for or self.unit_id, self.kind, self.period)
        return event_id


def report_id(unit_id: UUID | str, kind: str, period: str) -> UUID:
    """The identity of a unit's half-year, annual or consolidated report of a period."""
    return derive_id("report", unit_id, ReportKind(kind).value, period)


def _succession(body: ReportSubmitted, ctx: Context) -> Refusal | None:
    """Only the successor of a unit that ended answers for it (projections, Reorganisation)."""
    if body.answers_for is None:
        return None
    directory, day = ctx.directory, body.occurred_on
    unknown = known_unit_refusal(ctx, body.answers_for, "/data/answers_for", "R102")
    if unknown is not None:
        return unknown
    if body.answers_for != body.unit_id and text_of(body.unit_id) in bearers(
        directory, body.answers_for, day
    ):
        return None
    return refuse(
        ORGANISATION_NOT_ALLOWED,
        "/data/answers_for",
        "R102",
        vi="Vào {day}, nghĩa vụ của đơn vị {ended} không thuộc đơn vị {unit}.",
        en="On {day} the obligations of unit {ended} are not those of unit {unit}.",
        day=day,
        ended=body.answers_for,
        unit=body.unit_id,
    )


def _lived(body: ReportSubmitted, ctx: Context) -> Refusal | None:
    """A unit reports on a period of which it, or a unit that it came from, lived at least a day
    (R53, R102)."""
    directory = ctx.directory
    unit = directory.unit(body.answers_for or body.unit_id)
    if unit is None:
        return None  # told by other checks
    period = Period.parse(body.period)
    span = period_span(directory, unit.unit_id, period) or period.calendar
    waiting = [unit.unit_id]
    while waiting:
        asked = directory.unit(waiting.pop())
        if asked is None:
            continue
        if asked.start <= span.last.toordinal() and span.first.toordinal() < asked.stop:
            return None
        waiting.extend(edge.from_id for edge in directory.predecessors(asked.unit_id))
    until = unit.valid_to
    return refuse(
        UNIT_NOT_ACTIVE,
        "/data/period",
        "R53",
        vi="Kỳ {period} ({first} đến {last}) nằm ngoài thời gian tồn tại của đơn vị {unit} (từ "
        "{start} đến {end}) và của các đơn vị nhập vào nó.",
        en="The period {period} ({first} to {last}) lies outside the life of unit {unit} (from "
        "{start} to {end}) and of the units that it came from.",
        period=body.period,
        first=span.first,
        last=span.last,
        unit=unit.unit_id,
        start=unit.valid_from,
        end=until if until is not None else "…",
    )


def _addressed(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, ReportSubmitted)
    refusal = _succession(body, ctx) or _lived(body, ctx)
    for index, org_id in enumerate(body.recipients):
        refusal = refusal or organisation_refusal(
            ctx.directory, org_id, body.occurred_on, f"/data/recipients/{index}"
        )
    if refusal is not None:
        return refusal
    return identity_refusal(draft, "R53")


@decides(ReportSubmitted, check=_addressed)
def decide_submitted(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """Versions follow one another; the next is sent when the last was returned or is superseded.

    A section that the template asks for and the report lacks is told: whoever receives it may
    return it for that (R07, R29, R59).
    """
    body = body_of(draft, ReportSubmitted)
    refusal = _out_of_turn(fold(effective(history)), body)
    return refusal or Accepted((draft,), _missing_sections(body, ctx))


def _missing_sections(body: ReportSubmitted, ctx: Context) -> tuple[Notice, ...]:
    unit_id = body.answers_for or body.unit_id
    rule = ctx.directory.rule(RuleKind.TEMPLATE, unit_id, body.occurred_on, about=body.kind.value)
    if rule is None:
        return ()
    missing = [code for code in rule.params["sections"] if code not in body.sections]
    if not missing:
        return ()
    text = Text(
        "Thiếu mục {missing} theo mẫu ({rule}).",
        "By the template the sections {missing} are missing ({rule}).",
    )
    return (Notice("sections-missing", text.format(missing=", ".join(missing), rule=rule.rule_id)),)


def _out_of_turn(state: ReportState | None, body: ReportSubmitted) -> Refusal | None:
    if state is None:
        if body.report_version != 1 or body.supersedes is not None:
            return _wrong_version(body.report_version, 1)
        return None
    latest = state.latest
    if body.report_version != latest.number + 1:
        return _wrong_version(body.report_version, latest.number + 1)
    if (state.unit_id, state.kind, state.period) != (
        text_of(body.answers_for or body.unit_id),
        body.kind,
        body.period,
    ):
        return refuse(
            INVALID_FIELD,
            "/data/period",
            "R53",
            vi="Báo cáo này là {kind} kỳ {period} của đơn vị {unit}.",
            en="This report is the {kind} one of {period} of unit {unit}.",
            kind=state.kind,
            period=state.period,
            unit=state.unit_id,
        )
    if body.supersedes is not None:
        if body.supersedes == latest.digest:
            return None
        return refuse(
            VERSION_CONFLICT,
            "/data/supersedes",
            "R59",
            vi="Phiên bản mới nhất có mã băm {digest}.",
            en="The latest version has the digest {digest}.",
            digest=latest.digest,
        )
    if latest.returned:
        return None
    return refuse(
        NOT_IN_THAT_STATE,
        "/data/report_version",
        "R59",
        vi="Phiên bản {number} gửi ngày {day} chưa bị trả lại; muốn thay thì nêu mã băm của nó ở "
        "supersedes.",
        en="Version {number}, sent on {day}, was not returned; to replace it give its digest in "
        "supersedes.",
        number=latest.number,
        day=latest.submitted_on,
    )


def _wrong_version(given: int, expected: int) -> Refusal:
    return refuse(
        VERSION_CONFLICT,
        "/data/report_version",
        "R59",
        vi="Phiên bản tiếp theo là {expected}, không phải {given}.",
        en="The next version is {expected}, not {given}.",
        expected=expected,
        given=given,
    )
