"""What the law forbids to keep goes from every level over a real broker and database, and what was
signed about it stays proven: decided in the middle, it goes up and down.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.tiles import decode_entries, tiles_of
from services.node.ledger.tree import Frontier, check_inclusion
from tests.e2e.figures import check_figures
from tests.e2e.logs import check_logs
from tests.e2e.places import COMMUNES, event, ident, service_of
from tests.e2e.process import NodeProcess
from tests.e2e.pushing import Place, batch, single
from tests.e2e.receipts import check_proof, check_receipts
from tests.e2e.traffic import meeting
from tests.e2e.waiting import until
from tests.e2e.world import World
from tests.node.erasure.country import server_tables_with

pytestmark = pytest.mark.e2e

MARK = "QZ9-tên-người-tố-giác-e2e"
LEVELS = ("ward", "district", "city", "central")
"""A commune and what is above it."""


def test_an_erased_event_is_gone_from_every_level_and_stays_proven(
    world: World, tmp_path: Path
) -> None:
    erased, place, raw = recorded(world)
    leaf = hashlib.sha256(b"\x00" + raw).digest()
    assert all(server_tables_with(world.dsn(level), MARK) for level in LEVELS), "it is found"
    before = {level: proof(world.nodes[level], erased) for level in LEVELS}

    decided = redacted(world.nodes["district"], erased)
    until("every level has erased it", lambda: not_erased(world, erased), seconds=60)
    world.settle()

    # The log, the tables, the API: the same tombstone everywhere, and nothing of the content.
    streams = check_logs(world)
    (tombstone,) = {streams[level][place.origin][place.sequence - 1] for level in LEVELS}
    told = json.loads(tombstone)
    assert (told["type"], told["id"]) == ("vn.antq.EventErased", erased)
    assert (int(told["sequence"]), told["data"]["leaf_hash"]) == (place.sequence, leaf.hex())
    until("every table has let go of it", lambda: still_in_tables(world), seconds=60)
    check_figures(world)
    for level in LEVELS:
        problem = gone(world.nodes[level], erased).json()
        assert (problem["redaction_event_id"], problem["leaf_hash"]) == (decided, leaf.hex())

    # The proofs of before and of now lead from the original's hash to what was signed.
    for level in LEVELS:
        for found in (before[level], proof(world.nodes[level], erased)):
            check_proof_of(found, leaf)
        check_tiles(world.nodes[level], place, tombstone)
    check_receipts(world)
    check_proof(world, "ward", erased, tmp_path / "erased.tlog-proof")

    check_bundles(world, tombstone, tmp_path)
    check_audits(world, place, tmp_path)


def recorded(world: World) -> tuple[str, Place, bytes]:
    """Record events at every commune, one of which names somebody; they arrive everywhere."""
    wrong = event(
        "ModelEstablished",
        "ward-4",
        f"{MARK} record",
        "2024-08-05",
        subject=ident("model to be erased"),
        code="MH-E2E",
        name=f"Tổ tự quản {MARK}",
        domain="self_management",
        host_org_id=ident("ward-4 front"),
        opened_on="2024-08-05",
    )
    for unit in COMMUNES:
        with world.pusher(service_of(unit)) as pusher:
            pusher.push(single(meeting(unit, "2024-08-05")))
    with world.pusher("ward") as pusher:
        place, _ = pusher.push(batch([wrong, meeting("ward-4", "2024-08-06")]))
    world.settle()
    check_receipts(world)
    raw = world.nodes["central"].response(f"/v1/events/{wrong['id']}").content
    assert MARK.encode() in raw
    return wrong["id"], place, raw


def redacted(node: NodeProcess, event_id: str) -> str:
    """`antq redact` at a superior; the id of the event that it records."""
    done = node.run(
        *("redact", event_id, "--basis", "personal_data_law", "--content", "informant"),
        *("--unit", ident("district"), "--org", ident("district police"), "--yes"),
        *("--url", node.url),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = [one for one in done.stdout.splitlines() if "redaction is recorded" in one]
    return line.partition("event ")[2].partition(".")[0]


def gone(node: NodeProcess, event_id: str) -> httpx.Response:
    return node.answer(f"/v1/events/{event_id}")


def not_erased(world: World, event_id: str) -> str | None:
    answers = {level: gone(world.nodes[level], event_id).status_code for level in LEVELS}
    return None if set(answers.values()) == {410} else f"{answers}"


def still_in_tables(world: World) -> str | None:
    found = {level: server_tables_with(world.dsn(level), MARK) for level in LEVELS}
    return f"{found}" if any(found.values()) else None


def proof(node: NodeProcess, event_id: str) -> Mapping[str, Any]:
    """That the event stands in its stream, as a level tells it."""
    told: Mapping[str, Any] = node.get("/v1/proofs/inclusion", event_id=event_id)
    return told


def check_proof_of(told: Mapping[str, Any], leaf: bytes) -> None:
    """It leads from the leaf to what is signed in it."""
    tree = SignedCheckpoint.read(told["note"].encode()).checkpoint
    check_inclusion(leaf, told["index"], tree.size, list(map(b64decode, told["hashes"])), tree.root)


def check_tiles(node: NodeProcess, place: Place, tombstone: bytes) -> None:
    """The stream as tiles leads to its checkpoint, with the tombstone in its place."""
    ledger = f"/v1/ledger/{place.origin}"
    tree = SignedCheckpoint.read(node.response(f"{ledger}/checkpoint").content).checkpoint
    hashes: list[bytes] = []
    entries: list[bytes] = []
    for tile in tiles_of(tree.size):
        content = node.response(f"{ledger}/{tile.path()}").content
        if tile.level is None:
            entries += decode_entries(content)
        elif tile.level == 0:
            hashes += [content[at : at + 32] for at in range(0, len(content), 32)]
    frontier = Frontier()
    frontier.extend(hashes)
    assert frontier.root() == tree.root
    assert entries[place.sequence - 1] == tombstone
    others = [n for n, raw in enumerate(entries) if b"vn.antq.EventErased" not in raw]
    assert all(hashes[n] == hashlib.sha256(b"\x00" + entries[n]).digest() for n in others)


def check_bundles(world: World, tombstone: bytes, folder: Path) -> None:
    """What is carried by hand up from each level holds the tombstone and not the content."""
    for level in ("ward", "district", "city"):
        node, file = world.nodes[level], folder / f"{level}.antq"
        done = node.run(*("bundle", "export", str(file), "--up", "--everything", "--url", node.url))
        assert done.returncode == 0, done.stdout + done.stderr
        content = gzip.decompress(file.read_bytes())
        assert tombstone in content
        assert MARK.encode() not in content


def check_audits(world: World, place: Place, folder: Path) -> None:
    """The folders of all four levels agree with each other and with the centre's checkpoint, and
    hold nothing of the content."""
    audits: Mapping[str, Path] = {level: folder / f"audit-{level}" for level in LEVELS}
    kind = dict(zip(LEVELS, ("commune", "district", "province", "central"), strict=True))
    for level, audit in audits.items():
        done = world.nodes[level].run("audit", "export", str(audit), "--level", kind[level])
        assert done.returncode == 0, done.stdout + done.stderr
        holding = [p for p in audit.rglob("*") if p.is_file() and MARK.encode() in p.read_bytes()]
        assert not holding
    note = folder / "checkpoint"
    central = world.nodes["central"]
    note.write_bytes(central.response(f"/v1/ledger/{place.origin}/checkpoint").content)
    done = world.nodes["ward"].run(
        *("audit", "verify", *map(str, audits.values()), "--checkpoint", str(note))
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The folder is intact." in done.stdout
    assert "their places are proven" in done.stdout
