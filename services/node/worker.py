"""A thread that repeats one step: at once while there is work, else when woken or after a while."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from services.node.errors import RetryLaterError

_log = logging.getLogger(__name__)
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 10.0
_LITTLE: Final = 2_000
_MUCH: Final = 10_000
"""After so much there is no gathering, whoever asks for it: the worker is behind."""
_GATHER_SHARE: Final = 3
"""Gathering lasts so many times as long as the step before it took: the steps then take at most a
quarter of the time, however slow the machine is, until there is enough for them to do."""
_LONGEST_GATHER: Final = 0.5
_ASK_AGAIN: Final = 0.1
_REST_SHARE: Final = 8
_LONGEST_ROUND: Final = 0.1


class Worker:
    """Runs `step` until stopped.

    `step` returns how much it did: 0 lets the thread rest until `wake` or `idle_seconds`. After a
    RetryLaterError it waits, longer each time up to ten seconds, and tries again: an outage of any
    length is survived without anybody's help. Another error is logged in full and tried again in
    the same way, and makes the node unready: going on is right when it passes, and when it does
    not, it must be seen.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], int],
        *,
        idle_seconds: float,
        gather_seconds: float = 0.0,
        gather_longer: Callable[[], float] = lambda: 0.0,
        rests: bool = False,
        began: Callable[[], float] | None = None,
        is_level: Callable[[], bool] = lambda: False,
        by_clock: bool = False,
        on_failure: Callable[[], None] | None = None,
    ) -> None:
        """`on_failure` runs after each failed step, for example to reconnect.

        `gather_seconds`: wait at least so long after a step that found little, so that the next one
        finds more: a step for each of many small batches would cost many times the work itself.
        `gather_longer` is asked after such a step, and again and again meanwhile, how many seconds
        it would be well to wait altogether.

        `rests`: after a step that found little, pause eight times as long as it took, or until a
        tenth of a second after it began, for the same reason. What comes while nothing is going on
        does not wait: the pause is behind the work, and grows with what a step costs on this
        machine at this time. Counted from the beginning, two links of one way keep the same step:
        the further one is at rest no longer when the nearer one has sent again. `began` tells when
        the last step began to work, by `time.monotonic`, if it first waited for something to come.
        `is_level` tells after a step that there is nothing left, so none is made to find that out.

        `by_clock`: what this node records is no reason to `wake` it.
        """
        self.name = name
        self._step = step
        self._idle_seconds = idle_seconds
        self._gather_seconds = gather_seconds
        self._gather_longer = gather_longer
        self._rests = rests
        self._began = began
        self._is_level = is_level
        self.by_clock = by_clock
        self._on_failure = on_failure
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.error: str | None = None
        """What the last step failed with; None once a step has succeeded again."""
        self.steps = 0

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There may be work: do not rest."""
        if not self._wake.is_set():  # setting it again takes its lock, for nothing
            self._wake.set()

    def ask_to_stop(self) -> None:
        """End after the present step, for which this does not wait."""
        self._stop.set()
        self._wake.set()

    def stop(self) -> None:
        """The same; returns when it has ended."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            self._wake.clear()
            started = time.monotonic()
            try:
                done = self._step()
            except Exception as error:  # see the class: seen, waited for, tried again
                expected = isinstance(error, RetryLaterError)
                if self.error != str(error):
                    level = logging.WARNING if expected else logging.ERROR
                    _log.log(level, "%s: %s", self.name, error, exc_info=not expected)
                self.error = str(error) or type(error).__name__
                if self._on_failure is not None:
                    self._on_failure()
                self._stop.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            if self.error is not None:
                _log.info("%s: goes on", self.name)
            self.error, pause = None, _FIRST_PAUSE
            self.steps += 1
            if self._began is not None:
                started = self._began()
            took = time.monotonic() - started
            if self._rests and 0 < done < _LITTLE:
                self._stop.wait(min(took * _REST_SHARE, max(0.0, _LONGEST_ROUND - took)))
            if not done or self._is_level():
                self._wake.wait(self._idle_seconds)
            waits_for_more = done < _MUCH and self._gather_longer() > 0
            if self._gather_seconds and (done < _LITTLE or waits_for_more):
                self._gather(max(self._gather_seconds, min(took * _GATHER_SHARE, _LONGEST_GATHER)))

    def _gather(self, seconds: float) -> None:
        """Let more come, so long and as much longer as is asked for."""
        waited = 0.0
        while waited < seconds and not self._stop.wait(seconds - waited):
            waited = seconds
            seconds = max(seconds, min(waited + _ASK_AGAIN, self._gather_longer()))
