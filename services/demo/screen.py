"""What a person sees: the story step by step, the figures level by level as they arrive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich.live import Live
from rich.markup import escape
from rich.table import Table

from domain.refusals import Text
from services.demo.nodes import NODES
from services.demo.player import Reading
from services.demo.story import Check, Push, Step
from services.node.cli.terminal import Terminal

_LEVEL_TITLES: Final = {
    "commune": Text("phường, xã", "commune"),
    "district": Text("quận", "district"),
    "province": Text("tỉnh, thành phố", "province"),
    "central": Text("trung ương", "centre"),
}
_ORDER: Final = tuple(_LEVEL_TITLES)


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
        """Show an empty line for the figure."""
        self._live = Live(
            self._row(check, {node: Reading() for node in check.nodes}),
            console=self._terminal.out,
            auto_refresh=False,
        )
        self._live.start()

    def figure_moves(self, check: Check, readings: Mapping[str, Reading]) -> None:
        """Fill in what has arrived."""
        if self._live is not None:
            self._live.update(self._row(check, readings), refresh=True)

    def figure_ends(self, check: Check, readings: Mapping[str, Reading]) -> None:
        """Leave the line as it is."""
        if self._live is not None:
            self._live.update(self._row(check, readings), refresh=True)
            self._live.stop()
            self._live = None

    def _row(self, check: Check, readings: Mapping[str, Reading]) -> Table:
        row = Table.grid(padding=(0, 2))
        row.add_column(width=2)
        row.add_column(width=34)
        by_level = {NODES[node].level.value: reading for node, reading in readings.items()}
        cells = ["", escape(self._say(check.title))]
        for level in _ORDER:
            reading = by_level.get(level)
            row.add_column(min_width=15)
            cells.append("" if reading is None else self._cell(level, reading, check))
        row.add_row(*cells)
        return row

    def _cell(self, level: str, reading: Reading, check: Check) -> str:
        title = f"[dim]{self._say(_LEVEL_TITLES[level])}[/]"
        if not reading.seconds:
            return f"{title}\n…"
        shown = escape(self._shown(reading.value))
        if reading.right:
            return f"{title}\n[bold]{shown}[/] [green]✓[/] [dim]{reading.seconds:.1f}s[/]"
        return f"{title}\n[bold red]{shown} ✗[/] ({escape(self._shown(check.expected))})"

    def _shown(self, value: str | None) -> str:
        if value is None:
            return self._terminal.text("không có", "none")
        return self._terminal.language.number(int(value)) if value.isdigit() else value
