"""Bundles between the nodes of a hierarchy, carried by the test."""

from __future__ import annotations

import io
from collections.abc import Sequence
from uuid import UUID

from services.node.bundles.exporting import Order, Way
from services.node.bundles.importing import Imported
from services.node.node import Node
from tests.node.sync.hierarchy import Hierarchy


def bundle(node: Node, way: Way, to: str = "", **order: object) -> bytes:
    """What a node exports."""
    return b"".join(node.exporter.export(Order(way, to, new=True, **order)))  # type: ignore[arg-type]


def bring(node: Node, raw: bytes) -> Imported:
    """What comes of importing it."""
    return node.importer.take(io.BytesIO(raw), "test.bundle")


def carry_up(hierarchy: Hierarchy, *names: str) -> list[Imported]:
    """Each of these to its parent, in this order."""
    return [
        bring(
            hierarchy.nodes[str(hierarchy.levels[name][1])], bundle(hierarchy.nodes[name], Way.UP)
        )
        for name in names
    ]


def carry_down(hierarchy: Hierarchy, *names: str) -> list[Imported]:
    """To each of these from its parent, in this order."""
    return [
        bring(
            hierarchy.nodes[name],
            bundle(hierarchy.nodes[str(hierarchy.levels[name][1])], Way.DOWN, name),
        )
        for name in names
    ]


def stream(node: Node, origin: UUID) -> Sequence[bytes]:
    """The stream of an origin as a node holds it."""
    return [logged.raw for logged in node.log.read_stream(origin, 1, 10**9)]
