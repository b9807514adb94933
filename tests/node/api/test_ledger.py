"""Receipts, proofs and tiles over HTTP, checked with nothing but public keys and the standard."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from contracts.envelope import format_time
from domain.samples import CENTRE, MINISTRY, WARD
from services.central.spec import SPEC as CENTRAL
from services.commune.spec import SPEC as COMMUNE
from services.node.hosting import origin_of
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.names import origin_name
from services.node.ledger.prooffile import ProofFile
from services.node.ledger.tiles import Tile, decode_entries, tiles_of
from services.node.ledger.tree import Frontier, check_consistency, check_inclusion, leaf_hash
from services.node.node import Node
from services.node.notary.evidence import CheckpointFork, ForkReason
from services.node.notary.keyring import make_keyring
from services.node.notary.receipts import Vouching, vouched
from services.node.settings import Settings
from services.node.trees import CheckpointStore
from tests.node.api.serving import Served, World, catalogue, meeting, serve, until
from tests.node.cli.running import make_antq

ORIGIN = origin_of(WARD, "main")


def node(folder: Path, name: str, unit: str, parent: str | None = None) -> Node:
    make_keyring(folder / name, name)
    settings = Settings(
        node=name,
        parent=parent,
        units=unit,
        data_dir=folder / name,
        local_carrier=folder / "carrier.db",
        announce_seconds=0.2,
        seal_seconds=0.1,
    )
    return Node(settings, CENTRAL if parent is None else COMMUNE)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The centre and a ward with keys; what the ward recorded is vouched for."""
    folder = tmp_path_factory.mktemp("ledger")
    with (
        serve(node(folder, "centre", CENTRE)) as centre,
        serve(node(folder, "ward", WARD, "centre")) as ward,
    ):
        assert centre.push_all(catalogue()).status_code == 200
        until(lambda: ward.node.directory.active(WARD, ward.node.now().date()))
        # It records once the centre has said that it is new, which a busy machine delays.
        until(lambda: not ward.node.recovery.reasons())
        for _ in range(5):
            assert ward.push(meeting()).status_code == 201
        ward.projected()
        until(lambda: _receipts(ward) == [("antq-sync/node/centre", ward.node.log.head(ORIGIN))])
        yield World(centre, ward)


def _receipts(ward: Served) -> list[tuple[str, int]]:
    (stream,) = ward.json("/v1/receipts")["items"] or [{"receipts": []}]
    return [(receipt["cosigner"], receipt["through"]) for receipt in stream["receipts"]]


def an_event(ward: Served) -> tuple[str, bytes]:
    event_id = ward.json("/v1/events", unit=WARD, type="MeetingHeld")["items"][2]["event_id"]
    return event_id, ward.http.get(f"/v1/events/{event_id}").content


def test_a_proof_file_convinces_whoever_has_the_public_key(sealed: World) -> None:
    event_id, raw = an_event(sealed.ward)
    assert sealed.ward.node.notary.keyring is not None
    key = sealed.ward.node.notary.keyring.for_origin(ORIGIN).verifier
    assert sealed.centre.node.notary.keyring is not None
    cosigner = sealed.centre.node.notary.keyring.cosigner.verifier
    sealed.centre.projected()
    for served in (sealed.ward, sealed.centre):
        answer = served.http.get(f"/v1/events/{event_id}/proof.tlog-proof")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert ProofFile.parse(answer.content).check(raw, [key, cosigner]) == (key, cosigner)
    by_accept = sealed.ward.http.get(
        "/v1/proofs/inclusion", params={"event_id": event_id}, headers={"Accept": "text/plain"}
    )
    assert (
        by_accept.content == sealed.ward.http.get(f"/v1/events/{event_id}/proof.tlog-proof").content
    )


def test_a_proof_as_json(sealed: World) -> None:
    event_id, raw = an_event(sealed.ward)
    proof = sealed.ward.json("/v1/proofs/inclusion", event_id=event_id)
    hashes = [b64decode(one) for one in proof["hashes"]]
    root = b64decode(proof["root"])
    check_inclusion(leaf_hash(raw), proof["index"], proof["size"], hashes, root)
    assert [receipt["cosigner"] for receipt in proof["receipts"]] == ["antq-sync/node/centre"]
    assert [receipt["unit_id"] for receipt in proof["receipts"]] == [CENTRE]


def test_a_stream_has_only_grown(sealed: World) -> None:
    proof = sealed.ward.json("/v1/proofs/consistency", origin=ORIGIN, first=2, second=5)
    check_consistency(
        2,
        b64decode(proof["first_root"]),
        5,
        b64decode(proof["second_root"]),
        [b64decode(one) for one in proof["hashes"]],
    )


def test_the_whole_ledger_can_be_followed_as_tiles(sealed: World) -> None:
    http = sealed.centre.http
    answer = http.get(f"/v1/ledger/{ORIGIN}/checkpoint")
    assert answer.headers["cache-control"] == "no-cache"
    checkpoint = SignedCheckpoint.read(answer.content).checkpoint
    assert checkpoint.origin == origin_name(ORIGIN)
    frontier = Frontier()
    for tile in tiles_of(checkpoint.size):
        content = http.get(f"/v1/ledger/{ORIGIN}/{tile.path()}")
        assert content.status_code == 200
        # An event's bytes may have to go; the hashes stay whatever happens.
        assert ("immutable" in content.headers["cache-control"]) == (tile.level is not None)
        assert content.headers["content-type"] == "application/octet-stream"
        if tile.level is None:
            entries = decode_entries(content.content)
            frontier.extend(leaf_hash(entry) for entry in entries)
        else:
            assert len(content.content) == 32 * tile.width
    assert frontier.root() == checkpoint.root


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/ledger/{UUID(int=0)}/checkpoint",
        f"/v1/ledger/{ORIGIN}/{Tile(0, 0).path()}",
        f"/v1/ledger/{ORIGIN}/tile/entries/000",
        f"/v1/ledger/{ORIGIN}/tile/0/0",
        f"/v1/ledger/{ORIGIN}/tile/x",
        f"/v1/proofs/inclusion?event_id={UUID(int=0)}",
        f"/v1/proofs/consistency?origin={ORIGIN}&first=1&second=99999",
    ],
)
def test_what_there_is_not_is_told(sealed: World, path: str) -> None:
    answer = sealed.ward.http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_a_stream_cannot_have_shrunk(sealed: World) -> None:
    answer = sealed.ward.http.get(
        "/v1/proofs/consistency", params={"origin": str(ORIGIN), "first": 3, "second": 2}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-parameter")


def test_receipts_of_a_unit_at_any_level(sealed: World) -> None:
    (stream,) = sealed.centre.json("/v1/receipts", unit=WARD)["items"]
    assert UUID(stream["origin"]) == ORIGIN
    assert stream["sealed"] == stream["size"]
    assert SignedCheckpoint.read(stream["note"].encode()).checkpoint.size == stream["sealed"]
    assert sealed.ward.json("/v1/receipts", unit=str(uuid4()))["items"] == []


def test_the_events_page_says_who_received_and_verified_it(sealed: World) -> None:
    event_id, _ = an_event(sealed.ward)
    page = sealed.ward.http.get(f"/events/{event_id}").text
    assert "đã nhận và xác nhận lúc" in page
    assert f"/v1/events/{event_id}/proof.tlog-proof" in page
    assert "received and verified at" in sealed.ward.http.get(f"/events/{event_id}?lang=en").text


def test_a_history_says_who_received_and_verified_each_event(
    sealed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id, _ = an_event(sealed.ward)
    (item,) = sealed.ward.json(f"/v1/history/{event_id}")["items"]
    (receipt,) = item["receipts"]
    assert item["sealed"] is True
    assert (receipt["place"]["unit"], receipt["place"]["level"]) == ("Trung ương", "central")
    assert receipt["cosigner"] == "antq-sync/node/centre"
    assert (
        ProofFile.parse(sealed.ward.http.get(item["proof"]).content).index == item["sequence"] - 1
    )
    page = sealed.ward.http.get(f"/history/{event_id}").text
    assert "Trung ương (trung ương): " in page
    assert f"/v1/events/{event_id}/proof.tlog-proof" in page
    url = str(sealed.ward.http.base_url)
    told = make_antq(monkeypatch)("--lang", "en", "history", event_id, "--url", url)
    assert "Received and verified: Trung ương (central)" in told.out


def test_metrics_tell_how_the_ledger_stands(sealed: World) -> None:
    metrics = sealed.ward.http.get("/metrics").text
    assert "antq_ledger_has_keys 1.0" in metrics
    assert "antq_ledger_alarms 0.0" in metrics


def test_a_private_key_shows_nowhere(sealed: World) -> None:
    assert sealed.ward.node.notary.keyring is not None
    secret = sealed.ward.node.notary.keyring.own.export().split("+", 4)[4]
    for path in ("/v1/sync", "/readyz", "/metrics", "/v1/receipts"):
        assert secret not in sealed.ward.http.get(path).text
    assert secret not in repr(sealed.ward.node.notary.keyring)


def test_the_proof_command_says_who_vouches_and_writes_the_file(
    sealed: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    event_id, raw = an_event(sealed.ward)
    antq, url = make_antq(monkeypatch), str(sealed.ward.http.base_url)
    file = tmp_path / "event.tlog-proof"
    ended = antq("--lang", "en", "proof", event_id, "--out", file, "--url", url)
    assert ended.code == 0, ended.err
    assert "Received and verified: antq-sync/node/centre" in ended.out
    assert "Đã nhận và xác nhận" in antq("proof", event_id, "--url", url).out
    assert sealed.ward.node.notary.keyring is not None
    key = sealed.ward.node.notary.keyring.for_origin(ORIGIN).verifier
    assert ProofFile.parse(file.read_bytes()).check(raw, [key]) == (key,)
    assert antq("proof", uuid4(), "--url", url).code == 2


def test_forks_are_listed_and_decided_by_command(
    sealed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Last in this file: it leaves a decision behind."""
    antq, node = make_antq(monkeypatch), sealed.centre.node
    url = ("--url", str(sealed.centre.http.base_url))
    none = antq("forks", "list", *url)
    assert (none.code, none.out.strip()) == (0, "Không có phân nhánh.")
    at = format_time(node.now())
    node.notary.evidence.save(
        CheckpointFork(ORIGIN, 2, ForkReason.ROOT, b"a note", bytes(32), "ward", at)
    )
    node.origins.mark_forked(ORIGIN)
    listed = antq("--lang", "en", "forks", "list", *url)
    assert listed.code == 1
    assert f"checkpoint  {ORIGIN}  2  {at}  ward" in listed.out
    (fork,) = sealed.centre.json("/v1/forks")["checkpoints"]
    assert (fork["note"], fork["stopped"], fork["reason"]) == ("a note", True, "root")
    decided = antq(
        "--lang",
        "en",
        "forks",
        "decide",
        ORIGIN,
        "goes_on",
        "--unit",
        CENTRE,
        "--org",
        MINISTRY,
        *url,
    )
    assert decided.code == 0, decided.err
    until(lambda: not sealed.centre.json("/v1/forks")["checkpoints"][0]["stopped"])


def test_the_page_tells_how_far_a_stream_is_signed_and_vouched_for(sealed: World) -> None:
    head = sealed.ward.node.log.head(ORIGIN)
    page = sealed.ward.http.get("/sync").text
    centre = sealed.ward.node.directory.attributes(CENTRE, sealed.ward.node.now().date())
    assert centre is not None
    assert f"{centre.name}: đến số {head}, " in page
    assert f'href="/v1/ledger/{ORIGIN}/checkpoint"' in page
    assert "đã đăng ký" in page
    assert "chưa chứng minh được" not in page


def test_checkpoints_are_read_once_for_all_events_of_a_stream(
    sealed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward = sealed.ward.node
    expected = [vouched(ward, ORIGIN, number) for number in range(1, 5)]
    assert all(found is not None and found[1] for found in expected)
    asked: list[UUID] = []
    read = CheckpointStore.of

    def counted(
        store: CheckpointStore, origin: UUID, *, after: int = 0, limit: int = 500
    ) -> list[SignedCheckpoint]:
        asked.append(origin)
        return read(store, origin, after=after, limit=limit)

    monkeypatch.setattr(CheckpointStore, "of", counted)
    vouching = Vouching(ward)
    assert [vouching.of(ORIGIN, number) for number in range(1, 5)] == expected
    assert asked == [ORIGIN]
    assert vouching.of(ORIGIN, ward.log.head(ORIGIN) + 1) is None


def test_status_says_who_vouches(sealed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the manual and whoever carries bundles rely on."""
    antq, url = make_antq(monkeypatch), str(sealed.ward.http.base_url)
    assert (
        "Trung ương xác nhận đã nhận đủ 1/1 luồng ghi tại đây" in antq("status", "--url", url).out
    )
    english = antq("--lang", "en", "status", "--url", url).out
    assert "vouches for all of 1/1 streams recorded here" in english
    above = antq("status", "--url", str(sealed.centre.http.base_url)).out
    assert "xác nhận đã nhận" not in above, "nobody stands above the centre"
