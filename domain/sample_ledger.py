"""Samples of what the ledger's events hold: keys, decisions about forks, removed content."""

from __future__ import annotations

from typing import Final

from domain.sample_parts import DISTRICT_POLICE, DOCUMENT, WARD, Data, district, sample_id, ward

_VKEY: Final = (
    "antq-sync/origin/c9413ebb-842c-5e8d-8401-6191e937367b+"
    "ee679f66+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
)

LEDGER_MINIMAL: Final[dict[str, Data]] = {
    "SigningKeyRegistered": ward("key-1") | {"vkey": _VKEY},
    "SigningKeyRevoked": ward("key-2") | {"vkey": _VKEY, "reason": "replaced"},
    "ForkDecided": district("fork-1") | {"stream_id": sample_id("stream"), "outcome": "goes_on"},
    "EventRedacted": district("redaction-1")
    | {
        "target_event_id": sample_id("meeting-event"),
        "legal_basis": "personal_data_law",
        "content_kind": "petitioner",
        "decided_by_org_id": DISTRICT_POLICE,
    },
    "RecordingSeatChanged": ward("seat-1") | {"stream_id": sample_id("stream"), "held_through": 0},
}
"""By type name: the data of an event that holds only what it must."""

LEDGER_FULL: Final[dict[str, Data]] = {
    "SigningKeyRegistered": ward("key-1", full=True) | {"vkey": _VKEY},
    "SigningKeyRevoked": ward("key-2", full=True) | {"vkey": _VKEY, "reason": "disclosed"},
    "ForkDecided": district("fork-1", full=True)
    | {"stream_id": sample_id("stream"), "outcome": "stays_stopped", "document": DOCUMENT},
    "EventRedacted": district("redaction-1", full=True)
    | {
        "target_event_id": sample_id("meeting-event"),
        "target_type": "MeetingHeld",
        "target_unit_id": WARD,
        "stream_id": sample_id("stream"),
        "sequence": 17,
        "leaf_hash": "0123456789abcdef" * 4,
        "legal_basis": "state_secrets_law",
        "content_kind": "state_secret",
        "decided_by_org_id": DISTRICT_POLICE,
        "document": DOCUMENT,
    },
    "RecordingSeatChanged": ward("seat-1", full=True)
    | {"stream_id": sample_id("stream"), "held_through": 41, "document": DOCUMENT},
}
"""By type name: the data of an event that holds everything it may."""
