"""Progress bars, on standard error, so that results can be piped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text as RichText

from services.node.cli.terminal import Terminal


class _Rate(ProgressColumn):
    """Events so far, and events a second."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self._terminal = terminal

    def render(self, task: Task) -> RichText:
        number = self._terminal.language.number
        events = int(task.fields.get("events", 0))
        seconds = task.elapsed or 0.0
        rate = int(events / seconds) if seconds else 0
        return RichText(
            self._terminal.text(
                f"{number(events)} sự kiện, {number(rate)}/giây",
                f"{number(events)} events, {number(rate)}/s",
            )
        )


def _bar(terminal: Terminal) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        _Rate(terminal),
        TextColumn(terminal.text("còn", "left")),
        TimeRemainingColumn(),
        console=terminal.err,
        transient=True,
        disable=not terminal.err.is_terminal,
    )


@contextmanager
def file_progress(terminal: Terminal, path: Path) -> Iterator[Callable[[int, int], None]]:
    """A bar for one file; call with the bytes done and the number of lines just answered."""
    events = 0
    with _bar(terminal) as bar:
        task = bar.add_task(path.name, total=max(path.stat().st_size, 1))

        def advance(end: int, more: int) -> None:
            nonlocal events
            events += more
            bar.update(task, completed=end, events=events)

        yield advance


@contextmanager
def position_progress(terminal: Terminal, description: str) -> Iterator[Callable[[int, int], None]]:
    """A bar for a walk through the log; call with the position reached and the one aimed at."""
    with _bar(terminal) as bar:
        task = bar.add_task(description, total=None)

        def advance(position: int, goal: int) -> None:
            bar.update(task, completed=position, total=max(goal, 1), events=position)

        yield advance
