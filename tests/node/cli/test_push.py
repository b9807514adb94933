"""`antq push` against a real node over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from domain.samples import WARD
from services.node.cli.pushing import pushfile
from services.node.cli.pushing.reading import Item
from services.node.cli.pushing.sending import Sender, UnreachableError
from services.node.recovery import Reason, Standing
from services.node.recovery.texts import refusal
from tests.node.api.serving import World, meeting
from tests.node.cli.running import Antq


def _lines(path: Path, events: list[Any]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in events))
    return path


def test_everything_accepted(antq: Antq, url: str, tmp_path: Path) -> None:
    path = _lines(tmp_path / "good.jsonl", [meeting() for _ in range(3)])
    ended = antq("push", path, "--url", url)
    assert (ended.code, ended.err) == (0, "")
    assert "3 ghi mới, 0 đã có, 0 bị từ chối" in ended.out
    assert [p.name for p in tmp_path.iterdir()] == ["good.jsonl"]


def test_pushing_again_is_harmless(antq: Antq, shared: World, url: str, tmp_path: Path) -> None:
    path = _lines(tmp_path / "twice.jsonl", [meeting() for _ in range(2)])
    antq("push", path, "--url", url)
    head = shared.ward.node.log.position()
    ended = antq("--lang", "en", "push", path, "--url", url)
    assert ended.code == 0
    assert "0 recorded, 2 known, 0 rejected" in ended.out
    assert shared.ward.node.log.position() == head


def test_rejected_lines_are_told_and_kept_word_for_word(
    antq: Antq, url: str, tmp_path: Path
) -> None:
    path = tmp_path / "mixed.jsonl"
    good = orjson.dumps(meeting())
    negative = orjson.dumps(meeting(attendees=-1))
    broken = b'{"specversion": "1.0", oops'
    stranger = orjson.dumps(meeting(unit_id="11111111-1111-4111-8111-111111111111"))
    path.write_bytes(b"\n".join([good, negative, b"", broken, stranger]))
    ended = antq("push", path, "--url", url)
    assert ended.code == 1
    told = ended.out.splitlines()
    assert any("dòng 2: /data/attendees [invalid-field]" in line for line in told)
    assert any("dòng 4: [malformed-json]" in line for line in told)
    assert any("dòng 5: /data/unit_id [unknown-unit]" in line for line in told)
    assert all("→" in line for line in told if "dòng " in line)
    assert "1 ghi mới, 0 đã có, 3 bị từ chối" in ended.out
    kept = tmp_path / "mixed.jsonl.rejected.jsonl"
    assert kept.read_bytes() == b"\n".join([negative, broken, stranger]) + b"\n"


def test_corrected_lines_are_accepted_and_the_old_ones_forgotten(
    antq: Antq, url: str, tmp_path: Path
) -> None:
    event = meeting(attendees=-1)
    path = _lines(tmp_path / "wrong.jsonl", [event])
    assert antq("push", path, "--url", url).code == 1
    event["data"]["attendees"] = 1
    _lines(path, [event])
    assert antq("push", path, "--url", url).code == 0
    assert not (tmp_path / "wrong.jsonl.rejected.jsonl").exists()


def test_verdicts_are_in_english_when_asked(antq: Antq, url: str, tmp_path: Path) -> None:
    path = _lines(tmp_path / "bad.jsonl", [meeting(attendees=-1)])
    ended = antq("--lang", "en", "push", path, "--url", url)
    assert "line 1: /data/attendees [invalid-field]" in ended.out
    assert "rule: catalogue" in ended.out


@pytest.mark.parametrize("as_array", [True, False])
def test_arrays_and_single_events(antq: Antq, url: str, tmp_path: Path, as_array: bool) -> None:
    path = tmp_path / "one.json"
    events: Any = [meeting(), meeting()] if as_array else meeting()
    path.write_bytes(orjson.dumps(events, option=orjson.OPT_INDENT_2))
    ended = antq("push", path, "--url", url)
    assert ended.code == 0
    assert f"{2 if as_array else 1} ghi mới" in ended.out


def test_a_broken_array_is_told(antq: Antq, url: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text("[{]")
    ended = antq("push", path, "--url", url)
    assert ended.code == 2
    assert "không đọc được JSON" in ended.err


def test_nobody_answers(antq: Antq, tmp_path: Path) -> None:
    path = _lines(tmp_path / "lonely.jsonl", [meeting()])
    ended = antq("push", path, "--url", "http://127.0.0.1:1", "--patience", "0")
    assert ended.code == 2
    assert "không trả lời" in ended.err


def test_a_node_that_recovers_is_told_of_in_one_message(
    antq: Antq, shared: World, url: str, tmp_path: Path
) -> None:
    path = _lines(tmp_path / "closed.jsonl", [meeting(), meeting()])
    guard = shared.ward.node.guard
    guard.close(refusal(Reason.UNMARKED, Standing.ASKING))
    try:
        ended = antq("push", path, "--url", url, "--patience", "0")
        english = antq("--lang", "en", "push", path, "--url", url, "--patience", "0")
    finally:
        guard.open()
    assert ended.code == english.code == 2
    (told,) = ended.err.splitlines()
    assert "vẫn chưa nhận: HTTP 503: Nút chưa ghi sự kiện mới" in told
    assert "Chạy lại lệnh này sau" in told
    assert "--patience" in told
    (told,) = english.err.splitlines()
    assert "still does not take it: HTTP 503: The node records nothing new" in told
    assert not (tmp_path / "closed.jsonl.rejected.jsonl").exists()
    again = antq("push", path, "--url", url)
    assert "2 ghi mới" in again.out


def test_an_interrupted_push_goes_on_where_it_stopped(
    antq: Antq, shared: World, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[Any] = [meeting() for _ in range(6)]
    events[1] = meeting(attendees=-1)
    path = _lines(tmp_path / "long.jsonl", events)
    sent: list[list[int]] = []
    real = Sender.send

    def fragile(self: Sender, batch: list[Item]) -> Any:
        if sum(map(len, sent)) >= 4:
            raise UnreachableError("cable cut")
        sent.append([item.number for item in batch])
        return real(self, batch)

    monkeypatch.setattr(pushfile, "batches", _pairs)
    with monkeypatch.context() as patch:
        patch.setattr(Sender, "send", fragile)
        interrupted = antq("push", path, "--url", url)
    assert interrupted.code == 2
    assert sent == [[1, 2], [3, 4]]
    assert (tmp_path / "long.jsonl.antq-push").exists()

    again: list[int] = []

    def watched(self: Sender, batch: list[Item]) -> Any:
        again.extend(item.number for item in batch)
        return real(self, batch)

    monkeypatch.setattr(Sender, "send", watched)
    ended = antq("push", path, "--url", url)
    assert again == [5, 6]
    assert ended.code == 1, "the line that was rejected before the interruption still counts"
    assert "5 ghi mới, 0 đã có, 1 bị từ chối" in ended.out
    kept = tmp_path / "long.jsonl.rejected.jsonl"
    assert kept.read_bytes() == orjson.dumps(events[1]) + b"\n"
    assert not (tmp_path / "long.jsonl.antq-push").exists()
    assert shared.ward.node.directory.unit(WARD) is not None


def test_restart_ignores_where_it_stopped(
    antq: Antq, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _lines(tmp_path / "restart.jsonl", [meeting(), meeting()])
    monkeypatch.setattr(pushfile, "batches", _pairs)
    pushfile.push_file(
        path,
        _Canned("recorded"),  # type: ignore[arg-type]  # stands in for the sender
        _stopping_after_one(path, url),
        restart=True,
        on_batch=lambda end, count: None,
        on_refused=lambda verdict: None,
    )
    ended = antq("push", path, "--url", url, "--restart")
    assert "2 ghi mới" in ended.out


def _pairs(items: Any) -> Any:
    pair: list[Item] = []
    for item in items:
        pair.append(item)
        if len(pair) == 2:
            yield pair
            pair = []
    if pair:
        yield pair


class _Canned:
    def __init__(self, outcome: str) -> None:
        self._outcome = outcome

    def send(self, batch: list[Item]) -> Any:
        from services.node.cli.pushing.sending import Verdict  # noqa: PLC0415 - only here

        return [Verdict(item, self._outcome, None) for item in batch]


def _stopping_after_one(path: Path, url: str) -> Any:
    from services.node.cli.pushing.resuming import ResumeFile  # noqa: PLC0415 - only here

    class Kept(ResumeFile):
        def forget(self) -> None:
            """As if the process had ended before it."""

    return Kept(path, url)
