"""A key that was replaced or revoked: what it signed before holds, what it signs after is found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from contracts.envelope import encode, format_time
from services.node.audit.findings import Report
from services.node.ledger.checkpoint import Checkpoint, SignedCheckpoint
from services.node.ledger.keys import COSIGNATURE, SigningKey
from services.node.ledger.names import node_name, origin_name
from services.node.ledger.note import Note
from services.node.ledger.tree import Frontier, leaf_hash
from tests.node.audit.histories import COSIGNER, GIVEN, KEYS, LONG, SHORT, History, check

OLD, NEW = KEYS[LONG], SigningKey(origin_name(LONG), b"\x07" * 32)
ENDED_BY = 400
REVOKED_AT = datetime(2025, 3, 1, tzinfo=UTC)
BEFORE, AFTER = (int(datetime(2025, month, 1, tzinfo=UTC).timestamp()) for month in (2, 4))
UNIT = UUID(int=77)


def key_event(stream: UUID, number: int, kind: str, key: SigningKey) -> bytes:
    return encode(
        event_id=str(UUID(int=1000 + number)),
        origin=stream,
        sequence=number,
        type=f"SigningKey{kind}",
        version=1,
        aggregate_id=str(stream),
        recorded_at=format_time(REVOKED_AT),
        data={"unit_id": str(UNIT), "vkey": str(key.verifier)},
    )


class Signing:
    """A history whose long stream announces its key, and checkpoints by whatever key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.history = History()
        self.history.notes = {LONG: []}
        self.put(LONG, 1, "Registered", OLD)

    def put(self, stream: UUID, number: int, kind: str, key: SigningKey) -> None:
        self.history.streams[stream][number - 1] = key_event(stream, number, kind, key)

    def sign(self, size: int, key: SigningKey, *cosigned: tuple[SigningKey, int]) -> None:
        tree = Frontier()
        tree.extend(leaf_hash(raw) for raw in self.history.streams[LONG][:size])
        checkpoint = Checkpoint(origin_name(LONG), size, tree.root())
        text = checkpoint.text()
        signatures = [key.sign(text), *(one.cosign(text, at) for one, at in cosigned)]
        note = Note(text, tuple(signatures))
        self.history.notes[LONG].append(SignedCheckpoint(checkpoint, note))

    def report(self) -> Report:
        """What a check says to an auditor who was given every key, the ended ones too."""
        self.history.export(self._folder / "audit")
        return check(self._folder / "audit", given=[*GIVEN, NEW.verifier])


@pytest.fixture
def signing(tmp_path: Path) -> Signing:
    return Signing(tmp_path)


def wrong(report: Report) -> list[str]:
    return [finding.file.rpartition("/")[2] for finding in report.all_findings]


def test_a_replaced_key_signs_until_the_next_one_is_announced(signing: Signing) -> None:
    signing.put(LONG, ENDED_BY, "Registered", NEW)
    signing.sign(300, OLD)
    signing.sign(500, NEW)
    report = signing.report()
    assert report.all_findings == []
    assert report.streams[0].through(given=True) == 500


@pytest.mark.parametrize("kind", ["Registered", "Revoked"])
def test_what_an_ended_key_signs_afterwards_is_found(signing: Signing, kind: str) -> None:
    signing.put(LONG, ENDED_BY, kind, NEW if kind == "Registered" else OLD)
    signing.sign(300, OLD)
    signing.sign(ENDED_BY, OLD)
    signing.sign(500, OLD)
    report = signing.report()
    assert wrong(report) == [str(ENDED_BY), "500"]
    assert {finding.code for finding in report.all_findings} == {"signature-wrong"}
    assert report.streams[0].through(given=True) == 300


def test_of_a_key_that_a_superior_revoked_what_was_vouched_for_before_holds(
    signing: Signing,
) -> None:
    signing.put(SHORT, 5, "Revoked", OLD)
    signing.sign(200, OLD, (COSIGNER, BEFORE))
    signing.sign(300, OLD)
    signing.sign(500, OLD, (COSIGNER, AFTER))
    assert wrong(signing.report()) == ["300", "500"]


def test_a_cosigners_replaced_key_vouches_for_what_it_saw_before(signing: Signing) -> None:
    name = node_name("province")
    first, second = (SigningKey(name, bytes([n]) * 32, COSIGNATURE) for n in (8, 9))
    signing.put(SHORT, 1, "Registered", first)
    signing.put(SHORT, 2, "Registered", second)
    signing.sign(200, OLD, (first, BEFORE))
    signing.sign(300, OLD, (first, AFTER))
    report = signing.report()
    assert report.all_findings == []
    assert report.streams[0].through(cosigned=True) == 200


def test_a_cosigners_revoked_key_vouches_for_nothing(signing: Signing) -> None:
    key = SigningKey(node_name("province"), b"\x08" * 32, COSIGNATURE)
    signing.put(SHORT, 1, "Registered", key)
    signing.put(SHORT, 2, "Revoked", key)
    signing.sign(200, OLD, (key, BEFORE))
    report = signing.report()
    assert report.all_findings == []
    assert report.streams[0].through(cosigned=True) == 0
