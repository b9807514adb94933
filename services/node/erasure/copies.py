"""Copies that a node keeps beside its log: what waits, evidence of forks, the quarantine."""

from __future__ import annotations

import sqlalchemy as sa

from contracts.tombstone import leaf_of, tombstone_of
from services.node.database import Database
from services.node.erasure.redaction import Redaction
from services.node.syncstate import forks_table, quarantine_table, waiting_table


def erase_copies(database: Database, redaction: Redaction) -> None:
    """Let go of every copy of an event that must not be kept.

    What waits in its place becomes the tombstone if it is the event. Of a fork at that place the
    evidence stays without its bytes: they are another version of what must not be kept. Likewise
    whatever lies in the quarantine and holds the event, whole or damaged. One transaction; raises
    StoreUnavailableError.
    """
    with database.transaction() as connection:
        waiting, forks, aside = waiting_table.c, forks_table.c, quarantine_table.c
        here = (waiting.origin == redaction.stream, waiting.sequence == redaction.number)
        for (raw,) in connection.execute(sa.select(waiting.raw).where(*here)).all():
            if leaf_of(raw) == redaction.leaf:
                tombstone = tombstone_of(raw)
                connection.execute(sa.update(waiting_table).where(*here).values(raw=tombstone))
        connection.execute(
            sa.update(forks_table)
            .where(
                forks.origin == redaction.stream,
                forks.sequence == redaction.number,
                forks.raw != b"",
            )
            .values(raw=b"")
        )
        rows = connection.execute(sa.select(aside.digest, aside.raw).where(aside.raw != b""))
        held = [row.digest for row in rows if redaction.stands_in(row.raw)]
        if held:
            connection.execute(
                sa.update(quarantine_table).where(aside.digest.in_(held)).values(raw=b"")
            )
