"""`antq version`: which version this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import typer

from services.node.cli.helptext import HelpfulCommand
from services.node.cli.language import both
from services.node.cli.terminal import terminal_of


def _version(context: typer.Context) -> None:
    try:
        number = version("antq-sync")
    except PackageNotFoundError:  # run from a source tree that is not installed
        number = terminal_of(context).text("chưa cài đặt", "not installed")
    terminal_of(context).out.print(f"antq-sync {number}")


def register(program: typer.Typer) -> None:
    """Add the command."""
    about = both("In phiên bản.", "Print the version.")
    program.command("version", cls=HelpfulCommand, help=about)(_version)
