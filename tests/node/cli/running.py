"""Runs a command of `antq` in this process and keeps what it wrote."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from rich.console import Console

from services.app import spec_of
from services.demo.command import register as register_demo
from services.node.cli import run
from services.node.cli import terminal as terminals


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Antq = Callable[..., Ended]


def make_antq(monkeypatch: pytest.MonkeyPatch) -> Antq:
    """`antq(*arguments)`; both streams wide enough that no line is broken."""

    def antq(*arguments: object) -> Ended:
        out, err = io.StringIO(), io.StringIO()

        def console(*, stderr: bool = False, highlight: bool = True) -> Console:
            return Console(file=err if stderr else out, width=400, highlight=highlight)

        with monkeypatch.context() as patch:
            patch.setattr(terminals, "Console", console)
            code = run(spec_of, [str(argument) for argument in arguments], (register_demo,))
        return Ended(code, out.getvalue(), err.getvalue())

    return antq
