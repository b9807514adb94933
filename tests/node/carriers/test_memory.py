"""The contract on the carrier in memory that tests of other parts use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from services.node.carriers import Carrier
from tests.node.carriers.memory import MemoryBroker, MemoryCarrier, Step
from tests.node.carriers.rig import Rig
from tests.node.carriers.suite import CarrierContract


class MemoryRig(Rig):
    def __init__(self) -> None:
        self._broker = MemoryBroker()

    def carrier(self) -> Carrier:
        return MemoryCarrier(self._broker)

    def delete_topic(self, topic: str) -> None:
        self._broker.delete(topic)

    @contextmanager
    def _fail(self, step: Step, persisted: bool) -> Iterator[None]:
        self._broker.fail(step, persisted=persisted)
        yield

    def fail_send(self, *, persisted: bool) -> AbstractContextManager[None]:
        return self._fail("send", persisted)

    def fail_poll(self, *, persisted: bool) -> AbstractContextManager[None]:
        return self._fail("poll", persisted)

    def fail_commit(self, *, persisted: bool) -> AbstractContextManager[None]:
        return self._fail("commit", persisted)


class TestMemoryCarrier(CarrierContract):
    @pytest.fixture
    def rig(self) -> Rig:
        return MemoryRig()
