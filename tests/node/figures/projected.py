"""A `View` made by the plainest fold there is: every table from every record, at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import orjson
import sqlalchemy as sa

from domain.directory import Directory
from domain.events import Record
from services.node.balances import balances_of, balances_table
from services.node.entities import entities_table, entity_units_table
from services.node.figures import BehindPage, CellFilter, Cut, Figure, Span
from services.node.readmodel import CellModel, Entity, Placed, applies
from services.node.readmodels import READ_MODELS
from services.node.views import View


def entities(records: Sequence[Record]) -> list[Entity]:
    """The aggregates of records that arrived in this order."""
    placed: dict[str, list[Placed]] = defaultdict(list)
    for position, record in enumerate(records, 1):
        placed[record.aggregate_id].append(Placed(record, position))
    return [
        Entity(aggregate_id, tuple(sorted(items, key=lambda item: item.record.order)))
        for aggregate_id, items in placed.items()
    ]


@contextmanager
def projected(records: Sequence[Record], url: str = "sqlite://") -> Iterator[View]:
    """The view of a node that holds these records and no others, in an empty database."""
    metadata = sa.MetaData()
    tables = {
        "entities": entities_table(metadata, ""),
        "entity_units": entity_units_table(metadata, ""),
        **{model.name: model.table(metadata, "") for model in READ_MODELS},
        **{
            name: balances_table(model, metadata, "")
            for name, model in balances_of(READ_MODELS).items()
        },
    }
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        metadata.create_all(connection)
        _fill(connection, tables, entities(records))
        yield View(connection, tables, Directory.fold(records), len(records))
    engine.dispose()


def _fill(connection: sa.Connection, tables: dict[str, sa.Table], held: Iterable[Entity]) -> None:
    rows: dict[str, list[dict[str, object]]] = defaultdict(list)
    cells: dict[str, Counter[tuple[object, ...]]] = defaultdict(Counter)
    for entity in held:
        units = {record.data["unit_id"] for record in entity.history}
        for model in READ_MODELS:
            if not applies(model, entity.kind):
                continue
            if isinstance(model, CellModel):
                for part in model.contributions(entity):
                    key = (*part.key, entity.assigned(part))
                    cells[model.name][key] += part.value
                    if model.balanced:
                        unit, day, *others = key
                        for period in ("", day[:4]):
                            cells[f"{model.name}_balances"][unit, period, *others] += part.value
                    units.add(part.key[0])
            else:
                rows[model.name].extend(dict(row) for row in model.rows(entity))
        rows["entities"].append(_row(entity))
        rows["entity_units"].extend(
            {"unit_id": unit, "aggregate_id": entity.aggregate_id, "kind": entity.kind}
            for unit in units
        )
    for name, sums in cells.items():
        columns = [column.name for column in tables[name].columns]
        rows[name] = [
            dict(zip(columns, (*key, value), strict=True)) for key, value in sums.items() if value
        ]
    for name, table in tables.items():
        if rows[name]:
            connection.execute(sa.insert(table), rows[name])


def _row(entity: Entity) -> dict[str, object]:
    """An aggregate's row from records that have no bytes: as engine 1 wrote it, which is read."""
    history = [
        [item.position, r.event_id, r.type, r.origin, r.sequence, r.recorded_at, r.digest, r.data]
        for item in entity.placed
        for r in (item.record,)
    ]
    return {
        "aggregate_id": entity.aggregate_id,
        "kind": entity.kind,
        "history": orjson.dumps(history),
    }


def opened(
    figure: Figure,
    view: View,
    unit: str,
    span: Span,
    cell: CellFilter,
    *,
    limit: int = 3,
    cut: Cut | None = None,
) -> list[tuple[str, int]]:
    """Event id and value of everything behind a number, through small pages."""
    found: list[tuple[str, int]] = []
    after: str | None = None
    while True:
        page: BehindPage = figure.behind(
            view, unit, span, cell, after=after, limit=limit, cut=cut or Cut()
        )
        found.extend((item.event_id, item.value) for item in page.items)
        if page.after is None:
            return found
        assert len(page.items) == limit
        after = page.after
