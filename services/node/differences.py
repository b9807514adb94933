"""What a change of some aggregates changes in the tables: what they contribute after it, less what
they contributed before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.node.balances import balanced
from services.node.contributing import Contributed, Key, Row


@dataclass(slots=True)
class RowChanges:
    """Rows that some aggregates contribute to one table, before a change and after it."""

    before: dict[Key, Row] = field(default_factory=dict)
    after: dict[Key, Row] = field(default_factory=dict)

    @property
    def removed(self) -> list[Key]:
        """Keys of rows that are there no more."""
        return [key for key in self.before if key not in self.after]

    @property
    def written(self) -> dict[Key, Row]:
        """Rows that are new, or other than before."""
        if not self.before:
            return self.after
        return {key: row for key, row in self.after.items() if self.before.get(key) != row}


class Differences:
    """What changes, table by table."""

    def __init__(self, keys: Mapping[str, int]) -> None:
        """`keys` tells how many columns are each table's key: they come first."""
        self._keys = keys
        self.cells: dict[str, dict[Key, int]] = defaultdict(dict)
        """By table: what is added to each cell; 0 where nothing is in the end."""
        self.rows: dict[str, RowChanges] = defaultdict(RowChanges)

    def add(self, contributed: Contributed) -> None:
        """Count what aggregates contribute after the change."""
        for name, contributions in contributed.cells.items():
            cells = self.cells[name]
            for key, value in contributions:
                cells[key] = cells.get(key, 0) + value
        for name, rows in contributed.rows.items():
            width = self._keys[name]
            self.rows[name].after.update([(row[:width], row) for row in rows])

    def remove(self, contributed: Contributed) -> None:
        """Take away what aggregates contributed before the change."""
        for name, contributions in contributed.cells.items():
            cells = self.cells[name]
            for key, value in contributions:
                cells[key] = cells.get(key, 0) - value
        for name, rows in contributed.rows.items():
            width = self._keys[name]
            self.rows[name].before.update([(row[:width], row) for row in rows])

    def balance(self, balances: Mapping[str, str]) -> None:
        """Count what changes in balances too, when all of the cells are counted.

        `balances` names the table of each model that has them.
        """
        for name, table in balances.items():
            if name in self.cells:
                self.cells[table] = balanced(self.cells[name])
