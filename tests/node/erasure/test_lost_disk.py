"""A commune whose event was removed loses its disk: its stream comes back as it was left, with the
tombstone in its place, and goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

from contracts.tombstone import is_tombstone, leaf_of
from services.node.audit.verifying import verify
from services.node.bundles.exporting import Way
from services.node.ledger.tree import check_inclusion
from services.node.node import Node
from services.node.notary.keyring import make_keyring
from services.node.notary.receipts import prove
from services.node.recovery import Standing
from services.node.trees import TreeStore
from services.node.trees.verifying import Verification
from tests.node.bundles.carrying import bring, bundle, stream
from tests.node.erasure.country import MARK, common, files_with, model, redacted, settled
from tests.node.erasure.test_audit import exported
from tests.node.notary.country import latest, meeting, origin_of, vouching
from tests.node.sync.hierarchy import Hierarchy, answered

ABOVE = ("district", "province", "central")


def lose(country: Hierarchy) -> Node:
    """The commune's disk is gone, its keys too; it starts on an empty one, with new keys."""
    country.nodes["commune"].close()
    shutil.rmtree(country.folder / "commune")
    make_keyring(country.folder / "commune", "commune")
    return country.add("commune", *country.levels["commune"])


def assert_whole(country: Hierarchy, sequence: int, before: list[bytes]) -> None:
    """The commune holds what it held and went on; all levels hold the same and vouch for it."""
    commune = country.nodes["commune"]
    origin = origin_of(commune)
    held = stream(commune, origin)
    assert held[: len(before)] == before
    assert is_tombstone(held[sequence - 1])
    for name in (*ABOVE, "commune"):
        node = country.nodes[name]
        assert stream(node, origin) == held, name
        assert node.trees.root(origin, len(held)) == commune.trees.root(origin, len(held))
        assert not node.sync.forks()
        assert node.sync.quarantine_count() == 0
        assert not node.eraser.unexplained
        assert node.health().ready
        verified = Verification(node.log, TreeStore(node.database), node.notary.checkpoints).run()
        assert (verified.findings, verified.removed) == ([], 1)
        proof = prove(node, origin, sequence)
        assert proof is not None
        tree = proof.file.checkpoint.checkpoint
        leaf = leaf_of(before[sequence - 1])
        check_inclusion(leaf, proof.file.index, tree.size, proof.file.hashes, tree.root)
    signed = latest(commune, origin)
    assert signed.checkpoint.size == len(held)
    assert vouching(commune, signed) == set(ABOVE)


def test_the_stream_comes_back_with_the_tombstone(country: Hierarchy, tmp_path: Path) -> None:
    commune = country.nodes["commune"]
    origin = origin_of(commune)
    meeting(commune)
    written = model(commune)
    meeting(commune)
    settled(country)
    redacted(country.nodes["district"], written.event_id)
    settled(country)
    before = list(stream(commune, origin))
    assert is_tombstone(before[written.sequence - 1])

    commune = lose(country)
    assert not stream(commune, origin)
    settled(country)
    assert commune.recovery.report().standing is Standing.OPEN
    assert commune.recovery.report().fence is None
    # Not even now, with the keys of pushes made again, is the event taken a second time.
    other = {"kind": "briefing", "attendees": 12, "mode": "online"}
    again = answered(commune, "MeetingHeld", common(commune) | other, id=written.event_id)
    assert again.problem is not None
    assert again.problem.code == "event-erased"
    held = len(stream(commune, origin))
    assert meeting(commune).sequence == held + 1
    settled(country)
    assert_whole(country, written.sequence, before)
    assert not files_with(country.folder)

    folders = [exported(node, tmp_path / "audit" / name) for name, node in country.nodes.items()]
    report = verify(folders)
    assert not report.all_findings
    assert {(one.origin, one.sequence) for one in report.removed} == {(origin, written.sequence)}


def test_what_was_removed_while_it_was_away_comes_back_removed(country: Hierarchy) -> None:
    commune = country.nodes["commune"]
    origin = origin_of(commune)
    written = model(commune)
    meeting(commune)
    settled(country)
    commune.close()
    redacted(country.nodes["province"], written.event_id)
    settled(country, *ABOVE)
    above = list(stream(country.nodes["district"], origin))
    lose(country)
    settled(country)
    commune = country.nodes["commune"]
    assert meeting(commune).sequence > len(above)
    settled(country)
    assert_whole(country, written.sequence, above)
    assert not files_with(country.folder)


def test_by_hand_too(country: Hierarchy) -> None:
    commune, district = country.nodes["commune"], country.nodes["district"]
    origin = origin_of(commune)
    written = model(commune)
    settled(country)
    redacted(commune, written.event_id)
    settled(country)
    before = list(stream(commune, origin))
    commune = lose(country)
    bring(district, bundle(commune, Way.UP))
    bring(commune, bundle(district, Way.DOWN, "commune"))
    for _ in range(2):  # what was erased is judged once its redaction is folded
        commune.state.catch_up()
        commune.recovery.run_once()
        commune.projector.run_once()
        commune.eraser.run_once()
    assert commune.recovery.report().standing is Standing.OPEN
    assert stream(commune, origin) == before
    assert not commune.eraser.unexplained
    assert meeting(commune).sequence == len(before) + 1
    assert MARK.encode() not in b"".join(stream(commune, origin))
