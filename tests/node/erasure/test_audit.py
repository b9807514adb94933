"""An auditor's folder of a node that removed content: what is proven, and what is not believed."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from contracts.tombstone import tombstone_of
from services.node.audit.exporting import FolderExporter
from services.node.audit.findings import Report
from services.node.audit.verifying import verify
from services.node.bundles.exporting import Way
from services.node.ledger.tree import check_inclusion, leaf_hash
from services.node.node import Node
from services.node.notary.receipts import prove
from tests.node.audit.histories import edit_entries
from tests.node.bundles.carrying import bring, bundle, stream
from tests.node.erasure.country import MARK, files_with, model, redacted, settled
from tests.node.notary.country import meeting, origin_of
from tests.node.sync.hierarchy import Hierarchy


def exported(node: Node, folder: Path, origins: Sequence[UUID] = ()) -> Path:
    FolderExporter(node.log, node.notary.checkpoints).audit(
        folder,
        node=node.settings.node,
        level=node.spec.level.value,
        made_at="2025-01-01T00:00:00.000000Z",
        keys=(),
        origins=origins,
    )
    return folder


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.all_findings}


def test_the_place_is_proven_and_the_content_is_not(country: Hierarchy, tmp_path: Path) -> None:
    commune, central = country.nodes["commune"], country.nodes["central"]
    origin = origin_of(commune)
    written, other = model(commune), meeting(commune)
    settled(country)
    raw = central.log.read_stream(origin, written.sequence, written.sequence)[0].raw
    decision = redacted(central, written.event_id)
    settled(country)

    folder = tmp_path / "audit"
    report = verify([exported(node, folder / node.settings.node) for node in (central, commune)])
    assert not report.all_findings
    assert report.compared
    first, second = report.removed
    assert (first.origin, first.sequence) == (second.origin, second.sequence)
    assert (first.origin, first.sequence) == (origin, written.sequence)
    assert (first.type, first.redaction_event_id) == ("ModelEstablished", decision.event_id)
    assert any("their places are proven" in text.en for text in report.unproven())
    assert not files_with(folder)

    # The original, wherever it was kept, still leads to what was signed.
    proof = prove(central, origin, written.sequence)
    assert proof is not None
    tree = proof.file.checkpoint.checkpoint
    check_inclusion(leaf_hash(raw), proof.file.index, tree.size, proof.file.hashes, tree.root)

    # Without the stream that holds the decision nothing says that it was one.
    alone = exported(central, folder / "alone", [origin])
    assert codes(verify([alone])) == {"removal-undecided"}

    # A forger who would rather not show the other event.
    forged = exported(central, folder / "forged")
    held = central.log.read_stream(origin, other.sequence, other.sequence)[0].raw
    edit_entries(forged, origin, {other.sequence: [tombstone_of(held)]})
    found = verify([forged])
    assert codes(found) == {"removal-undecided"}
    assert [f.first for f in found.all_findings] == [other.sequence]


def test_bundles_from_before_and_after(country: Hierarchy) -> None:
    commune, district = country.nodes["commune"], country.nodes["district"]
    written = model(commune)
    settled(country)
    before = bundle(commune, Way.UP, everything=True)
    assert MARK.encode() in gzip.decompress(before)
    redacted(commune, written.event_id)
    settled(country)
    held = stream(district, origin_of(commune))
    after = bundle(commune, Way.UP, everything=True)
    assert MARK.encode() not in gzip.decompress(after)
    for raw in (before, after):
        bring(district, raw)
        assert stream(district, origin_of(commune)) == held
    assert not district.sync.forks()
    settled(country)
    assert not files_with(country.folder)
