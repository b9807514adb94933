"""Four levels, a text that must not be held, and searching for it everywhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from services.node.ingest import ItemVerdict, Outcome
from services.node.node import Node
from tests.node.sync.hierarchy import Hierarchy, answered

MARK = "QX7-tên-của-người-tố-giác"
"""Stands for what an operator typed where it does not belong; screening cannot know every name."""


def organisation(node: Node) -> str:
    """The organisation that records at a node."""
    (org_id, *_) = node.directory.organisations_of(node.settings.units[0])
    return str(org_id)


def common(node: Node) -> dict[str, Any]:
    return {
        "unit_id": str(node.settings.units[0]),
        "org_id": organisation(node),
        "actor_account": "tests",
        "occurred_on": "2025-01-01",
    }


def model(node: Node, name: str = MARK, code: str = "MH-01", **more: Any) -> ItemVerdict:
    """Record a model whose name, and key in the sender's system, hold what must not be held."""
    data = common(node) | {
        "code": code,
        "name": f"Tổ tự quản {name}",
        "domain": "self_management",
        "host_org_id": organisation(node),
        "opened_on": "2025-01-01",
        "source_record_id": f"bản ghi {name} {code}",
    }
    verdict = answered(node, "ModelEstablished", data | more)
    assert verdict.outcome is Outcome.RECORDED, verdict
    return verdict


def redact(node: Node, target: str, **more: Any) -> ItemVerdict:
    """Ask a node to record that an event is to be removed."""
    data = common(node) | {
        "target_event_id": target,
        "legal_basis": "personal_data_law",
        "content_kind": "informant",
        "decided_by_org_id": organisation(node),
    }
    return answered(node, "EventRedacted", data | more)


def redacted(node: Node, target: str, **more: Any) -> ItemVerdict:
    """As `redact`; fails if it is refused."""
    verdict = redact(node, target, **more)
    assert verdict.outcome is Outcome.RECORDED, verdict
    return verdict


def settled(hierarchy: Hierarchy, *names: str) -> None:
    """Twice: what was erased is cleared once its redaction is folded."""
    hierarchy.settle(*names)
    hierarchy.settle(*names)


def files_with(folder: Path, mark: str = MARK) -> list[str]:
    """Files below a folder that hold the mark in their bytes, whatever they are."""
    needles = [mark.encode(), mark.encode("utf-16-le")]
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    )


def tables_with(path: Path, mark: str = MARK) -> Iterator[str]:
    """Tables of a SQLite file that hold the mark: says more than the file when a test fails."""
    connection = sqlite3.connect(path)
    try:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            for row in connection.execute(f"SELECT * FROM {name}"):  # noqa: S608 # its own names
                if any(
                    mark.encode() in (cell if isinstance(cell, bytes) else str(cell).encode())
                    for cell in row
                ):
                    yield name
                    break
    finally:
        connection.close()


def server_tables_with(dsn: str, mark: str = MARK) -> list[str]:
    """Tables of a PostgreSQL database with the mark in any column, bytes read as text."""
    found = []
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = c.relnamespace WHERE relkind = 'r' AND nspname = 'public'"
        ).fetchall()
        for (table,) in tables:
            (count,) = connection.execute(
                f"SELECT COUNT(*) FROM {table} AS t"  # noqa: S608 # its own names
                " WHERE strpos(t::text, %s) > 0 OR strpos(t::text, %s) > 0",
                [mark, mark.encode().hex()],
            ).fetchone() or (0,)
            if count:
                found.append(table)
    return found
