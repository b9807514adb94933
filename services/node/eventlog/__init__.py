"""The event log: the one thing in a node that cannot be made again.

Built on the recorders of the eventsourcing library, one stream per origin: `originator_id` is the
origin, `originator_version` the sequence, `state` the event's exact bytes, `topic` its type. This
is the only package that imports the library's persistence.

Beside each event that this node itself records stands a row in `event_keys`, written in the same
transaction: it makes a push repeatable for ever, without reading the log.

Bytes never change, but for one case: where an event's content must not be kept, its tombstone
(`contracts.tombstone`) takes its place.
"""

from __future__ import annotations

from pathlib import Path

from domain.refusals import Text
from services.node.errors import SettingsError
from services.node.eventlog.port import (
    ERASED_KEY,
    EventKey,
    EventLog,
    Logged,
    NewEvent,
    PositionTakenError,
    erased_key,
)
from services.node.eventlog.postgres import PostgresEventLog
from services.node.eventlog.sqlite import SQLiteEventLog

__all__ = [
    "ERASED_KEY",
    "EventKey",
    "EventLog",
    "Logged",
    "NewEvent",
    "PositionTakenError",
    "PostgresEventLog",
    "SQLiteEventLog",
    "erased_key",
    "open_log",
]


def open_log(url: str) -> EventLog:
    """The log at "sqlite:///<path>" or "postgresql://…", its tables created if they are missing.

    Raises SettingsError for another kind of address, StoreUnavailableError.
    """
    if url.startswith("sqlite:///"):
        return SQLiteEventLog(Path(url.removeprefix("sqlite:///")))
    if url.startswith("postgresql://"):
        return PostgresEventLog(url)
    raise SettingsError(
        Text(
            "địa chỉ của nhật ký phải bắt đầu bằng sqlite:/// hoặc postgresql://",
            "the log's address must start with sqlite:/// or postgresql://",
        )
    )
