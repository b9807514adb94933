"""The standard "safe in security and order": self-assessed, judged, recognised or refused.

R08, R09, R70; Circulars 23/2012 and 124/2021. The unit assesses, a council judges, an authority
recognises, each in its own stream and all under the subject's identity of the year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from domain.decisions import Accepted, Context, Decision, decides
from domain.effective import effective
from domain.events import (
    Day,
    Draft,
    Flag,
    Record,
    RecordKey,
    Token,
    Value,
    body_of,
    distinct_by,
    event_type,
    invalid,
)
from domain.periods import Span
from domain.refusals import (
    INVALID_FIELD,
    NOT_IN_THAT_STATE,
    Notice,
    Refusal,
    Text,
    refuse,
)
from domain.rule_params import AuthorityMatter, StandardVersion
from domain.standard_windows import IN_FORCE_124, in_force, standard_window
from domain.standing import authority_refusal
from domain.subject_years import SubjectYear, fold, subject_refusal
from domain.subjects import SubjectBody


class StandardStage(StrEnum):
    """How far the judging has come."""

    SELF_ASSESSED = "self_assessed"
    COUNCIL = "council"
    RECOGNISED = "recognised"
    REFUSED = "refused"
    REVOKED = "revoked"


_AFTER: Final[Mapping[StandardStage, StandardStage | None]] = {
    StandardStage.SELF_ASSESSED: None,
    StandardStage.COUNCIL: StandardStage.SELF_ASSESSED,
    StandardStage.RECOGNISED: StandardStage.COUNCIL,
    StandardStage.REFUSED: StandardStage.COUNCIL,
    StandardStage.REVOKED: StandardStage.RECOGNISED,
}
"""The stage that comes right before each."""

_BY_AUTHORITY: Final = frozenset(
    {StandardStage.RECOGNISED, StandardStage.REFUSED, StandardStage.REVOKED}
)


class Window(Value):
    """The days that the judging looks at, both included."""

    first: Day
    last: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise invalid("window_order", vi="last trước first.", en="last is before first.")
        return self


class Criterion(Value):
    """A criterion of the circular, by its code, and whether it was met."""

    code: Token
    met: Flag


@event_type(
    aggregate="subject_year",
    title_vi="Xét, công nhận “An toàn về an ninh, trật tự”",
    title_en="Safe-unit standard decided",
)
class StandardDecided(SubjectBody):
    """A subject reached a stage of the standard for a year (R08, R70); it registered before."""

    stage: StandardStage
    standard_version: StandardVersion
    window: Window
    criteria: Annotated[tuple[Criterion, ...], distinct_by("code"), Field(max_length=100)] = ()
    certificate_no: RecordKey | None = None
    """The number of the decision or certificate, when recognised."""

    @model_validator(mode="after")
    def _certificate_of_a_recognition(self) -> Self:
        if self.certificate_no is not None and self.stage is not StandardStage.RECOGNISED:
            raise invalid(
                "certificate_no",
                vi="certificate_no chỉ dùng khi công nhận (recognised).",
                en="certificate_no goes with recognised only.",
            )
        return self


def _check(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, StandardDecided)
    refusal = subject_refusal(draft, body, ctx, "R70") or _window_refusal(body, ctx)
    if refusal is not None or body.stage not in _BY_AUTHORITY:
        return refusal
    return authority_refusal(
        ctx, draft, AuthorityMatter.STANDARD, body.category, body.subject_unit, "R70"
    )


def _window_refusal(body: StandardDecided, ctx: Context) -> Refusal | None:
    given = Span(body.window.first, body.window.last)
    if not in_force(body.standard_version, given):
        return refuse(
            INVALID_FIELD,
            "/data/standard_version",
            "R09",
            vi="Thông tư 124/2021/TT-BCA có hiệu lực từ {day}, trước đó là Thông tư "
            "23/2012/TT-BCA.",
            en="Circular 124/2021/TT-BCA is in force from {day}, before it Circular "
            "23/2012/TT-BCA.",
            day=IN_FORCE_124,
        )
    window = standard_window(
        ctx.directory, body.subject_unit, body.category, body.year, body.standard_version
    )
    if window.version is not body.standard_version:
        return refuse(
            INVALID_FIELD,
            "/data/standard_version",
            "R09",
            vi="Năm {year} xét theo {version} ({source}).",
            en="The year {year} is judged by {version} ({source}).",
            year=body.year,
            version=window.version.value,
            source=window.source,
        )
    if window.span is not None and window.span != given:
        return refuse(
            INVALID_FIELD,
            "/data/window",
            "R09",
            vi="Thời gian xét năm {year} là {first} đến {last} theo {source}.",
            en="The window of {year} is {first} to {last} by {source}.",
            year=body.year,
            first=window.span.first,
            last=window.span.last,
            source=window.source,
        )
    if body.occurred_on >= given.first:
        return None
    return refuse(
        INVALID_FIELD,
        "/data/occurred_on",
        "R09",
        vi="{day} trước khi bắt đầu thời gian xét {first}.",
        en="{day} is before the window begins on {first}.",
        day=body.occurred_on,
        first=given.first,
    )


@decides(StandardDecided, check=_check)
def decide_standard(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """Stages follow one another, each once, after the registration (R70)."""
    del ctx
    body = body_of(draft, StandardDecided)
    state = fold(effective(history))
    refusal = (
        _registered_before(state, body) or _not_yet_reached(state, body) or _in_turn(state, body)
    )
    return refusal or Accepted((draft,), _notices(body))


def _registered_before(state: SubjectYear, body: StandardDecided) -> Refusal | None:
    if state.registered is not None and state.registered.day <= body.occurred_on:
        return None
    return refuse(
        NOT_IN_THAT_STATE,
        "/data/stage",
        "R70",
        vi="Đến {day} đối tượng chưa đăng ký năm {year}; ghi EmulationRegistered trước, muộn cũng "
        "được nhận.",
        en="By {day} the subject has not registered for {year}; record EmulationRegistered first, "
        "a late one is accepted.",
        day=body.occurred_on,
        year=body.year,
    )


def _not_yet_reached(state: SubjectYear, body: StandardDecided) -> Refusal | None:
    outcomes = {StandardStage.RECOGNISED, StandardStage.REFUSED}
    same = outcomes if body.stage in outcomes else {body.stage}
    for stage in same:
        known = state.steps.get(stage)
        if known is not None:
            return refuse(
                NOT_IN_THAT_STATE,
                "/data/stage",
                "R70",
                vi="Đã có bước {stage} ngày {day} (sự kiện {event}); muốn sửa thì gửi "
                "EventCorrected.",
                en="Stage {stage} was reached on {day} (event {event}); to change it send "
                "EventCorrected.",
                stage=stage.value,
                day=known.day,
                event=known.event_id,
            )
    return None


def _in_turn(state: SubjectYear, body: StandardDecided) -> Refusal | None:
    before = _AFTER[body.stage]
    if before is None:
        return None
    known = state.steps.get(before)
    if known is None:
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/stage",
            "R70",
            vi="Trước {stage} phải có {before}; bước đó chưa có ở nút này.",
            en="Before {stage} comes {before}, which this node does not hold.",
            stage=body.stage.value,
            before=before.value,
        )
    if known.day <= body.occurred_on:
        return None
    return refuse(
        INVALID_FIELD,
        "/data/occurred_on",
        "R70",
        vi="{day} trước bước {before} ngày {earlier}.",
        en="{day} is before the stage {before} on {earlier}.",
        day=body.occurred_on,
        before=before.value,
        earlier=known.day,
    )


def _notices(body: StandardDecided) -> tuple[Notice, ...]:
    """What a recognition should make its authority look again; it stands all the same."""
    if body.stage is not StandardStage.RECOGNISED:
        return ()
    notices: list[Notice] = []
    if body.occurred_on < body.window.last:
        text = Text(
            "Công nhận ngày {day}, trước khi hết thời gian xét {last}.",
            "Recognised on {day}, before the window ends on {last}.",
        )
        notices.append(
            Notice("recognised-early", text.format(day=body.occurred_on, last=body.window.last))
        )
    unmet = ", ".join(criterion.code for criterion in body.criteria if not criterion.met)
    if unmet:
        text = Text("Công nhận khi tiêu chí {unmet} chưa đạt.", "Recognised with {unmet} unmet.")
        notices.append(Notice("criteria-unmet", text.format(unmet=unmet)))
    return tuple(notices)
