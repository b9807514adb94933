"""What was removed and comes again, by any way; removals that nobody may have decided."""

from __future__ import annotations

import shutil
from uuid import UUID, uuid4

import pytest

from contracts.envelope import BATCH_MEDIA_TYPE, decode, encode, join_batch
from contracts.tombstone import is_tombstone, leaf_of, tombstone_of
from services.node.carriers import Delivery
from services.node.eventlog import NewEvent
from services.node.node import Node
from services.node.receiver import Receiver
from services.node.takingin import CarriedIn
from services.node.trees import TreeStore
from services.node.trees.findings import Verified, Wrong
from services.node.trees.verifying import Verification
from tests.node.erasure.country import (
    MARK,
    common,
    files_with,
    model,
    redacted,
    settled,
)
from tests.node.notary.country import latest, meeting, origin_of, vouching
from tests.node.sync.hierarchy import Hierarchy


def from_below(node: Node) -> Receiver:
    return next(one for one in node.receivers if one.name == "receive-below")


def carry_in(node: Node, value: bytes) -> CarriedIn:
    """Let a message come from below."""
    receiver = from_below(node)
    return receiver.carry_in([Delivery(receiver.topic, "", value, BATCH_MEDIA_TYPE, "by hand")])


def stream(node: Node, origin: UUID) -> list[bytes]:
    return [logged.raw for logged in node.log.read_stream(origin, 1, 10**6)]


def verified(node: Node) -> Verified:
    return Verification(node.log, TreeStore(node.database), node.notary.checkpoints).run()


def test_the_original_that_comes_again_is_a_duplicate(country: Hierarchy) -> None:
    commune, district = country.nodes["commune"], country.nodes["district"]
    written = model(commune)
    settled(country)
    originals = stream(district, origin_of(commune))
    redacted(commune, written.event_id)
    settled(country)
    before = stream(district, origin_of(commune))
    taken = carry_in(district, join_batch(originals))
    assert (taken.recorded, taken.forked, taken.reasons) == (0, frozenset(), ())
    assert stream(district, origin_of(commune)) == before
    settled(country)
    assert not files_with(country.folder)
    # A tombstone in the place of what is held is no fork either: its decision may follow.
    other = meeting(commune)
    settled(country)
    raw = stream(district, origin_of(commune))[other.sequence - 1]
    taken = carry_in(district, join_batch([tombstone_of(raw)]))
    assert (taken.recorded, taken.forked) == (0, frozenset())
    assert stream(district, origin_of(commune))[other.sequence - 1] == raw
    # Another event's tombstone is.
    forged = tombstone_of(raw).replace(leaf_of(raw).hex().encode(), b"0" * 64)
    assert carry_in(district, join_batch([forged])).forked == {origin_of(commune)}


def test_a_node_that_hears_of_the_removal_first_stores_the_tombstone(
    country: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    commune = country.nodes["commune"]
    meeting(commune)
    written = model(commune)
    settled(country)
    originals = stream(commune, origin_of(commune))
    redacted(country.nodes["central"], written.event_id)
    settled(country)
    country.nodes["district"].close()
    shutil.rmtree(country.folder / "district")
    district = country.add("district", *country.levels["district"])
    with monkeypatch.context() as silent:
        # Else the province sends back what it holds from below.
        silent.setattr(country.nodes["province"].answers, "due", list)
        settled(country, "central", "province", "district")
    assert not district.log.head(origin_of(commune))

    target = originals[written.sequence - 1]
    assert carry_in(district, join_batch([target])).waiting == 1
    ((_, aside),) = district.sync.waiting_from(origin_of(commune), 1, 9)
    assert is_tombstone(aside)
    taken = carry_in(district, join_batch(originals))
    assert taken.recorded == len(originals)
    assert (
        stream(district, origin_of(commune))
        == stream(commune, origin_of(commune))[: len(originals)]
    )
    root = district.trees.root(origin_of(commune), len(originals))
    assert root == commune.trees.root(origin_of(commune), len(originals))
    settled(country, "central", "province", "district")
    assert not district.eraser.unexplained
    assert not files_with(country.folder)


def test_evidence_and_quarantine_let_go_of_it_and_stay_clean(country: Hierarchy) -> None:
    commune, district = country.nodes["commune"], country.nodes["district"]
    written = model(commune)
    settled(country)
    raw = stream(district, origin_of(commune))[written.sequence - 1]
    damaged = b"[" + raw[:-1]
    other = raw.replace(MARK.encode(), f"{MARK}-2".encode())
    for value in (damaged, join_batch([other])):
        carry_in(district, value)
    assert any(MARK.encode() in item.raw for item in district.sync.quarantined())
    assert [fork.raw for fork in district.sync.forks()] == [other]
    redacted(district, written.event_id)
    settled(country)
    assert not files_with(country.folder / "district")
    for value in (damaged, join_batch([other]), damaged + b" "):
        carry_in(district, value)
    (fork,) = district.sync.forks()
    assert (fork.raw, fork.sequence) == (b"", written.sequence)
    assert [item.raw for item in district.sync.quarantined()] == [b"", b""]
    assert not files_with(country.folder / "district")


def test_a_removal_that_nobody_decided_is_told_and_not_vouched_for(country: Hierarchy) -> None:
    """A district that would rather not have the centre see something."""
    commune, district, central = (country.nodes[n] for n in ("commune", "district", "central"))
    origin = origin_of(commune)
    written = meeting(commune)
    country.settle("commune")
    for receiver in district.receivers:
        receiver.run_once(timeout=0)
    raw = stream(district, origin)[written.sequence - 1]
    district.log.erase(origin, written.sequence, tombstone_of(raw))
    settled(country, "district", "province", "central")
    assert central.eraser.unexplained == {(origin, written.sequence)}
    assert [notice for notice in central.health().notices if str(origin) in notice.en]
    (finding,) = verified(central).findings
    assert (finding.what, finding.first) == (Wrong.REMOVED, written.sequence)
    settled(country)
    signed = latest(commune, origin)
    assert signed.checkpoint.size >= written.sequence
    assert not vouching(commune, signed) & {"central", "province"}
    assert not [s for s in central.origins.states() if s.forked]

    redacted(commune, written.event_id)  # decided after all, for whatever reason
    settled(country)
    assert not central.eraser.unexplained
    assert verified(central).findings == []
    assert vouching(commune, latest(commune, origin)) >= {"central", "province"}


def test_a_strangers_redaction_has_no_effect(country: Hierarchy) -> None:
    """Recorded by a program that does not ask who may; it travels like any event."""
    commune, district = country.nodes["commune"], country.nodes["district"]
    written = meeting(district)
    meeting(commune)
    settled(country)
    place = origin_of(district)
    raw = stream(district, place)[written.sequence - 1]
    own = origin_of(commune)
    number = commune.log.head(own) + 1
    last = decode(stream(commune, own)[-1])
    forged = encode(
        event_id=str(uuid4()),
        origin=own,
        sequence=number,
        type="EventRedacted",
        version=1,
        aggregate_id=written.aggregate_id,
        recorded_at=last.recorded_at,
        data=common(commune)
        | {
            "source_system": "tests",
            "source_record_id": "forged",
            "target_event_id": written.event_id,
            "target_type": "MeetingHeld",
            "target_unit_id": str(district.settings.units[0]),
            "stream_id": str(place),
            "sequence": written.sequence,
            "leaf_hash": leaf_of(raw).hex(),
            "legal_basis": "personal_data_law",
            "content_kind": "petitioner",
            "decided_by_org_id": common(commune)["org_id"],
        },
    )
    commune.log.append([NewEvent(own, number, "EventRedacted", forged)])
    settled(country)
    for name in ("district", "province", "central"):
        node = country.nodes[name]
        assert stream(node, own)[number - 1] == forged, name
        assert stream(node, place)[written.sequence - 1] == raw
        assert any("may not" in notice.en for notice in node.health().notices)
