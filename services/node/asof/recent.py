"""Values kept for the next one who asks for them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

TKey = TypeVar("TKey")
TValue = TypeVar("TValue")


class Recent(Generic[TKey, TValue]):
    """The values that were asked for last. Thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[TKey, TValue] = OrderedDict()
        self._lock = Lock()

    def get(self, key: TKey, make: Callable[[], TValue]) -> TValue:
        """The value of a key, made if it is not there; two threads may both make it."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value
