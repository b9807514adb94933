"""How a demonstration ends."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.app import spec_of
from services.demo import supervisor
from services.demo.player import StoryError
from services.demo.supervisor import Plan, run_demo
from services.node.cli.terminal import ExitCode, Terminal
from services.node.language import Language


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    """The demonstration hears signals itself; the test run goes on hearing its own."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def _run(monkeypatch: pytest.MonkeyPatch, folder: Path, wrong: list[str] | None) -> ExitCode:
    monkeypatch.setattr(supervisor, "_play", lambda *_: wrong)
    plan = Plan(None, None, folder, serve=False, port_base=25080)
    return run_demo(plan, Terminal(Language.EN, spec_of))


def test_every_figure_right(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, tmp_path, []) is ExitCode.DONE
    assert "Every figure at every level is as the story says." in capsys.readouterr().out


def test_a_wrong_figure_changes_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, tmp_path, ["Points at q5: 73, expected 74"]) is ExitCode.INCOMPLETE
    assert "✗ Points at q5: 73, expected 74" in capsys.readouterr().out


def test_a_story_that_cannot_go_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def stuck(*_: object) -> None:
        raise StoryError("q5 holds nothing")

    monkeypatch.setattr(supervisor, "_play", stuck)
    plan = Plan(None, None, tmp_path, serve=False, port_base=25080)
    assert run_demo(plan, Terminal(Language.VI, spec_of)) is ExitCode.FAILED


def test_interrupted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert _run(monkeypatch, tmp_path, None) is ExitCode.INTERRUPTED
