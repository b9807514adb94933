"""Faults at a chosen step: the call fails, or it takes effect and its answer is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.node.errors import NodeError


class Fault:
    """Counts calls while armed; the n-th fails before it takes effect, or after ("persisted")."""

    def __init__(self, at: int, *, persisted: bool, error: type[NodeError]) -> None:
        self.at = at
        self.persisted = persisted
        self.error = error
        self.calls = 0
        self.names: list[str] = []
        self.raised = False
        self.armed = False

    def wrap(self, target: Any, *methods: str) -> None:
        """Let these methods of `target` count, and fail when it is their turn."""
        for name in methods:
            setattr(target, name, self._wrapped(name, getattr(target, name)))

    def _wrapped(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if not self.armed:
                return method(*args, **kwargs)
            self.calls += 1
            self.names.append(name)
            if self.calls != self.at:
                return method(*args, **kwargs)
            self.raised = True
            if self.persisted:
                method(*args, **kwargs)
            raise self.error(f"injected at call {self.at}: {name}")

        return call
