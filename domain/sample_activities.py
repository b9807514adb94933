"""Samples of documents, committees, activities, difficulties and commendations."""

from __future__ import annotations

from typing import Final

from domain.sample_parts import (
    DISTRICT_POLICE,
    DOCUMENT,
    WARD_FRONT,
    WARD_POLICE,
    Data,
    sample_id,
    ward,
)

_RECEIVED: Final = {"received_at": "2025-03-14T02:30:00Z"}
_FORUM: Final = {"opinions": 24, "petitions_received": 6, "petitions_resolved": 4}
_EXCHANGE: Final = {"from": WARD_POLICE, "to": WARD_FRONT}
_FESTIVAL: Final = {
    "kind": "security_day",
    "areas_covered": 9,
    "active_areas": 10,
    "participants": 640,
}

ACTIVITIES_MINIMAL: Final[dict[str, Data]] = {
    "DocumentIssued": ward("document-1")
    | {
        "kind": "plan",
        "issuers": [WARD_FRONT],
        "issued_on": "2025-03-14",
        "basis": [],
        "recipients": [],
        "tasks": [],
    },
    "DocumentAcknowledged": ward("document-2") | _RECEIVED,
    "TaskProgressed": ward("document-3") | {"task_id": "iii.2", "state": "doing"},
    "CommitteeChanged": ward("committee-1") | {"kind": "dissolved", "member_orgs": []},
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
    "DocumentIssued": ward("document-1", full=True)
    | {
        "kind": "programme",
        "number_raw": "13 /CTrPH-CA-MTTQ",
        "issuers": [WARD_POLICE, WARD_FRONT],
        "issued_on": "2025-03-14",
        "validity": {"valid_from": "2025-01-01", "valid_to": "2033-12-31"},
        "basis": [
            {"document_id": sample_id("programme"), "number_raw": "07/CTrPH-BCA-MTTW"},
            {"number_raw": "44-KL/TW", "issued_on": "2019-01-22", "issuer": "Ban Bí thư"},
        ],
        "supersedes": {"number_raw": "15/CTR-CA-MTTQ", "issued_on": "2014-05-12"},
        "in_reply_to": {"document_id": sample_id("directive")},
        "recipients": [
            {"org_id": WARD_POLICE, "purpose": "action"},
            {"org_id": DISTRICT_POLICE, "purpose": "report"},
        ],
        "tasks": [
            {"task_id": "iii.1", "org_id": WARD_FRONT, "due_on": "2025-09-30"},
            {"task_id": "iii.2", "org_id": WARD_POLICE},
        ],
        "consent": {
            "org_id": sample_id("ward-party-committee"),
            "given_on": "2025-03-10",
            "document": DOCUMENT,
        },
    },
    "DocumentAcknowledged": ward("document-2", full=True) | _RECEIVED,
    "TaskProgressed": ward("document-3", full=True) | {"task_id": "iii.2", "state": "done"},
    "CommitteeChanged": ward("committee-1", full=True)
    | {
        "kind": "established",
        "name": "Ban Chỉ đạo phong trào Toàn dân bảo vệ ANTQ phường",
        "head_role": "party_secretary",
        "member_orgs": [WARD_POLICE, WARD_FRONT],
        "standing_org": WARD_POLICE,
        "decision": DOCUMENT,
    },
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
