"""A mapping whose copies are cheap, for values that are copied at every event."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, Final, TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

_RECENT: Final = 256
"""Entries that a copy may have to copy. Folding them in costs as much as the whole mapping, once
in that many changes."""


class Layered(MutableMapping[K, V]):
    """A dict in two layers: a large one that copies share, and the recent changes, their own.

    Order is the order of first insertion, as in a dict. Copies do not see each other's changes.
    Nothing is ever deleted: what ended is replaced by an entry that says so.
    """

    __slots__ = ("_base", "_recent")

    def __init__(self) -> None:
        self._base: dict[K, V] = {}
        """Shared between copies, so never changed in place."""
        self._recent: dict[K, V] = {}

    def copy(self) -> Layered[K, V]:
        """A mapping that can be changed without changing this one."""
        other: Layered[K, V] = Layered()
        other._base = self._base
        other._recent = self._recent.copy()
        return other

    def __getitem__(self, key: K) -> V:
        recent = self._recent
        return recent[key] if key in recent else self._base[key]

    @overload
    def get(self, key: K, default: None = None, /) -> V | None: ...
    @overload
    def get(self, key: K, default: V, /) -> V: ...
    @overload
    def get(self, key: K, default: T, /) -> V | T: ...
    def get(self, key: K, default: Any = None, /) -> Any:
        """As of a dict; this is what everything calls."""
        recent = self._recent
        return recent[key] if key in recent else self._base.get(key, default)

    def __bool__(self) -> bool:
        return bool(self._base or self._recent)

    def __contains__(self, key: object) -> bool:
        return key in self._recent or key in self._base

    def __setitem__(self, key: K, value: V) -> None:
        self._recent[key] = value
        if len(self._recent) >= _RECENT:
            self._base = self._base | self._recent
            self._recent = {}

    def __delitem__(self, key: K) -> None:
        raise TypeError("entries are replaced, never deleted")

    def __iter__(self) -> Iterator[K]:
        yield from self._base
        yield from (key for key in self._recent if key not in self._base)

    def __len__(self) -> int:
        return len(self._base) + sum(key not in self._base for key in self._recent)
