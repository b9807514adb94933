"""What the check of one stream leaves: its report, and what all streams together are judged by.

It is made wherever the stream is read, in this process or in one beside it, and put together in the
order of the streams: so nothing depends on who read what first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.events import Record
from services.node.audit.findings import StreamReport
from services.node.audit.removals import Removals
from services.node.ledger.checkpoint import SignedCheckpoint


@dataclass(slots=True)
class Checked:
    """One stream of one folder."""

    report: StreamReport
    notes: Mapping[int, SignedCheckpoint] = field(default_factory=dict)
    """Its signed heads that are as the index says, by size."""
    roots: dict[int, bytes] = field(default_factory=dict)
    """Of its events, at every size that somebody speaks of."""
    files: set[str] = field(default_factory=set)
    """The files that belong to it."""
    keys: list[Record] = field(default_factory=list)
    """Its events that announce or revoke keys."""
    removals: Removals = field(default_factory=Removals)
