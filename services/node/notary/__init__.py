"""The node as a notary: it seals its own streams and vouches for those it receives."""

from __future__ import annotations

from services.node.notary.notary import Known, Notary, Pace

__all__ = ["Known", "Notary", "Pace"]
