"""Sums that are kept beside the cells of a stock, so that a stock on a day needs not add up every
day since the first.

A model that is `balanced` has a second table: for each of its cells the sum over all days (period
"") and over each year that has any (period "2025"). Both follow from the cells alone, whichever
events made them, so live folding adds to them what it adds to the cells, and a rebuild adds up the
finished cells; a sum of 0 has no row here either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import sqlalchemy as sa

from services.node.readmodel import CellModel, ReadModel

ALL_DAYS: Final = ""
"""The period of the sum over all days."""

_SUFFIX: Final = "_balances"
_YEAR: Final = 4
Key = tuple[Any, ...]


def balances_name(model_name: str) -> str:
    """What the balances of a model are called among the tables of a generation."""
    return f"{model_name}{_SUFFIX}"


def balances_of(models: Iterable[ReadModel]) -> dict[str, CellModel]:
    """The models that have balances, by the name of that table."""
    return {
        balances_name(model.name): model
        for model in models
        if isinstance(model, CellModel) and model.balanced
    }


def with_balances(models: Iterable[ReadModel], only: Collection[str]) -> tuple[str, ...]:
    """The names of models and of the balances that belong to them, sorted."""
    found = [name for name, model in balances_of(models).items() if model.name in only]
    return tuple(sorted([*only, *found]))


def balances_table(model: CellModel, metadata: sa.MetaData, suffix: str) -> sa.Table:
    """The table of a model's balances in one generation."""
    (unit, unit_type), _, *others = model.columns
    table = sa.Table(
        f"{balances_name(model.name)}{suffix}",
        metadata,
        sa.Column(unit, unit_type, primary_key=True),
        sa.Column("period", sa.String(_YEAR), primary_key=True),
        *(sa.Column(name, kind, primary_key=True) for name, kind in others),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    # A figure of the country asks for a period of all units.
    sa.Index(f"ix_{table.name}_period", table.c.period)
    return table


def balanced(cells: Mapping[Key, int]) -> dict[Key, int]:
    """What a change of cells changes in their balances."""
    sums: dict[Key, int] = {}
    for cell, value in cells.items():
        unit, others = cell[:1], cell[2:]
        for period in (ALL_DAYS, cell[1][:_YEAR]):
            key = (*unit, period, *others)
            sums[key] = sums.get(key, 0) + value
    return {key: value for key, value in sums.items() if value}


def fill_balances(connection: sa.Connection, cells: sa.Table, balances: sa.Table) -> None:
    """Fill an empty table of balances from the finished cells."""
    unit, day, *others = cells.primary_key
    year = sa.func.substr(day, 1, _YEAR)
    total = sa.func.sum(cells.c.value)
    names = [column.name for column in balances.columns]
    for period, grouped in ((sa.literal(ALL_DAYS), [unit]), (year, [unit, year])):
        sums = (
            sa.select(unit, period, *others, sa.cast(total, sa.BigInteger))
            .group_by(*grouped, *others)
            .having(total != 0)
        )
        connection.execute(sa.insert(balances).from_select(names, sums))
