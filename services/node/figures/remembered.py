"""What follows from a directory alone, kept for as long as the directory is."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from domain.directory import Directory

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Answers by directory and question. A directory never changes, and every figure of a page asks
    the same of it. Any thread may ask; two that ask at once may both work it out."""

    def __init__(self, most: int) -> None:
        """Of each directory the newest `most` answers are kept."""
        self._most = most
        self._lock = Lock()
        self._known: WeakKeyDictionary[Directory, dict[K, V]] = WeakKeyDictionary()

    def of(self, directory: Directory, question: K, make: Callable[[], V]) -> V:
        """What was made for the question before, or what is made now. It must not be changed."""
        with self._lock:
            known = self._known.setdefault(directory, {})
            if question in known:
                return known[question]
        found = make()
        with self._lock:
            while len(known) >= self._most:
                del known[next(iter(known))]
            known[question] = found
        return found
