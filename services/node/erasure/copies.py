"""Copies that a node keeps beside its log: what waits, evidence of forks, the quarantine."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from contracts.tombstone import leaf_of
from services.node.database import Database
from services.node.syncstate import forks_table, quarantine_table, waiting_table


def erase_copies(
    database: Database, stream: UUID, number: int, tombstone: bytes, event_id: str
) -> bool:
    """Let go of every copy of an event; whether there were any.

    What waits in its place becomes the tombstone if it is the event. Of a fork at that place the
    evidence stays without its bytes: they are another version of what must not be kept. Likewise
    whatever lies in the quarantine and holds the event, whole or damaged. One transaction; raises
    StoreUnavailableError.
    """
    changed = 0
    leaf = leaf_of(tombstone)
    with database.transaction() as connection:
        waiting, forks, aside = waiting_table.c, forks_table.c, quarantine_table.c
        here = (waiting.origin == stream, waiting.sequence == number)
        for (raw,) in connection.execute(sa.select(waiting.raw).where(*here)).all():
            if raw != tombstone and leaf_of(raw) == leaf:
                changed += connection.execute(
                    sa.update(waiting_table).where(*here).values(raw=tombstone)
                ).rowcount
        changed += connection.execute(
            sa.update(forks_table)
            .where(forks.origin == stream, forks.sequence == number, forks.raw != b"")
            .values(raw=b"")
        ).rowcount
        marks = (
            f'"id":"{event_id}"'.encode(),
            f'"sequence":"{number:010d}","source":"urn:uuid:{stream}"'.encode(),
        )
        rows = connection.execute(sa.select(aside.digest, aside.raw).where(aside.raw != b""))
        held = [row.digest for row in rows if any(mark in row.raw for mark in marks)]
        if held:
            changed += connection.execute(
                sa.update(quarantine_table)
                .where(aside.digest.in_(held))
                .values(raw=b"", reason="the event was erased")
            ).rowcount
    return changed > 0
