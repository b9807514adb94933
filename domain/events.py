"""What every event is, and the registry of event types.

A type is declared once, in its subject's file, with `@event_type`; its API route, JSON Schema,
golden sample, envelope and timeline entry all follow from that declaration.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Final, LiteralString, NamedTuple, Self, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    model_validator,
)
from pydantic_core import PydanticCustomError

from domain.identifiers import derived
from domain.levels import ALL_LEVELS, Level
from domain.refusals import Text
from domain.screening import TextKind

MAX_COUNT: Final = 10**12
"""No count of things or people comes near it, and sums of counts stay exact in every database."""

MAX_INT: Final = 2**53 - 1
"""The largest integer that every JSON reader keeps exact (RFC 8785, I-JSON)."""


def _nfc(value: str) -> str:
    """Compose to NFC, so that the same Vietnamese text typed on two systems has one digest."""
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def invalid(code: LiteralString, *, vi: str, en: LiteralString) -> PydanticCustomError:
    """The error a validator raises: `domain.parse` gives its text in both languages."""
    return PydanticCustomError(code, en, {"vi": vi})


def distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Refuse a list in which a value stands twice."""
    if len(values) > 1 and len(set(values)) != len(values):
        raise invalid("repeated", vi="Có giá trị lặp lại.", en="A value stands twice.")
    return values


def distinct_by(name: str) -> AfterValidator:
    """Refuse a list of values of which two have the same attribute of this name."""

    def check(values: tuple[Any, ...]) -> tuple[Any, ...]:
        distinct(tuple(getattr(value, name) for value in values))
        return values

    return AfterValidator(check)


_ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199


_DAYS_KEPT: Final = 20_000
_days: dict[str, date] = {}
"""Days by the way they are written: those that are recorded are few and come again and again."""


def _iso_day(value: object) -> object:
    """Only a written ISO day: a bare number would be read as seconds since 1970."""
    if type(value) is str:
        known = _days.get(value)
        if known is not None:
            return known
        if _ISO_DAY.fullmatch(value):
            return _first_read(value)
    if isinstance(value, datetime) or not (
        isinstance(value, date) or (isinstance(value, str) and _ISO_DAY.fullmatch(value))
    ):
        raise invalid(
            "day_form", vi="Ngày phải có dạng NNNN-TT-NN.", en="A day is written YYYY-MM-DD."
        )
    return value


def _first_read(written: str) -> object:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return written  # there is no such day: what validates it says so
    if len(_days) >= _DAYS_KEPT:
        _days.clear()
    _days[written] = day
    return day


def _day_in_range(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise invalid(
            "day_range",
            vi="Năm phải từ 1900 đến 2199.",
            en="The year must be from 1900 to 2199.",
        )
    return value


Day = Annotated[date, BeforeValidator(_iso_day), AfterValidator(_day_in_range)]
"""A calendar day in Vietnam, written YYYY-MM-DD."""

_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def _rfc_3339(value: object) -> object:
    """Only a written time that says its zone: a bare number or a local time is ambiguous."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if not (isinstance(value, str) and _RFC_3339.fullmatch(value)):
        raise invalid(
            "moment_form",
            vi="Thời điểm phải có dạng NNNN-TT-NNTgg:pp:ss+07:00.",
            en="A time is written YYYY-MM-DDThh:mm:ss+07:00.",
        )
    return value


def _utc(value: datetime) -> datetime:
    """In UTC, so that one moment written in two zones has one digest."""
    _day_in_range(value.date())
    return value.astimezone(UTC)


Moment = Annotated[datetime, BeforeValidator(_rfc_3339), AfterValidator(_utc)]
"""A moment, written with its zone (RFC 3339) and recorded in UTC."""

Flag = StrictBool
"""True or false; never the string "yes", never 1."""


Count = Annotated[int, Field(ge=0, le=MAX_COUNT, strict=True)]
"""A whole number of things or people, 0 or more; never the string "3", never 3.0."""

Token = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.:@/-]{0,99}$")]
"""A machine-readable name: lower-case ASCII, no spaces."""

RecordKey = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"),
    AfterValidator(_nfc),
    TextKind.KEY,
]
"""The key under which a local system keeps the record, as that system writes it. Screened
(`domain.texts`)."""

Label = Annotated[
    str,
    Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$"),
    AfterValidator(_nfc),
    TextKind.LABEL,
]
"""One line of text that names an office, a unit, a model or a document; never a person. Screened
(`domain.texts`)."""

UnitCode = Annotated[str, Field(pattern=r"^[0-9]{2,5}$")]
"""The statistics office's code. Codes are reused, so a code is never an identity."""

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
"""SHA-256 of an event's exact bytes."""


class Value(BaseModel):
    """Base of every value inside an event: frozen, and a field nobody declared is an error."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class Body(Value):
    """The fields that every event has, besides what its envelope carries.

    `event_id`, `type`, `schema_version`, `aggregate_id` and `recorded_at` stand in the envelope
    (CloudEvents `id`, `type`, `dataschema`, `subject`, `time`).
    """

    unit_id: UUID
    """The unit the record belongs to."""
    org_id: UUID
    """The organisation of that unit that recorded it."""
    actor_account: Token
    """The account that recorded it; an account, not a person's name."""
    occurred_on: Day
    """The day it happened in Vietnam, or its first day when it lasted."""
    occurred_to: Day | None = None
    """Its last day, when it lasted more than one."""
    aggregate_version: Annotated[int, Field(ge=1, le=MAX_INT, strict=True)] | None = None
    """Which change of its aggregate this is, counted in the origin that records it from 1. The node
    assigns it; a sender may give it to be refused when someone else changed the aggregate first."""
    source_system: Token
    """The system the record was made in."""
    source_record_id: RecordKey
    """Its key there: unique with `source_system` within one recording seat."""
    document_id: UUID | None = None
    campaign_tags: Annotated[tuple[Token, ...], AfterValidator(distinct)] = ()
    """Campaigns it is part of (R14, R46): see `domain.tags`."""
    area_tags: Annotated[tuple[Token, ...], AfterValidator(distinct)] = ()
    """What kind of area it was done in (R49, R62): see `domain.tags`."""

    countable: ClassVar[Mapping[str, Text]] = {}
    """Its `Count` fields that add up over the events of a unit, each with what it counts:
    {"attendees": Text("Lượt người dự", "Attendees")}."""

    sample: ClassVar[Mapping[str, Any]] = {}
    """Values for its published samples where those made up from the declaration would not do."""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.occurred_to is not None and self.occurred_to < self.occurred_on:
            raise invalid(
                "ends_before_it_starts",
                vi="occurred_to trước occurred_on.",
                en="occurred_to is before occurred_on.",
            )
        return self

    def to_data(self) -> dict[str, Any]:
        """The JSON values that are recorded: names of the catalogue, absent fields left out."""
        # `model_dump` without its long way there.
        data: dict[str, Any] = self.__pydantic_serializer__.to_python(
            self, mode="json", by_alias=True, exclude_none=True
        )
        return data

    def default_aggregate_id(self, event_id: UUID) -> UUID | None:
        """The aggregate this event starts when its sender names none; None if it must name one.

        `event_id` is an identifier of the event's own. The node gives one that is derived from the
        unit as well: two units' systems may number alike, and theirs are two things all the same.
        """
        return event_id

    def target_event(self) -> UUID | None:
        """An event of the aggregate this one belongs to, where it names one: then its sender need
        not know the aggregate."""
        return None

    spec: ClassVar[EventSpec]


Upcaster = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Turns the data of one schema version into the data of the next; never touches the bytes."""


@dataclass(frozen=True, slots=True)
class EventSpec:
    """The declaration of one event type."""

    name: str
    """Past-tense name from the catalogue, without prefix: "MeetingHeld"."""
    version: int
    """The newest schema version this code writes."""
    aggregate: str
    """Kind of aggregate: "meeting", "model", "report", "unit", "organisation", "rule"; "*" for what
    belongs to its target's aggregate: a correction, a retraction, an assignment."""
    body: type[Body]
    levels: frozenset[Level]
    """The levels that record it."""
    title_vi: str
    title_en: str
    upcasters: Mapping[int, Upcaster]
    """From version n to n + 1, for every n below `version`."""

    def upcast(self, version: int, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Data of `version` as data of this code's version.

        Raises KeyError if `version` is newer than this code knows.
        """
        while version != self.version:
            data = self.upcasters[version](data)
            version += 1
        return data


EVENTS: dict[str, EventSpec] = {}
"""Every event type this code knows, by name. Filled by importing `domain.catalogue`."""

TBody = TypeVar("TBody", bound=Body)


def event_type(
    *,
    aggregate: str,
    title_vi: str,
    title_en: str,
    version: int = 1,
    levels: frozenset[Level] = ALL_LEVELS,
    upcasters: Mapping[int, Upcaster] | None = None,
) -> Callable[[type[TBody]], type[TBody]]:
    """Register a body class as an event type under the class's own name.

    Raises ValueError if the name is taken or an upcaster is missing.
    """
    steps = dict(upcasters or {})
    if set(steps) != set(range(1, version)):
        raise ValueError(f"upcasters must lead from version 1 to {version}")

    def register(body: type[TBody]) -> type[TBody]:
        name = body.__name__
        if name in EVENTS:
            raise ValueError(f"event type declared twice: {name}")
        body.spec = EVENTS[name] = EventSpec(
            name, version, aggregate, body, levels, title_vi, title_en, steps
        )
        return body

    return register


class Draft(NamedTuple):
    """An event that is not recorded yet: what a sender asks for, or a decision returns."""

    event_id: UUID
    aggregate_id: UUID
    body: Body

    @property
    def spec(self) -> EventSpec:
        return self.body.spec

    @property
    def type(self) -> str:
        return self.body.spec.name


def body_of(draft: Draft, kind: type[TBody]) -> TBody:
    """The draft's body as the class that the caller is registered for.

    Raises TypeError if it is another: the registry was filled wrongly.
    """
    if not isinstance(draft.body, kind):
        raise TypeError(f"{draft.type} is not {kind.__name__}")
    return draft.body


class Record(NamedTuple):
    """A recorded event, as folds read it.

    A named tuple, as is everything that is made for each event: a frozen dataclass of eight fields
    takes three times as long to make.

    `data` holds the JSON values of the body in this code's schema version. It was validated when it
    was recorded, so folds read it as it is: decoding ten million of them must stay cheap. So it is
    a tuple, too: a frozen dataclass of eight fields takes four times as long to make.
    """

    event_id: str
    type: str
    origin: str
    """UUID of the origin whose stream holds it."""
    sequence: int
    """Its place in that stream, from 1."""
    recorded_at: str
    """RFC 3339, UTC, microseconds: the text sorts as the time does, and never goes back within one
    origin."""
    aggregate_id: str
    digest: str
    data: Mapping[str, Any]

    @property
    def order(self) -> tuple[str, str, int]:
        """The order in which every node folds: the same whatever way the events arrived."""
        return recorded_order(self)


recorded_order: Final[Callable[[Record], tuple[str, str, int]]] = attrgetter(
    "recorded_at", "origin", "sequence"
)
"""`Record.order`, for sorting: it runs no Python for each record."""


def derive_id(*parts: object) -> UUID:
    """An identifier that every node derives alike from the same parts."""
    return derived(*parts)[0]
