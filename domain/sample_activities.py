"""Samples of documents, committees, activities, difficulties and commendations."""

from __future__ import annotations

from typing import Final

from domain.sample_parts import (
    DISTRICT_POLICE,
    DOCUMENT,
    WARD_FRONT,
    WARD_POLICE,
    Data,
    ward,
)

_FORUM: Final = {"opinions": 24, "petitions_received": 6, "petitions_resolved": 4}
_EXCHANGE: Final = {"from": WARD_POLICE, "to": WARD_FRONT}
_FESTIVAL: Final = {
    "kind": "security_day",
    "areas_covered": 9,
    "active_areas": 10,
    "participants": 640,
}

ACTIVITIES_MINIMAL: Final[dict[str, Data]] = {
    "ForumHeld": ward("forum-1") | {"kind": "listen_to_people", "partner_orgs": [], **_FORUM},
    "PropagandaConducted": ward("propaganda-1")
    | {
        "kind": "broadcast",
        "topics": ["crime_prevention"],
        "sessions": 12,
        "materials": 0,
        "police_speakers": 0,
    },
    "InformationExchanged": ward("exchange-1") | _EXCHANGE | {"kind": "security_situation"},
    "TrainingHeld": ward("training-1")
    | {"audience": "core_force", "topics": ["fire_safety"], "days": 1, "trainees": 45},
    "FestivalHeld": ward("festival-1") | _FESTIVAL,
    "DifficultyRaised": ward("difficulty-1") | {"topic": "funding", "document": DOCUMENT},
    "CommendationRecorded": ward("commendation-1")
    | {
        "kind": "praise",
        "stage": "proposed",
        "form": "certificate_of_merit",
        "collectives": 2,
        "individuals": 5,
    },
}
"""By type name: the data of an event that holds only what it must."""

ACTIVITIES_FULL: Final[dict[str, Data]] = {
    "ForumHeld": ward("forum-1", full=True)
    | {
        "kind": "speak_and_listen",
        "host_org_id": WARD_FRONT,
        "partner_orgs": [WARD_POLICE],
        **_FORUM,
    },
    "PropagandaConducted": ward("propaganda-1", full=True)
    | {
        "kind": "session",
        "topics": ["drug_prevention", "domestic_violence"],
        "sessions": 2,
        "participants": 180,
        "materials": 200,
        "police_speakers": 2,
    },
    "InformationExchanged": ward("exchange-1", full=True) | _EXCHANGE | {"kind": "crime_methods"},
    "TrainingHeld": ward("training-1", full=True)
    | {
        "audience": "commune_security_force",
        "topics": ["fire_safety", "core_force_skills"],
        "days": 1,
        "trainees": 45,
    },
    "FestivalHeld": ward("festival-1", full=True) | _FESTIVAL | {"kind": "great_unity_day"},
    "DifficultyRaised": ward("difficulty-1", full=True)
    | {"topic": "allowances", "document": DOCUMENT},
    "CommendationRecorded": ward("commendation-1", full=True)
    | {
        "kind": "criticism",
        "stage": "decided",
        "form": "criticism_in_writing",
        "deciding_org_id": DISTRICT_POLICE,
        "collectives": 1,
        "individuals": 0,
    },
}
"""By type name: the data of an event that holds everything it may."""
