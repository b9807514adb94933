"""Every kind of edit, at every level's database: somebody notices, the levels above among them, and
an auditor names the first bad event. What comes out is what docs/tampering.md says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from services.node.audit.verifying import verify
from tests.tamper import document
from tests.tamper.attacks import ATTACKS
from tests.tamper.history import LEVELS, ROUNDS
from tests.tamper.matrix import Audit, Bench, Kind, Outcome, When, knows, record_one, talk
from tests.tamper.selection import BACKUP, DOCUMENTED, SEED

Tried = Callable[[str], Sequence[Outcome]]


@pytest.mark.parametrize("node", LEVELS)
def test_every_attack_is_noticed_above_and_named_by_an_audit(tried: Tried, node: str) -> None:
    names = set()
    for outcome in tried(node):
        told = f"{outcome} (ANTQ_TAMPER_SEED={SEED})"
        names.add(outcome.attack.name)
        if node == "central":  # nobody is above it
            assert {outcome.itself, outcome.others} != {When.NEVER}, told
        else:
            assert outcome.above is not When.NEVER, told
        assert outcome.named, told
        audits = outcome.alone, outcome.received, outcome.compared, outcome.later
        assert Audit.WRONG not in audits, told
        named = Audit.EXACT, Audit.RANGE
        assert outcome.received in named or outcome.compared in named or outcome.later in named, (
            told
        )
    assert names == {attack.name for attack in (*ATTACKS, BACKUP)}


@pytest.mark.skipif(not DOCUMENTED, reason="the document tells what comes of the usual run")
def test_what_comes_out_is_what_the_document_says(tried: Tried) -> None:
    found = document.worst(outcome for node in LEVELS for outcome in tried(node))
    documented = document.read()
    for row in found.keys() | documented.keys():
        assert found.get(row) == documented.get(row), row


@pytest.mark.parametrize("node", [name for name in LEVELS if name not in ("central", "commune")])
def test_a_rewritten_copy_is_told_above_although_its_recorder_was_closed(
    bench: Bench, node: str
) -> None:
    """Who starts again asks the node above. That one holds something else, so the recorder records
    nothing any more: no next checkpoint would contradict the copy."""
    unsigned = next(attack for attack in ATTACKS if attack.name == "unsigned")
    recorder = {"province": "district", "district": "commune"}[node]
    (outcome,) = bench.try_attacks(node, {recorder: (unsigned, 257)}, restarted=True)
    assert (outcome.itself, outcome.above) == (When.TALK, When.TALK), outcome


def test_every_row_is_documented() -> None:
    rows = document.read().keys()
    assert {name for kind, name in rows if kind is Kind.OWN} == {
        attack.name for attack in (*ATTACKS, BACKUP) if attack.own
    }
    for kind in (Kind.BELOW, Kind.ABOVE):
        assert {name for one, name in rows if one is kind} == {attack.name for attack in ATTACKS}


def test_nobody_is_alarmed_by_an_untouched_history(bench: Bench, tmp_path: Path) -> None:
    assert sum(sizes[-1] for sizes in ROUNDS.values()) == 2_000
    hierarchy = bench.history.copy(tmp_path / "copy")
    for name, place in LEVELS.items():
        assert hierarchy.add(name, *place).notary.patrol.complete() == {}
    streams = bench.history.streams.values()
    assert not any(talk(hierarchy, streams).values())
    for node in hierarchy.nodes.values():
        record_one(node)
    assert not any(talk(hierarchy, streams).values())
    for node in hierarchy.nodes.values():
        assert node.notary.patrol.complete() == {}
        assert not any(knows(node, stream) for stream in bench.history.streams.values())
        assert node.health().ready
    hierarchy.close()
    folders = [bench.folder(name) for name in LEVELS]
    notes = [note for notes in bench.notes.values() for note in notes]
    report = verify(folders, bench.keys, checkpoints=notes)
    assert report.all_findings == []
    assert (report.compared, report.given) == (4, 4)
