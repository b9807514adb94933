"""A node never signs two histories: after a restart, a rotation, a rollback, or a rewritten log."""

from __future__ import annotations

import shutil
import sqlite3
from uuid import UUID

import pytest

from services.node.notary.keyring import rotate_keyring
from services.node.recovery import Standing
from tests.node.notary.country import latest, meeting, origin_of, vouching
from tests.node.sync.hierarchy import Hierarchy


def settled(country: Hierarchy) -> None:
    country.settle()
    country.settle()


def test_after_a_restart_it_goes_on_from_what_was_signed(country: Hierarchy) -> None:
    commune = country.nodes["commune"]
    origin = origin_of(commune)
    meeting(commune)
    settled(country)
    before = latest(commune, origin).checkpoint
    commune = country.crash("commune")
    meeting(commune)
    settled(country)
    after = latest(commune, origin)
    assert after.checkpoint.size == before.size + 1
    assert commune.trees.root(origin, before.size) == before.root
    assert vouching(commune, after) == {"district", "province", "central"}


def test_a_new_key_is_announced_before_it_signs(country: Hierarchy) -> None:
    commune = country.nodes["commune"]
    origin = origin_of(commune)
    meeting(commune)
    settled(country)
    old = latest(commune, origin)
    rotate_keyring(commune.settings.data_dir, "commune")
    commune = country.crash("commune")
    meeting(commune)
    settled(country)
    new = latest(commune, origin)
    assert new.note.signatures[0].key_id != old.note.signatures[0].key_id
    assert vouching(commune, new) == {"district", "province", "central"}
    first, second = country.nodes["central"].state.keys.of_stream(origin)
    assert first.until == second.sequence
    assert not first.signs(new.checkpoint.size)


def test_a_new_key_ends_the_old_one_on_a_quiet_stream_too(country: Hierarchy) -> None:
    commune = country.nodes["commune"]
    origin = origin_of(commune)
    meeting(commune)
    settled(country)
    rotate_keyring(commune.settings.data_dir, "commune")
    commune = country.crash("commune")
    settled(country)
    first, second = country.nodes["central"].state.keys.of_stream(origin)
    assert first.until == second.sequence
    newest = latest(commune, origin)
    assert newest.checkpoint.size == second.sequence
    assert vouching(commune, newest) == {"district", "province", "central"}
    settled(country)
    assert len(country.nodes["central"].state.keys.of_stream(origin)) == 2, "announced once"


def test_a_node_restored_from_an_old_backup_signs_nothing_until_it_is_whole(
    country: Hierarchy,
) -> None:
    commune = country.nodes["commune"]
    origin = origin_of(commune)
    meeting(commune)
    settled(country)
    backup = country.folder / "backup"
    country.nodes["commune"].close()
    shutil.copytree(country.folder / "commune", backup)
    commune = country.add("commune", *country.levels["commune"])
    for _ in range(3):
        meeting(commune)
    settled(country)
    signed = latest(commune, origin).checkpoint
    country.nodes["commune"].close()
    # Not removed, or the copy could get its inodes and look at home.
    (country.folder / "commune").rename(country.folder / "lost")
    shutil.copytree(backup, country.folder / "commune")
    commune = country.add("commune", *country.levels["commune"])
    assert not commune.health().ready
    country.settle("commune")
    assert latest(commune, origin).checkpoint.size < signed.size, "nothing is signed meanwhile"
    settled(country)
    assert latest(commune, origin).checkpoint == signed, "the level above still knows"
    assert commune.notary.standing().alarms == 0
    (own,) = [s for s in commune.recovery.report().streams if s.origin == origin]
    assert (own.standing, own.proven) == (Standing.OPEN, signed.size)
    assert own.cosigners, "the levels above vouch for what came back"
    meeting(commune)
    settled(country)
    assert latest(commune, origin).checkpoint.size > signed.size
    assert all(not node.sync.forks() for node in country.nodes.values())


def test_a_tree_that_is_not_what_was_signed_is_not_signed(country: Hierarchy) -> None:
    commune = country.nodes["commune"]
    origin = origin_of(commune)
    meeting(commune)
    settled(country)
    signed = latest(commune, origin).checkpoint
    raw = commune.log.read_stream(origin, 1, 1)[0].raw
    rewrite(country, "commune", origin.hex, 1, raw.replace(b'"attendees":12', b'"attendees":13'))
    commune = country.nodes["commune"]
    meeting(commune)
    settled(country)
    assert latest(commune, origin).checkpoint == signed
    assert commune.notary.standing().alarms == 1


def rewrite(country: Hierarchy, name: str, origin: str, number: int, raw: bytes) -> None:
    """Edit an event in a node's database and let its tree be grown anew from it."""

    country.nodes[name].close()
    for file, statement, values in (
        (
            "log.db",
            "UPDATE stored_events SET state = ? WHERE originator_id = ? AND originator_version = ?",
            (raw, origin, number),
        ),
        ("state.db", "DELETE FROM ledger_trees", ()),
        ("state.db", "DELETE FROM ledger_tiles", ()),
    ):
        with sqlite3.connect(country.folder / name / file) as connection:
            connection.execute(statement, values)
        connection.close()
    country.add(name, *country.levels[name])


def test_a_stream_that_grows_is_compared_when_it_is_signed_and_not_before(
    country: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To compare, the log is read: at each look that would cost more than recording the events."""
    commune = country.nodes["commune"]
    origin = origin_of(commune)
    meeting(commune)
    settled(country)
    before = latest(commune, origin).checkpoint.size
    asked: list[int | None] = []
    root = commune.trees.root

    def counted(of: UUID, size: int | None = None) -> bytes:
        asked.append(size)
        return root(of, size)

    monkeypatch.setattr(commune.trees, "root", counted)
    sealer = commune.notary.sealer
    assert sealer is not None
    sealer._seconds = 3_600.0
    for _ in range(5):
        meeting(commune)
        commune.notary.run_once()
    assert asked == []
    sealer._seconds = 0.0
    commune.notary.run_once()
    assert asked == [before, before + 5]
    assert latest(commune, origin).checkpoint.size == before + 5
