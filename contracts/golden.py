"""Golden samples: the exact bytes of one recorded event of each type, the same on every machine."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from contracts.envelope import encode
from domain.events import Body, EventSpec, derive_id
from domain.parse import parse_body
from domain.samples import FULL

_RECORDED_AT: Final = "2025-07-02T03:04:05.000006Z"


def golden_event(spec: EventSpec) -> bytes:
    """The canonical bytes of the sample of a type's newest version.

    Raises ValueError if the domain's sample is not a valid body.
    """
    match parse_body(spec.name, spec.version, FULL[spec.name]):
        case Body() as body:
            pass
        case errors:
            raise ValueError(f"the sample of {spec.name} is not valid: {errors[0]}")
    event_id = derive_id("sample-event", spec.name, spec.version)
    return encode(
        event_id=str(event_id),
        origin=derive_id("sample-origin", body.unit_id),
        sequence=1,
        type=spec.name,
        version=spec.version,
        aggregate_id=str(_aggregate(body, event_id)),
        recorded_at=_RECORDED_AT,
        data={**body.to_data(), "aggregate_version": 1},
    )


def _aggregate(body: Body, event_id: UUID) -> UUID:
    return body.default_aggregate_id(event_id) or derive_id("sample-aggregate", body.spec.aggregate)
