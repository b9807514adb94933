"""Names of topics: one inbox per parent, one outbox per parent.

antq.v1.up.<node>    what its children send up to <node>
antq.v1.down.<node>  what <node> sends down to its children
"""

from __future__ import annotations

import re
from typing import Final

_NODE_NAME: Final = re.compile(r"^[a-z0-9][a-z0-9-]{0,62}$")


def is_node_name(name: str) -> bool:
    """Whether `name` may name a node: lower-case letters, digits and hyphens, at most 63."""
    return _NODE_NAME.fullmatch(name) is not None


def up_topic(node: str) -> str:
    """The topic on which the children of `node` send up. Raises ValueError for a bad name."""
    return f"antq.v1.up.{_checked(node)}"


def down_topic(node: str) -> str:
    """The topic on which `node` sends down to its children. Raises ValueError for a bad name."""
    return f"antq.v1.down.{_checked(node)}"


def _checked(node: str) -> str:
    if not is_node_name(node):
        raise ValueError(f"not a node name: {node!r}")
    return node
