"""`antq audit` and `antq ledger`: export, check, and what a script is told."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from services.commune.spec import SPEC as COMMUNE
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.keys import SigningKey
from services.node.ledger.note import Note
from services.node.node import Node
from services.node.settings import Settings
from tests.node.audit.histories import GIVEN, KEYS, LONG, History, edit_entries
from tests.node.cli.running import Antq
from tests.node.sync.hierarchy import raw_event, record


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A node with 300 events, and the settings that name its stores."""
    settings = Settings(node="xa", units=(uuid4(),), data_dir=tmp_path / "xa", by_hand=True)
    node = Node(settings, COMMUNE)
    record(node, uuid4(), range(1, 301))
    node.close()
    monkeypatch.setenv("ANTQ_NODE", "xa")
    monkeypatch.setenv("ANTQ_UNITS", str(settings.units[0]))
    monkeypatch.setenv("ANTQ_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("ANTQ_BY_HAND", "true")
    return settings


def test_what_is_exported_is_intact_and_its_digest_pins_it(
    tmp_path: Path, antq: Antq, stopped: Settings
) -> None:
    folder = tmp_path / "audit"
    exported = antq("audit", "export", "--level", "commune", folder)
    assert exported.code == 0, exported.err
    assert "300 sự kiện" in exported.out
    digest = exported.out.split()[-1]
    verified = antq("audit", "verify", "--digest", digest, folder)
    assert verified.code == 0, verified.out
    assert "Bộ hồ sơ nguyên vẹn." in verified.out
    assert "chưa nằm dưới điểm chốt nào" in verified.out  # the node has no keys
    strict = antq("audit", "verify", "--strict", folder)
    assert strict.code == 1
    assert "--strict: 300 sự kiện không nằm dưới điểm chốt ký bằng khóa bạn nêu" in strict.out
    assert antq("audit", "verify", "--digest", "0" * 64, folder).code == 1
    again = antq("audit", "export", "--level", "commune", folder)
    assert (again.code, "đã có và không trống" in again.err) == (2, True)


def test_what_is_no_audit_folder_is_told_in_the_readers_language(
    tmp_path: Path, antq: Antq
) -> None:
    ended = antq("audit", "verify", tmp_path)
    assert (ended.code, "không có audit.json đọc được." in ended.err) == (2, True)
    (tmp_path / "audit.json").write_text('{"format": "other", "version": 1}')
    assert "không phải bộ hồ sơ của phiên bản này." in antq("audit", "verify", tmp_path).err
    missing = antq("audit", "verify", tmp_path / "none")
    assert (missing.code, "không có thư mục" in missing.err) == (2, True)


def test_a_log_is_exported_for_clients_of_tiles(
    tmp_path: Path, antq: Antq, stopped: Settings
) -> None:
    assert antq("ledger", "export", "--level", "commune", tmp_path / "logs").code == 0
    (log,) = (tmp_path / "logs").iterdir()
    assert (log / "tile/entries/000").is_file()
    assert (log / "tile/0/001.p/44").is_file()


def test_a_forged_folder_is_told_from_an_intact_one(tmp_path: Path, antq: Antq) -> None:
    folder, keys = tmp_path / "audit", tmp_path / "keys.txt"
    History().export(folder)
    keys.write_text("# from the ministry\n" + "\n".join(map(str, GIVEN)), "utf-8")
    intact = antq("--lang", "en", "audit", "verify", "--key", keys, folder)
    assert intact.code == 0
    assert "640 events stand under checkpoints signed with keys that you gave" in intact.out
    edit_entries(folder, LONG, {257: [raw_event(LONG, 258)]})
    broken = antq("audit", "verify", "--key", keys, folder)
    assert broken.code == 1
    assert "sự kiện 257" in broken.out.splitlines()[1]
    report = json.loads(antq("audit", "verify", "--json", "--key", keys, folder).out)
    assert report["intact"] is False
    assert report["findings"][0]["first"] == 257
    assert report["findings"][0]["origin"] == str(LONG)
    assert report["proven"] == []


def _note(path: Path, signed: SignedCheckpoint) -> Path:
    path.write_bytes(signed.note.encode())
    return path


def _keys(path: Path) -> Path:
    path.write_text("\n".join(map(str, GIVEN)), "utf-8")
    return path


def test_a_checkpoint_got_another_way_agrees(tmp_path: Path, antq: Antq) -> None:
    history, folder = History(), tmp_path / "audit"
    history.export(folder)
    keys = _keys(tmp_path / "keys.txt")
    notes = [_note(tmp_path / f"note-{n}", one) for n, one in enumerate(history.notes[LONG][-2:])]
    given = [part for note in notes for part in ("--checkpoint", note)]
    verified = antq("audit", "verify", "--key", keys, *given, folder)
    assert verified.code == 0, verified.out
    assert "khớp với 2 điểm chốt nhận qua đường khác" in verified.out
    english = antq("--lang", "en", "audit", "verify", "--key", keys, *given, folder)
    assert english.code == 0
    assert "agrees with 2 checkpoints got another way" in english.out
    report = json.loads(antq("audit", "verify", "--json", "--key", keys, *given, folder).out)
    assert (report["intact"], report["given_checkpoints"]) == (True, 2)


def test_a_checkpoint_contradicts_what_was_rewritten_and_signed_anew(
    tmp_path: Path, antq: Antq
) -> None:
    """The folder alone is without fault: it takes the word that was given to others."""
    note = _note(tmp_path / "note", History().notes[LONG][-1])
    forged, folder = History(), tmp_path / "audit"
    forged.streams[LONG][449] = raw_event(LONG, 450, note="x")
    forged.notes[LONG] = [forged.sign(LONG, 600)]
    forged.export(folder)
    keys = _keys(tmp_path / "keys.txt")
    assert antq("audit", "verify", "--key", keys, folder).code == 0
    broken = antq("audit", "verify", "--key", keys, "--checkpoint", note, folder)
    assert broken.code == 1
    assert "sự kiện 1–600: không dẫn tới gốc ở cỡ 600" in broken.out
    assert "Bộ hồ sơ KHÔNG nguyên vẹn." in broken.out
    assert "khớp với" not in broken.out
    english = antq("--lang", "en", "audit", "verify", "--key", keys, "--checkpoint", note, folder)
    assert english.code == 1
    assert "event 1–600: do not lead to the root of size 600" in english.out
    assert "The folder is NOT intact." in english.out


def test_a_checkpoint_contradicts_what_was_cut_off(tmp_path: Path, antq: Antq) -> None:
    """By the checkpoint of 600 events that it cosigned the store has held so many."""
    note = _note(tmp_path / "note", History().notes[LONG][-1])
    short, folder = History(), tmp_path / "audit"
    short.streams[LONG] = short.streams[LONG][:300]
    short.notes[LONG] = short.notes[LONG][:3]
    short.export(folder)
    keys = _keys(tmp_path / "keys.txt")
    assert antq("audit", "verify", "--key", keys, folder).code == 0
    broken = antq("audit", "verify", "--key", keys, "--checkpoint", note, folder)
    assert broken.code == 1
    assert "sự kiện 301–600: không có trong bộ hồ sơ" in broken.out
    english = antq("--lang", "en", "audit", "verify", "--key", keys, "--checkpoint", note, folder)
    assert "event 301–600: are not in the folder" in english.out


def test_a_checkpoint_that_no_known_key_signed_proves_nothing(tmp_path: Path, antq: Antq) -> None:
    folder, history = tmp_path / "audit", History()
    history.export(folder)
    signed = history.notes[LONG][-1]
    stranger = SigningKey(KEYS[LONG].name, b"\x09" * 32)
    forged = SignedCheckpoint(
        signed.checkpoint, Note(signed.note.text, (stranger.sign(signed.note.text),))
    )
    note = _note(tmp_path / "note", forged)
    refused = antq("audit", "verify", "--checkpoint", note, folder)
    assert refused.code == 1
    assert "không do khóa nào đã biết ký" in refused.out
    english = antq("--lang", "en", "audit", "verify", "--checkpoint", note, folder)
    assert english.code == 1
    assert "is signed by no known key; name it with --key" in english.out
    named = antq("audit", "verify", "--checkpoint", note, "--key", stranger.verifier, folder)
    assert named.code == 0, named.out


def test_what_is_no_checkpoint_is_refused(tmp_path: Path, antq: Antq) -> None:
    History().export(tmp_path / "audit")
    (tmp_path / "note").write_text("an invoice\n")
    refused = antq("audit", "verify", "--checkpoint", tmp_path / "note", tmp_path / "audit")
    assert (refused.code, "không phải điểm chốt đã ký của một luồng" in refused.err) == (2, True)
    english = antq(
        "--lang", "en", "audit", "verify", "--checkpoint", tmp_path / "note", tmp_path / "audit"
    )
    assert (english.code, "is no signed checkpoint of a stream" in english.err) == (2, True)
    missing = antq("audit", "verify", "--checkpoint", tmp_path / "none", tmp_path / "audit")
    assert missing.code == 2


def test_what_is_no_folder_or_no_key_is_refused(tmp_path: Path, antq: Antq) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert antq("audit", "verify", empty).code == 2
    History().export(tmp_path / "audit")
    assert antq("audit", "verify", "--key", "nonsense", tmp_path / "audit").code == 2
    (tmp_path / "audit" / "audit.json").write_bytes(b"{}")
    assert antq("audit", "verify", tmp_path / "audit").code == 2


@pytest.mark.parametrize("saved", [b"an invoice", b"{}", b'{"as_of": "2025-01-01"}'])
def test_a_file_that_is_no_figure_says_nothing_against_the_folder(
    tmp_path: Path, antq: Antq, saved: bytes
) -> None:
    History().export(tmp_path / "audit")
    (tmp_path / "figure.json").write_bytes(saved)
    asked = ("audit", "verify", "--figure", tmp_path / "figure.json", tmp_path / "audit")
    refused = antq(*asked)
    assert refused.code == 2
    assert f"Không tính lại được số liệu: {tmp_path / 'figure.json'}: " in refused.err
    assert "KHÔNG nguyên vẹn" not in refused.out
    english = antq("--lang", "en", *asked)
    assert (english.code, "The figure cannot be derived" in english.err) == (2, True)


def test_a_key_that_is_none_is_refused(tmp_path: Path, antq: Antq) -> None:
    History().export(tmp_path / "audit")
    refused = antq("audit", "verify", "--key", "khoa", tmp_path / "audit")
    assert (refused.code, "--key: không phải khóa như antq keys show" in refused.err) == (2, True)
