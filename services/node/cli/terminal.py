"""What every command is given: where to write, in which language, and the levels it may serve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from domain.levels import Level
from services.node.language import Language

if TYPE_CHECKING:
    from services.node.levelspec import LevelSpec

SpecOf = Callable[[Level], "LevelSpec"]
"""Gives the spec of a level. Called only by commands that need one: it imports the node."""


class ExitCode(IntEnum):
    """What a command's end tells a script."""

    DONE = 0
    INCOMPLETE = 1
    """It ran, and something in it was refused or is not as it should be."""
    FAILED = 2
    """It could not run: a wrong argument or setting, or nobody answered."""
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Terminal:
    """Standard output for results, standard error for progress and complaints."""

    language: Language
    spec_of: SpecOf
    out: Console = field(default_factory=lambda: Console(highlight=False))
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))

    def text(self, vi: str, en: str) -> str:
        """The side in the user's language."""
        return vi if self.language is Language.VI else en

    def say(self, vi: str, en: str, style: str | None = None) -> None:
        """A line of the result."""
        self.out.print(escape(self.text(vi, en)), style=style, soft_wrap=True)

    def tell(self, vi: str, en: str, style: str | None = None) -> None:
        """A line beside the result: what is going on, or what went wrong."""
        self.err.print(escape(self.text(vi, en)), style=style, soft_wrap=True)

    def fail(self, vi: str, en: str) -> NoReturn:
        """Say why the command cannot go on, and end it."""
        self.err.print(
            f"[bold red]{self.text('Lỗi', 'Error')}:[/] {escape(self.text(vi, en))}", soft_wrap=True
        )
        raise typer.Exit(ExitCode.FAILED)


def terminal_of(context: typer.Context) -> Terminal:
    """The terminal of the running command. Raises TypeError if it was started without one."""
    terminal = context.obj
    if not isinstance(terminal, Terminal):
        raise TypeError("a command is run through services.node.cli.run")
    return terminal
