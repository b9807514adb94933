"""Every kind of edit of an audit folder, at many places: found, and the first bad event named."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services.node.audit import layout
from services.node.audit.findings import Report
from services.node.audit.layout import Index
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.keys import SigningKey
from services.node.ledger.note import Note
from tests.node.audit.histories import (
    GIVEN,
    KEYS,
    LONG,
    SHORT,
    SIZES,
    History,
    check,
    edit_entries,
    log_file,
)
from tests.node.sync.hierarchy import raw_event

PLACES = (1, 2, 99, 100, 101, 255, 256, 257, 300, 301, 512, 599, 600, 601, 699, 700)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audit") / "whole"
    History().export(folder)
    return folder


@pytest.fixture
def folder(exported: Path, tmp_path: Path) -> Path:
    """A copy to be spoilt."""
    return Path(shutil.copytree(exported, tmp_path / "copy"))


def first_bad(report: Report) -> int | None:
    """The first event of the long stream that the report names."""
    named = [f.first for f in report.all_findings if f.origin == LONG and f.first is not None]
    return min(named, default=None)


def test_a_whole_folder_is_intact(exported: Path) -> None:
    report = check(exported)
    assert report.all_findings == []
    assert report.events == sum(SIZES.values())
    long, short = report.streams
    assert (long.through(given=True), long.through(cosigned=True)) == (600, 600)
    assert short.through(given=True) == 40
    assert long.agreeing == 600


def _changed(raw: bytes) -> bytes:
    return raw.replace(b'"note":""', b'"note":"x"')


ON_EVENTS: dict[str, Callable[[Path, int], None]] = {
    "change a byte": lambda folder, n: edit_entries(
        folder, LONG, {n: [_changed(raw_event(LONG, n))]}
    ),
    "delete": lambda folder, n: edit_entries(folder, LONG, {n: []}),
    "insert": lambda folder, n: edit_entries(
        folder, LONG, {n: [_changed(raw_event(LONG, n)), raw_event(LONG, n)]}
    ),
    "renumber": lambda folder, n: edit_entries(folder, LONG, {n: [raw_event(LONG, n + 1)]}),
    "replay another stream's": lambda folder, n: edit_entries(
        folder, LONG, {n: [raw_event(SHORT, n)]}
    ),
    "replace by noise": lambda folder, n: edit_entries(folder, LONG, {n: [b"noise"]}),
    "replace by nothing": lambda folder, n: edit_entries(folder, LONG, {n: [b""]}),
}


@pytest.mark.parametrize("attack", ON_EVENTS)
def test_an_edited_event_is_named(exported: Path, tmp_path: Path, attack: str) -> None:
    for place in PLACES:
        copy = Path(shutil.copytree(exported, tmp_path / f"{place}"))
        ON_EVENTS[attack](copy, place)
        report = check(copy)
        assert first_bad(report) == place, (attack, place)
        # The files behind the place cannot be compared; they are no strange files for that.
        assert "unexpected-file" not in {finding.code for finding in report.all_findings}, place


def test_swapped_events_are_named(exported: Path, tmp_path: Path) -> None:
    for one, other in ((1, 2), (1, 700), (255, 256), (256, 257), (300, 301), (650, 651)):
        copy = Path(shutil.copytree(exported, tmp_path / f"{one}-{other}"))
        edit_entries(copy, LONG, {one: [raw_event(LONG, other)], other: [raw_event(LONG, one)]})
        assert first_bad(check(copy)) == one


def test_any_byte_of_any_file_changed_cut_or_added_is_found(exported: Path, tmp_path: Path) -> None:
    chance = random.Random(20250101)
    files = sorted(file.relative_to(exported) for file in exported.rglob("*") if file.is_file())
    copy = Path(shutil.copytree(exported, tmp_path / "copy"))
    for name in files:
        file, whole = copy / name, (exported / name).read_bytes()
        places = {0, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(2))}
        for place in places:
            altered = bytearray(whole)
            altered[place] ^= 1 << chance.randrange(8)
            _must_be_found(copy, file, bytes(altered), (name, place))
        _must_be_found(copy, file, whole[: chance.randrange(len(whole))], (name, "cut"))
        _must_be_found(copy, file, whole + b"\n", (name, "added"))
        _must_be_found(copy, file, b"", (name, "emptied"))
        file.unlink()
        _must_be_found(copy, None, b"", (name, "removed"))
        file.write_bytes(whole)
    assert check(copy).all_findings == []


def _must_be_found(copy: Path, file: Path | None, content: bytes, what: object) -> None:
    if file is not None:
        file.write_bytes(content)
    try:
        report = check(copy)
    except layout.LayoutError:
        return
    assert report.all_findings, what


def test_a_strange_file_is_found(folder: Path) -> None:
    (folder / "logs" / "extra").write_text("x")
    (folder / "link").symlink_to(folder / layout.INDEX)
    assert [finding.code for finding in check(folder).all_findings] == ["unexpected-file"] * 2


@pytest.mark.parametrize("place", PLACES)
def test_a_history_rewritten_with_its_trees_contradicts_what_was_signed(
    tmp_path: Path, place: int
) -> None:
    """The keeper of the store changes an event and exports anew: the signed heads stay."""
    history = History()
    history.streams[LONG][place - 1] = _changed(raw_event(LONG, place))
    history.export(tmp_path / "copy")
    report = check(tmp_path / "copy")
    stream = report.streams[0]
    if place > 600:  # under no checkpoint: the report says so instead
        assert report.all_findings == []
        assert any("100 events stand under no signed" in text.en for text in report.unproven())
        return
    (finding,) = report.all_findings
    assert finding.code == "root-differs"
    assert finding.first is not None
    assert finding.last is not None
    assert finding.first <= place <= finding.last
    assert stream.agreeing < place


@pytest.mark.parametrize("place", PLACES)
def test_two_levels_that_hold_different_histories_name_the_event(
    exported: Path, tmp_path: Path, place: int
) -> None:
    """Even if the keeper signs everything anew with its own key."""
    history = History()
    history.streams[LONG][place - 1] = _changed(raw_event(LONG, place))
    history.notes[LONG] = [history.sign(LONG, size, cosigned=False) for size in (100, 600)]
    history.export(tmp_path / "copy")
    alone = check(tmp_path / "copy")
    assert alone.all_findings == []
    assert alone.streams[0].through(cosigned=True) == 0  # nobody else confirms it
    report = check(tmp_path / "copy", exported)
    assert ("levels-differ", place) in [(f.code, f.first) for f in report.all_findings]


def test_a_shorter_history_is_the_beginning_of_a_longer_one(exported: Path, tmp_path: Path) -> None:
    history = History()
    history.streams[LONG] = history.streams[LONG][:650]
    history.export(tmp_path / "district")
    report = check(tmp_path / "district", exported)
    assert report.all_findings == []
    assert report.compared == 2


def test_a_replaced_tail_is_found_by_the_heads(tmp_path: Path) -> None:
    history = History()
    history.streams[LONG][300:] = [_changed(raw_event(LONG, n)) for n in range(301, 701)]
    history.export(tmp_path / "copy")
    (finding,) = check(tmp_path / "copy").all_findings
    assert (finding.code, finding.first, finding.last) == ("root-differs", 301, 600)


@pytest.mark.parametrize("size", [0, 40, 599])
def test_a_history_rolled_back_is_found_by_the_heads(tmp_path: Path, size: int) -> None:
    history = History()
    history.streams[LONG] = history.streams[LONG][:size]
    if not size:
        del history.streams[LONG]  # its checkpoints still tell of it
    history.export(tmp_path / "copy")
    (finding,) = check(tmp_path / "copy").all_findings
    assert (finding.code, finding.first) == ("rolled-back", size + 1)


def test_a_checkpoint_signed_with_another_key_is_not_the_streams(tmp_path: Path) -> None:
    history = History()
    forger = SigningKey(KEYS[LONG].name, b"\x09" * 32)
    for place, signed in enumerate(history.notes[LONG]):
        note = Note(signed.note.text, (forger.sign(signed.note.text),))
        history.notes[LONG][place] = SignedCheckpoint(signed.checkpoint, note)
    history.export(tmp_path / "copy")
    report = check(tmp_path / "copy")
    assert report.streams[0].through() == 0
    assert any("no signed checkpoint" in text.en for text in report.unproven())


def test_a_wrong_signature_of_a_known_key_is_found(tmp_path: Path) -> None:
    history = History()
    signed = history.notes[LONG][0]
    other = history.notes[LONG][1]
    note = Note(signed.note.text, other.note.signatures)
    history.notes[LONG][0] = SignedCheckpoint(signed.checkpoint, note)
    history.export(tmp_path / "copy")
    assert [f.code for f in check(tmp_path / "copy").all_findings] == ["signature-wrong"]


def test_the_digest_from_the_minutes_pins_everything(exported: Path, tmp_path: Path) -> None:
    from services.node.audit.verifying import verify  # noqa: PLC0415 - with its own arguments

    digest = check(exported).digests[str(exported)]
    assert verify([exported], GIVEN, digests=[digest]).all_findings == []
    history = History()
    history.streams[LONG][699] = _changed(raw_event(LONG, 700))
    history.export(tmp_path / "copy")
    codes = [f.code for f in verify([tmp_path / "copy"], GIVEN, digests=[digest]).all_findings]
    assert codes == ["digest-differs"]


def test_keys_from_the_folder_alone_are_said_to_be_so(exported: Path) -> None:
    from services.node.audit.verifying import verify  # noqa: PLC0415 - without keys

    report = verify([exported])
    assert report.streams[0].through() == 600
    assert report.streams[0].through(given=True) == 0
    assert any("named by the folder alone" in text.en for text in report.unproven())


def test_an_index_is_written_in_one_way(exported: Path) -> None:
    raw = (exported / layout.INDEX).read_bytes()
    assert Index.decode(raw).encode() == raw
    with pytest.raises(layout.LayoutError):
        Index.decode(raw + b"\n")


def test_the_folder_of_a_log_holds_what_readers_of_its_checkpoint_ask_for(exported: Path) -> None:
    """At the size that was signed, as well as at the size that is held."""
    from services.node.ledger.tiles import tiles_of  # noqa: PLC0415

    for size in (600, 700):
        for tile in tiles_of(size):
            assert log_file(exported, LONG, tile.path()).is_file(), (size, tile)
    assert log_file(exported, LONG, "checkpoint").read_bytes().startswith(b"antq-sync/origin/")
