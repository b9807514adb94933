"""Samples of what is asked of units and how they are judged, from emulation to campaigns."""

from __future__ import annotations

from typing import Any, Final

from domain.obligations import ObligationKind, obligation_id
from domain.sample_parts import (
    CITY_POLICE,
    DISTRICT,
    DOCUMENT,
    PROVINCE,
    WARD,
    Data,
    common,
    district,
    sample_id,
    ward,
)


def _province(name: str, *, full: bool = False) -> dict[str, Any]:
    return common(PROVINCE, CITY_POLICE, name, "2025-11-20", full=full)


_AREA: Final = {"category": "residential_area", "subject_code": "kp-03", "year": 2025}
_WINDOW: Final = {"first": "2024-11-01", "last": "2025-10-31"}

OVERSIGHT_MINIMAL: Final[dict[str, Data]] = {
    "EmulationRegistered": ward("emulation-1")
    | {"category": "commune", "year": 2025, "kind": "register"},
    "StandardDecided": ward("standard-1", "2025-11-17")
    | {
        "category": "commune",
        "year": 2025,
        "stage": "self_assessed",
        "standard_version": "circular_124_2021",
        "window": {"first": "2024-11-16", "last": "2025-11-15"},
        "criteria": [],
    },
    "MovementClassified": _province("classification-1")
    | {"category": "commune", "year": 2025, "classification": "good"},
    "ExemplaryUnitDesignated": district("exemplary-1")
    | {"category": "commune", "year": 2025, "kind": "movement", "stage": "selected"},
    "InspectionConducted": _province("inspection-1")
    | {
        "kind": "periodic",
        "team_orgs": [CITY_POLICE],
        "inspected_unit_id": WARD,
        "findings": [],
    },
    "FindingRemediated": ward("inspection-2", "2025-11-28") | {"finding_id": "f1"},
    "FundingRecorded": ward("funding-1")
    | {"stage": "allocated", "source": "movement", "year": 2025, "amount_vnd": 20_000_000},
    "IndicatorReported": ward("indicator-1", "2025-06-10")
    | {"indicator_code": "tips.received", "period": "2025-H1", "value": 31, "unit": "tips"},
    "ReminderSent": district("reminder-1")
    | {"obliged_unit_id": WARD, "kind": "half_year", "period": "2025-H1"},
    "ObligationWaived": district("waiver-1")
    | {
        "obliged_unit_id": WARD,
        "kind": "plan",
        "period": "2025",
        "reason": "reorganisation",
    },
    "SummaryCampaignOpened": _province("campaign-1")
    | {
        "years": 5,
        "data_window": {"first": "2023-10-17", "last": "2028-03-30"},
        "milestones": [],
        "exemplar_quota": {"collectives": 1, "individuals": 1},
        "document": DOCUMENT,
    },
    "SummaryCampaignClosed": _province("campaign-2")
    | {
        "milestones_met": [],
        "exemplars": {"localities": 3, "collectives": 3, "individuals": 3},
    },
}
"""By type name: the data of an event that holds only what it must."""

OVERSIGHT_FULL: Final[dict[str, Data]] = {
    "EmulationRegistered": ward("emulation-1", full=True)
    | _AREA
    | {
        "subject_unit_id": WARD,
        "kind": "register",
        "households": 240,
        "households_committed": 231,
    },
    "StandardDecided": _province("standard-1", full=True)
    | _AREA
    | {
        "subject_unit_id": WARD,
        "stage": "recognised",
        "standard_version": "circular_124_2021",
        "window": _WINDOW,
        "criteria": [{"code": "organisation", "met": True}, {"code": "order", "met": True}],
        "certificate_no": "21 /QĐ-UBND",
    },
    "MovementClassified": _province("classification-1", full=True)
    | {
        "category": "agency",
        "subject_code": "cq-12",
        "subject_unit_id": WARD,
        "year": 2025,
        "classification": "excellent",
        "score": 93,
    },
    "ExemplaryUnitDesignated": _province("exemplary-1", full=True)
    | {
        "category": "school",
        "subject_code": "th-02",
        "subject_unit_id": WARD,
        "year": 2025,
        "kind": "movement",
        "stage": "recognised",
        "locality_id": DISTRICT,
    },
    "InspectionConducted": _province("inspection-1", full=True)
    | {
        "kind": "ad_hoc",
        "team_orgs": [CITY_POLICE, sample_id("city-front")],
        "inspected_unit_id": WARD,
        "findings": [
            {"id": "f1", "severity": "moderate", "due_on": "2025-12-01"},
            {"id": "f2", "severity": "minor", "due_on": "2025-12-15"},
        ],
    },
    "FindingRemediated": ward("inspection-2", "2025-11-28", full=True)
    | {"finding_id": "f1", "document": DOCUMENT},
    "FundingRecorded": ward("funding-1", full=True)
    | {"stage": "spent", "source": "socialised", "year": 2025, "amount_vnd": 3_500_000},
    "IndicatorReported": ward("indicator-1", "2025-06-10", full=True)
    | {
        "indicator_code": "supervised.sentences",
        "period": "2025-H1",
        "value": 7,
        "unit": "people",
    },
    "ReminderSent": district("reminder-1", full=True)
    | {
        "obligation_id": str(
            obligation_id(
                WARD, ObligationKind.MEETING, "2025-05-01/2025-05-31", organisation="elderly"
            )
        ),
        "obliged_unit_id": WARD,
        "kind": "meeting",
        "period": "2025-05-01/2025-05-31",
        "organisation": "elderly",
    },
    "ObligationWaived": district("waiver-1", full=True)
    | {
        "obligation_id": str(
            obligation_id(
                WARD,
                ObligationKind.REVIEW,
                "2025-01-01/2025-12-31",
                organisation="womens_union",
            )
        ),
        "obliged_unit_id": WARD,
        "kind": "review",
        "period": "2025-01-01/2025-12-31",
        "organisation": "womens_union",
        "reason": "done_jointly",
        "document": DOCUMENT,
    },
    "SummaryCampaignOpened": _province("campaign-1", full=True)
    | {
        "years": 10,
        "data_window": {"first": "2013-08-01", "last": "2023-03-30"},
        "milestones": [
            {
                "code": "locality_reports",
                "due_on": "2026-04-15",
                "inclusive": False,
                "at_discretion": False,
            },
            {
                "code": "conference",
                "due_on": "2026-05-15",
                "inclusive": True,
                "at_discretion": True,
            },
        ],
        "exemplar_quota": {"collectives": 1, "individuals": 1},
        "document": DOCUMENT,
    },
    "SummaryCampaignClosed": _province("campaign-2", full=True)
    | {
        "milestones_met": [{"code": "locality_reports", "met_on": "2025-11-18"}],
        "exemplars": {"localities": 21, "collectives": 21, "individuals": 20},
        "document": DOCUMENT,
    },
}
"""By type name: the data of an event that holds everything it may."""
