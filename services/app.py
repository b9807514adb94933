"""The installed program: the four levels, the node's commands, and the demonstration."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from domain.levels import Level
from services.demo.command import register as register_demo
from services.node.cli import run

if TYPE_CHECKING:
    from services.node.levelspec import LevelSpec


def spec_of(level: Level) -> LevelSpec:
    """The spec of a level. Imports that level alone, so that `antq --help` stays quick."""
    spec: LevelSpec = import_module(f"services.{level.value}.spec").SPEC
    return spec


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `antq` and end the process with its exit code."""
    sys.exit(run(spec_of, arguments, more=(register_demo,)))


if __name__ == "__main__":
    main()
