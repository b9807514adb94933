"""What a change of some aggregates changes in the tables: what they contribute after it, less what
they contributed before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.node.balances import balanced
from services.node.contributing import Contributed

Key = tuple[Any, ...]
Row = Mapping[str, Any]


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
        return {key: row for key, row in self.after.items() if self.before.get(key) != row}


class Differences:
    """What changes, table by table."""

    def __init__(self, keys: Mapping[str, Sequence[str]]) -> None:
        """`keys` names each table's key columns, in their order."""
        self._keys = keys
        self.cells: dict[str, dict[Key, int]] = defaultdict(dict)
        """By table: what is added to each cell; 0 where nothing is in the end."""
        self.rows: dict[str, RowChanges] = defaultdict(RowChanges)

    def add(self, contributed: Contributed) -> None:
        """Count what an aggregate contributes after the change."""
        self._cells(contributed, 1)
        for name, row in contributed.rows:
            self.rows[name].after[self._key(name, row)] = row

    def remove(self, contributed: Contributed) -> None:
        """Take away what an aggregate contributed before the change."""
        self._cells(contributed, -1)
        for name, row in contributed.rows:
            self.rows[name].before[self._key(name, row)] = row

    def balance(self, balances: Mapping[str, str]) -> None:
        """Count what changes in balances too, when all of the cells are counted.

        `balances` names the table of each model that has them.
        """
        for name, table in balances.items():
            if name in self.cells:
                self.cells[table] = balanced(self.cells[name])

    def _cells(self, contributed: Contributed, sign: int) -> None:
        for name, key, value in contributed.cells:
            cells = self.cells[name]
            cells[key] = cells.get(key, 0) + sign * value

    def _key(self, name: str, row: Row) -> Key:
        return tuple(row[column] for column in self._keys[name])
