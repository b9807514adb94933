"""The node's HTTP API: `create_app(node)` gives the ASGI app."""

from __future__ import annotations

from services.node.api.app import create_app

__all__ = ["create_app"]
