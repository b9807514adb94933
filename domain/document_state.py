"""A document through time: who received it, and how far its tasks have come (F12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from domain.events import Record, recorded_order


class TaskState(StrEnum):
    """How far a task has come; done is final."""

    DOING = "doing"
    DONE = "done"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Task:
    """A task that the document gives to an organisation, and the last that was said of it."""

    task_id: str
    org_id: str
    due_on: date | None
    state: TaskState | None = None
    """None while nothing was said."""
    since: date | None = None
    """The day it came into that state."""
    event_id: str | None = None
    """The event that says so."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """That an organisation received the document."""

    event_id: str
    org_id: str
    unit_id: str
    received_at: str
    """RFC 3339, UTC."""


@dataclass(frozen=True, slots=True)
class DocumentState:
    """A document after all its events, whatever clocks the levels that wrote them had."""

    document_id: str
    event_id: str
    unit_id: str
    kind: str
    issued_on: date
    recipients: tuple[str, ...]
    tasks: Mapping[str, Task]
    acknowledged: Mapping[str, Acknowledgement]
    """By the organisation that acknowledged."""


def fold(records: Sequence[Record]) -> DocumentState | None:
    """The document that effective records make, in any order; None without its issue.

    Of two acknowledgements by one organisation the first in `Record.order` counts. A task is done
    from the first event that says so; until then its state is the last by day, then by recording.
    """
    ordered = sorted(records, key=recorded_order)
    issued = next((r for r in ordered if r.type == "DocumentIssued"), None)
    if issued is None:
        return None
    data = issued.data
    tasks = {task["task_id"]: _task(task) for task in data.get("tasks", ())}
    acknowledged: dict[str, Acknowledgement] = {}
    for record in ordered:
        if record.type == "DocumentAcknowledged":
            acknowledged.setdefault(record.data["org_id"], _acknowledgement(record))
        elif record.type == "TaskProgressed" and record.data["task_id"] in tasks:
            task_id = record.data["task_id"]
            tasks[task_id] = _progressed(tasks[task_id], record)
    return DocumentState(
        document_id=issued.aggregate_id,
        event_id=issued.event_id,
        unit_id=data["unit_id"],
        kind=data["kind"],
        issued_on=date.fromisoformat(data["issued_on"]),
        recipients=tuple(recipient["org_id"] for recipient in data.get("recipients", ())),
        tasks=tasks,
        acknowledged=acknowledged,
    )


def _task(data: Mapping[str, Any]) -> Task:
    due_on = data.get("due_on")
    return Task(
        data["task_id"], data["org_id"], None if due_on is None else date.fromisoformat(due_on)
    )


def _acknowledgement(record: Record) -> Acknowledgement:
    data = record.data
    return Acknowledgement(record.event_id, data["org_id"], data["unit_id"], data["received_at"])


def _progressed(task: Task, record: Record) -> Task:
    day = date.fromisoformat(record.data["occurred_on"])
    state = TaskState(record.data["state"])
    # Records come in their order: of two on one day the later one holds.
    later = task.since is None or day >= task.since
    if task.state is TaskState.DONE or not (later or state is TaskState.DONE):
        return task
    return replace(task, state=state, since=day, event_id=record.event_id)
