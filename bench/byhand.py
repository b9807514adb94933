"""The same read models as a user would write them by hand: one event, one transaction of upserts.

SQLAlchemy Core, a handler for each type, lookups where an event does not say what a cell needs. It
knows neither corrections nor late arrivals, of which the load has none, so its rows are those of
the node's models; `tests/bench` compares them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bench.projecting import MODELS
from bench.stores import Where
from domain.events import EVENTS, Record
from services.node.database import Database
from services.node.eventlog import open_log
from services.node.reading import read_logged
from services.node.readmodel import ASSIGNED_TO
from services.node.readmodels.activity import ADMINISTRATION

_metadata = sa.MetaData()
_TABLES: Final = {model.name: model.table(_metadata, "_byhand") for model in MODELS}
_models = sa.Table(
    "models_byhand",
    _metadata,
    sa.Column("model_id", sa.String(36), primary_key=True),
    sa.Column("domain", sa.String(20), nullable=False),
)
_ratings = sa.Table(
    "ratings_byhand",
    _metadata,
    sa.Column("subject", sa.String(36), primary_key=True),
    sa.Column("rating", sa.String(10), nullable=False),
)
_points = sa.Table(
    "points_byhand",
    _metadata,
    sa.Column("point_id", sa.String(36), primary_key=True),
    sa.Column("model_id", sa.String(36), nullable=False, index=True),
    sa.Column("groups", sa.BigInteger, nullable=False),
)


class ByHand:
    """A projection of the whole log, event by event."""

    def __init__(self, where: Where, *, timeline: bool = True) -> None:
        """`timeline`: keep it as well as the figures' models."""
        self._keeps_timeline = timeline
        self._log = open_log(where.log_url)
        self._db = Database(where.state_url)
        self._insert: Any = sqlite.insert if where.database is None else postgresql.insert
        _metadata.create_all(self._db.engine)

    def close(self) -> None:
        """Let go of the stores."""
        self._db.close()
        self._log.close()

    def run(self) -> int:
        """Project everything; the number of events."""
        position = events = 0
        while page := self._log.read(position, 1_000):
            for logged in page:
                _, record = read_logged(logged)
                if record is not None:
                    with self._db.transaction() as connection:
                        self._handle(connection, record, logged.position)
            position = page[-1].position
            events += len(page)
        return events

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        """The rows of a model's table, in the order of its key; cells of 0 left out."""
        table = _TABLES[name]
        statement = sa.select(table).order_by(*table.primary_key)
        if "value" in table.c:
            statement = statement.where(table.c.value != 0)
        with self._db.reading() as connection:
            return [tuple(row) for row in connection.execute(statement)]

    def _handle(self, connection: sa.Connection, record: Record, position: int) -> None:
        if self._keeps_timeline:
            self._timeline(connection, record, position)
        kind = EVENTS[record.type].aggregate
        if kind in ADMINISTRATION:
            return
        self._activity(connection, record)
        if kind == "model":
            self._model(connection, record)
        elif kind == "report":
            self._report(connection, record)

    def _timeline(self, connection: sa.Connection, record: Record, position: int) -> None:
        data = record.data
        row = {
            "event_id": record.event_id,
            "position": position,
            "origin": record.origin,
            "sequence": record.sequence,
            "type": record.type,
            "kind": data.get("kind") or "",
            "unit_id": data["unit_id"],
            "org_id": data["org_id"],
            "occurred_on": data["occurred_on"],
            "occurred_to": data.get("occurred_to"),
            "recorded_at": record.recorded_at,
            "aggregate_id": record.aggregate_id,
            "digest": record.digest,
            "status": "active",
            "changed_by": None,
            "source_system": data["source_system"],
            "source_record_id": data["source_record_id"],
        }
        self._upsert(connection, _TABLES["timeline"], row)

    def _activity(self, connection: sa.Connection, record: Record) -> None:
        data = record.data
        key = {
            "unit_id": data["unit_id"],
            "day": data["occurred_on"],
            "type": record.type,
            "kind": data.get("kind") or "",
        }
        self._add(connection, "activity", {**key, "measure": "events"}, 1)
        for measure in EVENTS[record.type].body.countable:
            if data.get(measure):
                self._add(connection, "activity", {**key, "measure": measure}, data[measure])

    def _model(self, connection: sa.Connection, record: Record) -> None:
        data, model_id = record.data, record.aggregate_id
        if record.type == "ModelEstablished":
            row = {"model_id": model_id, "domain": data["domain"]}
            self._upsert(connection, _models, row)
            self._stock(connection, record, data["domain"], "models", 1)
            return
        domain = connection.execute(
            sa.select(_models.c.domain).where(_models.c.model_id == model_id)
        ).scalar_one()
        if record.type == "ModelReplicated":
            point = {
                "point_id": data["point_id"],
                "model_id": model_id,
                "groups": data["group_count"],
            }
            self._upsert(connection, _points, point)
            self._stock(connection, record, domain, "points", 1)
            self._stock(connection, record, domain, "groups", data["group_count"])
        elif record.type == "ModelReviewed":
            self._rate(connection, record, data["point_id"], data["rating"])
        else:
            self._retire(connection, record, domain)

    def _retire(self, connection: sa.Connection, record: Record, domain: str) -> None:
        """The whole model, as the load retires them, and its points with it."""
        self._stock(connection, record, domain, "models", -1)
        points = connection.execute(
            sa.select(_points).where(_points.c.model_id == record.aggregate_id)
        ).all()
        for point in points:
            self._stock(connection, record, domain, "points", -1)
            self._stock(connection, record, domain, "groups", -point.groups)
            self._rate(connection, record, point.point_id, None)

    def _stock(
        self, connection: sa.Connection, record: Record, domain: str, measure: str, delta: int
    ) -> None:
        if delta:
            key = {
                "unit_id": record.data["unit_id"],
                "day": record.data["occurred_on"],
                "domain": domain,
                "named": "",
                "measure": measure,
                "change": "opened" if delta > 0 else "retired",
            }
            self._add(connection, "model_stock", key, delta)

    def _rate(
        self, connection: sa.Connection, record: Record, subject: str, rating: str | None
    ) -> None:
        before = connection.execute(
            sa.select(_ratings.c.rating).where(_ratings.c.subject == subject)
        ).scalar()
        if rating == before:
            return
        key = {
            "unit_id": record.data["unit_id"],
            "day": record.data["occurred_on"],
            "named": "",
        }
        if before is not None:
            self._add(connection, "model_ratings", {**key, "rating": before}, -1)
        if rating is not None:
            self._add(connection, "model_ratings", {**key, "rating": rating}, 1)
            self._upsert(connection, _ratings, {"subject": subject, "rating": rating})

    def _report(self, connection: sa.Connection, record: Record) -> None:
        table, data = _TABLES["report_status"], record.data
        if record.type == "ReportSubmitted":
            self._upsert(connection, table, _submitted(record))
            return
        row = dict(
            connection.execute(sa.select(table).where(table.c.report_id == record.aggregate_id))
            .one()
            ._mapping
        )
        if record.type == "ReportReturned":
            row |= {
                "returned": row["returned"] + 1,
                "return_event_id": row["return_event_id"] or record.event_id,
                "status": "returned",
                "first_pass": False,
            }
        else:
            day = data["occurred_on"]
            row |= {
                "accepted_on": day,
                "accepted_by": json.dumps({data["receiver_role"]: day}, separators=(",", ":")),
                "accept_event_id": record.event_id,
                "lag_days": _days(row["latest_submitted_on"], day),
                "status": "accepted",
                "first_pass": row["returned"] == 0,
            }
        self._upsert(connection, table, row)

    def _upsert(self, connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> None:
        statement = self._insert(table).values(**row)
        keys = [column.name for column in table.primary_key]
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=keys,
                set_={name: statement.excluded[name] for name in row if name not in keys},
            )
        )

    def _add(
        self, connection: sa.Connection, name: str, key: Mapping[str, Any], delta: int
    ) -> None:
        table, key = _TABLES[name], {**key, ASSIGNED_TO: ""}  # no unit of the load was split
        statement = self._insert(table).values(**key, value=delta)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=list(key), set_={"value": table.c.value + statement.excluded.value}
            )
        )


def _submitted(record: Record) -> dict[str, Any]:
    data = record.data
    return {
        "report_id": record.aggregate_id,
        "unit_id": data["unit_id"],
        "kind": data["kind"],
        "period": data["period"],
        "first_submitted_on": data["occurred_on"],
        "first_event_id": record.event_id,
        "latest_version": data["report_version"],
        "latest_digest": record.digest,
        "latest_submitted_on": data["occurred_on"],
        "returned": 0,
        "return_event_id": None,
        "accepted_on": None,
        "accepted_by": "{}",
        "accept_event_id": None,
        "lag_days": None,
        "first_pass": False,
        "status": "submitted",
    }


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
