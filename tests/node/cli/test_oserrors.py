"""A full stick, a read-only folder, a path that leads nowhere: told in words, without traceback."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.commune.spec import SPEC as COMMUNE
from services.node.cli.oserrors import complaint, reason
from services.node.node import Node
from services.node.settings import Settings
from tests.node.cli.running import Antq
from tests.node.sync.hierarchy import record


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A node with some events, and the settings that name its stores."""
    settings = Settings(
        node="xa", parent="huyen", units=(uuid4(),), data_dir=tmp_path / "xa", by_hand=True
    )
    node = Node(settings, COMMUNE)
    record(node, uuid4(), range(1, 4))
    node.close()
    monkeypatch.setenv("ANTQ_NODE", "xa")
    monkeypatch.setenv("ANTQ_PARENT", "huyen")
    monkeypatch.setenv("ANTQ_UNITS", str(settings.units[0]))
    monkeypatch.setenv("ANTQ_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("ANTQ_BY_HAND", "true")
    return settings


def test_a_full_stick_gets_no_bundle_and_says_so(
    tmp_path: Path, antq: Antq, stopped: Settings
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "up.antq.part").symlink_to("/dev/full")
    ended = antq("bundle", "export", "--up", "--level", "commune", stick / "up.antq")
    assert ended.code == 2
    assert f"Không ghi được {stick / 'up.antq'}: hết chỗ." in ended.err
    assert list(stick.iterdir()) == []


def _read_only(of: Callable[..., Any], below: Path) -> Callable[..., Any]:
    """What a function of paths does where nothing may be changed."""

    def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.is_relative_to(below):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return of(path, *arguments, **options)

    return refuse


def test_a_read_only_stick_is_told_too(
    tmp_path: Path, antq: Antq, stopped: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", _read_only(Path.open, stick))
        patch.setattr(Path, "unlink", _read_only(Path.unlink, stick))
        ended = antq("bundle", "export", "--up", "--level", "commune", stick / "up.antq")
    assert ended.code == 2
    assert "chỗ này chỉ đọc được, không ghi được." in ended.err


@pytest.mark.parametrize(
    ("language", "said"),
    [("vi", "một phần của đường dẫn là tệp"), ("en", "a part of the path is no folder")],
)
def test_an_audit_folder_that_cannot_be_made_ends_with_two(
    tmp_path: Path, antq: Antq, stopped: Settings, language: str, said: str
) -> None:
    (tmp_path / "file").write_text("")
    to = tmp_path / "file" / "audit"
    ended = antq("--lang", language, "audit", "export", "--level", "commune", to)
    assert (ended.code, said in ended.err) == (2, True), ended.err


def test_an_env_file_that_is_no_text_is_a_wrong_setting(tmp_path: Path, antq: Antq) -> None:
    file = tmp_path / "node.env"
    file.write_bytes(b"\xff\xfeA\x00")
    ended = antq("serve", "central", "--env-file", file)
    assert ended.code == 2
    assert f"Cấu hình chưa đúng: {file} không phải văn bản UTF-8." in ended.err


def test_what_is_not_known_is_said_in_the_systems_words() -> None:
    assert reason(OSError(errno.EMLINK, "Too many links")).vi == "Too many links"
    assert complaint(OSError(errno.ENOSPC, "full")).vi == "Không đọc hoặc ghi được: hết chỗ."
    assert complaint(OSError(errno.EACCES, "no", "k.txt")).en == (
        "Cannot read or write k.txt: it is not permitted."
    )
