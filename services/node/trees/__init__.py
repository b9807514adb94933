"""The Merkle trees a node keeps: one for each origin whose events it holds."""

from __future__ import annotations

from services.node.trees.keeper import Trees
from services.node.trees.store import TreeStore

__all__ = ["TreeStore", "Trees"]
