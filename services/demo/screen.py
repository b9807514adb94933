"""What a person sees: the story step by step, the figures level by level as they arrive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from rich.columns import Columns
from rich.console import Group
from rich.live import Live
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text as RichText

from domain.refusals import Text
from services.demo.nodes import NODES
from services.demo.player import Reading
from services.demo.story import Check, Push, Step
from services.node.cli.terminal import Terminal
from services.node.language import Language

_LEVEL_TITLES: Final = {
    "commune": Text("xã", "commune"),
    "district": Text("huyện", "district"),
    "province": Text("tỉnh", "province"),
    "central": Text("trung ương", "centre"),
}
"""Lowest first, as a figure travels."""


class Screen:
    """An audience that writes to the terminal; lines that are still moving are drawn live."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._live: Live | None = None

    def _say(self, text: Text) -> str:
        return self._terminal.language.of(text)

    def step_begins(self, step: Step) -> None:
        """A heading."""
        number = self._terminal.text(f"Bước {step.number}", f"Step {step.number}")
        head = " · ".join(part for part in (number if step.number else "", step.day) if part)
        out = self._terminal.out
        out.print()
        out.print(f"[bold]{escape(head)}[/]  {escape(self._say(step.title))}".strip())

    def pushed(self, push: Push, recorded: int, duplicate: int) -> None:
        """One line for one file."""
        node = self._say(NODES[push.node].title)
        number = self._terminal.language.number
        parts = []
        if recorded:
            parts.append(
                self._terminal.text(f"{number(recorded)} ghi mới", f"{number(recorded)} recorded")
            )
        if duplicate:
            parts.append(
                self._terminal.text(
                    f"{number(duplicate)} đã có, không ghi lại",
                    f"{number(duplicate)} known, not recorded again",
                )
            )
        self._terminal.out.print(f"  [dim]→ {escape(node)}: {', '.join(parts)}[/]")

    def figure_begins(self, check: Check) -> None:
        """Show the figure with nothing in it yet; only where lines can be drawn anew."""
        out = self._terminal.out
        if out.is_terminal:
            empty = {node: Reading() for node in check.nodes}
            self._live = Live(self._lines(check, empty), console=out, auto_refresh=False)
            self._live.start()

    def figure_moves(self, check: Check, readings: Mapping[str, Reading]) -> None:
        """Fill in what has arrived."""
        if self._live is not None:
            self._live.update(self._lines(check, readings), refresh=True)

    def figure_ends(self, check: Check, readings: Mapping[str, Reading]) -> None:
        """Leave the lines as they are."""
        if self._live is None:
            self._terminal.out.print(self._lines(check, readings))
            return
        self._live.update(self._lines(check, readings), refresh=True)
        self._live.stop()
        self._live = None

    def _lines(self, check: Check, readings: Mapping[str, Reading]) -> Group:
        """The figure's name, and below it one word for each level: "huyện 5.860 ✓ 0,2s"."""
        by_level = {NODES[node].level.value: reading for node, reading in readings.items()}
        words = [
            self._word(title, by_level[level], check)
            for level, title in _LEVEL_TITLES.items()
            if level in by_level
        ]
        return Group(
            RichText(f"    {self._say(check.title)}"),
            Padding(Columns(words, padding=(0, 2)), (0, 0, 0, 6)),
        )

    def _word(self, title: Text, reading: Reading, check: Check) -> RichText:
        word = RichText(f"{self._say(title)} ", style="dim")
        if not reading.seconds:
            return word.append("…")
        if not reading.right:
            expected = self._shown(check.expected)
            return word.append(f"{self._shown(reading.value)} ✗ ({expected})", style="not dim red")
        word.append(self._shown(reading.value), style="not dim bold")
        word.append(" ✓ ", style="not dim green")
        return word.append(f"{self._decimal(reading.seconds)}s")

    def _decimal(self, seconds: float) -> str:
        shown = f"{seconds:.1f}"
        return shown.replace(".", ",") if self._terminal.language is Language.VI else shown

    def _shown(self, value: str | None) -> str:
        if value is None:
            return self._terminal.text("không có", "none")
        if value.isdigit():
            return self._terminal.language.number(int(value))
        try:
            return self._terminal.language.day(date.fromisoformat(value))
        except ValueError:
            return value
