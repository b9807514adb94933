"""One minimal and one full example of every event type, the same on every machine.

They show the form, not a story: contracts and documentation are made of them. All names and figures
are invented or public names of units; there are no people in them. Written here are those that tell
more than what `domain.sample_making` makes of a declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.catalogue import EVENTS
from domain.reports import report_id
from domain.sample_activities import ACTIVITIES_FULL, ACTIVITIES_MINIMAL
from domain.sample_ledger import LEDGER_FULL, LEDGER_MINIMAL
from domain.sample_making import made
from domain.sample_oversight import OVERSIGHT_FULL, OVERSIGHT_MINIMAL
from domain.sample_parts import (
    CENTRE,
    CITY_POLICE,
    DISTRICT,
    DISTRICT_POLICE,
    MINISTRY,
    PROVINCE,
    WARD,
    WARD_FRONT,
    WARD_NEXT,
    WARD_POLICE,
    Data,
    sample_id,
)
from domain.sample_parts import DIGEST as _DIGEST
from domain.sample_parts import DOCUMENT as _DOCUMENT
from domain.sample_parts import centre as _centre
from domain.sample_parts import district as _district
from domain.sample_parts import ward as _ward

__all__ = [
    "CENTRE",
    "CITY_POLICE",
    "DISTRICT",
    "DISTRICT_POLICE",
    "FULL",
    "MINIMAL",
    "MINISTRY",
    "PROVINCE",
    "WARD",
    "WARD_FRONT",
    "WARD_NEXT",
    "WARD_POLICE",
    "sample_id",
]


_MEETING: Final = _ward("meeting-1") | {"kind": "briefing", "attendees": 18, "mode": "in_person"}

_MINIMAL: Final[Mapping[str, Data]] = {
    "UnitReorganised": _centre("unit-1")
    | {
        "kind": "abolish",
        "from": [{"unit_id": DISTRICT, "share": "full"}],
        "to": [],
        "effective_on": "2025-07-01",
    },
    "OrganisationChanged": _centre("organisation-1")
    | {
        "kind": "dissolved",
        "organisations": [{"org_id": DISTRICT_POLICE, "unit_id": DISTRICT, "roles": []}],
        "effective_on": "2025-03-01",
    },
    "RuleDefined": _centre("rule-1")
    | {
        "kind": "cadence",
        "scope": {"unit_id": CENTRE},
        "params": {"every_months": 1, "anchor": "2025-01-01"},
        "inclusive": False,
        "valid_from": "2025-01-01",
    },
    "MeetingHeld": {**_MEETING, "invited_orgs": []},
    "ModelEstablished": _ward("model-1")
    | {
        "code": "MH-01",
        "name": "Tổ dân phố tự quản",
        "domain": "self_management",
        "host_org_id": WARD_FRONT,
        "opened_on": "2025-03-14",
    },
    "ModelReplicated": _ward("model-2")
    | {"point_id": sample_id("point"), "group_count": 2, "member_count": 12},
    "ModelReviewed": _ward("model-3")
    | {"rating": "good", "proposal": "keep", "proposer_org_id": WARD_FRONT},
    "ModelRetired": _ward("model-4") | {"reason": "not_effective", "proposer_org_id": WARD_FRONT},
    "ReportSubmitted": _ward("report-1", "2025-06-13")
    | {
        "kind": "half_year",
        "period": "2025-H1",
        "report_version": 1,
        "figures": {},
        "sections": [],
        "child_reports": [],
        "recipients": [],
    },
    "ReportReturned": _district("report-2")
    | {
        "report_digest": _DIGEST,
        "reasons": ["missing_member_evaluation"],
        "resubmit_by": "2025-06-18",
    },
    "ReportAccepted": _district("report-3")
    | {"report_digest": _DIGEST, "receiver_role": "district_committee"},
    "EventCorrected": _ward("correction-1")
    | {
        "target_event_id": sample_id("meeting-event"),
        "replacement": {**_MEETING, "attendees": 19, "invited_orgs": []},
        "reason": "wrong_figure",
    },
    "EventRetracted": _ward("correction-2")
    | {"target_event_id": sample_id("meeting-event"), "reason": "never_happened"},
    **ACTIVITIES_MINIMAL,
    **OVERSIGHT_MINIMAL,
    **LEDGER_MINIMAL,
}

_FULL: Final[Mapping[str, Data]] = {
    "UnitReorganised": _centre("unit-1", full=True)
    | {
        "kind": "merge",
        "from": [
            {"unit_id": WARD, "share": "full"},
            {"unit_id": sample_id("ward-beside"), "share": "part"},
        ],
        "to": [
            {
                "unit_id": WARD_NEXT,
                "share": "full",
                "code": "27301",
                "name": "Phường Chợ Quán",
                "kind": "ward",
                "level": "commune",
                "parent_id": PROVINCE,
            }
        ],
        "effective_on": "2025-07-01",
        "document": _DOCUMENT,
    },
    "OrganisationChanged": _centre("organisation-1", full=True)
    | {
        "kind": "merged",
        "organisations": [{"org_id": DISTRICT_POLICE, "unit_id": DISTRICT, "roles": []}],
        "effective_on": "2025-03-01",
        "successor_org_id": CITY_POLICE,
        "document": _DOCUMENT,
    },
    "RuleDefined": _centre("rule-1", full=True)
    | {
        "kind": "due",
        "scope": {"unit_id": CENTRE, "level": "province", "organisation": "police"},
        "params": {
            "report_kind": "half_year",
            "half": 1,
            "day": {"month_day": "06-20", "year_offset": 0},
        },
        "inclusive": False,
        "valid_from": "2021-01-01",
        "valid_to": "2033-12-31",
        "document": _DOCUMENT,
    },
    "MeetingHeld": _ward("meeting-1", full=True)
    | {
        "kind": "committee_periodic",
        "host_org_id": WARD_POLICE,
        "attendees": 18,
        "invited_orgs": [WARD_FRONT],
        "mode": "mixed",
        "member_evaluation": {"evaluated": 12, "fulfilled": 11, "not_fulfilled": 1},
    },
    "ModelEstablished": {
        **_MINIMAL["ModelEstablished"],
        **_ward("model-1", full=True),
        "code": "MH-5+1",
        "name": "Mô hình “5+1”",
        "domain": "self_prevention",
    },
    "ModelReplicated": _ward("model-2", full=True)
    | {
        "point_id": sample_id("point"),
        "point_unit_id": WARD,
        "group_count": 3,
        "member_count": 21,
        "opened_on": "2025-03-14",
    },
    "ModelReviewed": _ward("model-3", full=True)
    | {
        "point_id": sample_id("point"),
        "rating": "weak",
        "proposal": "retire",
        "proposer_org_id": WARD_FRONT,
    },
    "ModelRetired": _ward("model-4", full=True)
    | {
        "point_id": sample_id("point"),
        "reason": "formalistic",
        "proposer_org_id": WARD_FRONT,
    },
    "ReportSubmitted": _ward("report-1", "2025-06-16", full=True)
    | {
        "kind": "consolidated",
        "period": "2025-H1",
        "answers_for": WARD_NEXT,
        "report_version": 2,
        "supersedes": _DIGEST,
        "figures": {"f5.points": 7, "meetings": 6},
        "sections": ["results", "next_year_plan"],
        "log_position": 412,
        "computed_through": {sample_id("origin"): 412},
        "texts": {"next_year_plan": ["Nhân rộng mô hình tổ tự quản ở các khu phố."]},
        "child_reports": [
            {"report_id": str(report_id(WARD, "half_year", "2025-H1")), "digest": _DIGEST}
        ],
        "recipients": [DISTRICT_POLICE],
    },
    "ReportReturned": _district("report-2", full=True)
    | {
        "report_digest": _DIGEST,
        "reasons": ["missing_member_evaluation", "figures_differ"],
        "resubmit_by": "2025-06-18",
    },
    "ReportAccepted": _centre("report-3", full=True)
    | {"report_digest": _DIGEST, "receiver_role": "v05"},
    "EventCorrected": _ward("correction-1", full=True)
    | {
        "target_event_id": sample_id("meeting-event"),
        "target_type": "MeetingHeld",
        "replacement": {**_MEETING, "attendees": 19, "invited_orgs": []},
        "replacement_version": 1,
        "reason": "wrong_figure",
        "approver_org_id": WARD_FRONT,
    },
    "EventRetracted": _ward("correction-2", full=True)
    | {
        "target_event_id": sample_id("meeting-event"),
        "target_type": "MeetingHeld",
        "reason": "duplicate",
        "duplicate_of": sample_id("meeting-event-beside"),
    },
    **ACTIVITIES_FULL,
    **OVERSIGHT_FULL,
    **LEDGER_FULL,
}

MINIMAL: Final[Mapping[str, Data]] = {
    name: _MINIMAL.get(name) or made(spec, full=False) for name, spec in EVENTS.items()
}
"""By type name: the data of an event that holds only what it must."""

FULL: Final[Mapping[str, Data]] = {
    name: _FULL.get(name) or made(spec, full=True) for name, spec in EVENTS.items()
}
"""By type name: the data of an event that holds everything it may."""
