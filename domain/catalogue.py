"""Every subject, imported, so that `EVENTS` and `DECIDERS` are filled.

A subject is a module of this package that declares event types; it registers by being there. Every
module is imported but the two that read the registry, so nothing has to be entered anywhere.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

import domain
from domain.events import EVENTS

__all__ = ["EVENTS"]

_READERS: Final = frozenset({"catalogue", "decide", "samples"})
"""Modules that need the registry filled before they are imported; they declare nothing."""

for _name in sorted(module.name for module in iter_modules(domain.__path__)):
    if _name not in _READERS:
        import_module(f"domain.{_name}")
