"""The Merkle trees a node keeps: one for each origin whose events it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.node.trees.checkpoints import CheckpointStore
from services.node.trees.growing import GrowingLog
from services.node.trees.keeper import Trees
from services.node.trees.store import TreeStore

if TYPE_CHECKING:
    from services.node.database import Database

__all__ = ["CheckpointStore", "GrowingLog", "TreeStore", "Trees", "create_ledger_tables"]


def create_ledger_tables(database: Database) -> None:
    """Create the tables of trees and checkpoints that are missing. Raises StoreUnavailableError."""
    for store in (TreeStore(database), CheckpointStore(database)):
        store.create_tables()
