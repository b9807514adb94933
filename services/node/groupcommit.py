"""Group commit: what arrives together is recorded together, and each caller gets its own answer.

One flush of the disk serves every request that came while the one before it was flushed. On a disk
that takes two milliseconds to flush, nothing else matters as much.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from services.node.errors import BusyError

BATCH: Final = 2_000
"""A batch is closed when it holds this many items; a single request may hold more."""
QUEUE: Final = 50_000
"""More items than this do not wait: their callers are told to come back."""
_ENOUGH: Final = 256
"""What a transaction costs beside its items weighs little from here on: nobody is waited for."""
_LONGEST_GATHER: Final = 0.05

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Submission(Generic[Item, Answer]):
    items: Sequence[Item]
    future: Future[list[Answer]] = field(default_factory=Future)


class GroupCommit(Generic[Item, Answer]):
    """Hands batches to `record`, one at a time, in one thread of its own.

    Callers that wait for each answer come again right after it. So behind a batch of several, the
    next begins when as many items are there as lately were at once, or after as long as the last
    batch took, or after a twentieth of a second: a transaction costs as much as some thirty items,
    and without this those who come first would get one for themselves. Who comes alone, or later,
    waits for nobody.
    """

    def __init__(
        self,
        record: Callable[[Sequence[Item]], Sequence[Answer]],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`record` answers every item, in order."""
        self._record = record
        self._now = now
        self._queue: queue.SimpleQueue[_Submission[Item, Answer] | None] = queue.SimpleQueue()
        self._waiting = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._expected = 0
        """So many items come at once, as far as is known."""
        self._gather_until = 0.0
        self._gathered = threading.Event()

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answer what is queued, then end the thread. Later submissions are refused."""
        with self._lock:
            self._stopping = True
            self._queue.put(None)
            self._gathered.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def submit(self, items: Sequence[Item]) -> Future[list[Answer]]:
        """Queue items; the future gives their answers, in order.

        Raises BusyError at once, and takes nothing, if too much is queued or the node is stopping.
        """
        with self._lock:
            if self._stopping or (self._waiting and self._waiting + len(items) > QUEUE):
                raise BusyError("too many events are waiting to be recorded")
            self._waiting += len(items)
            submission: _Submission[Item, Answer] = _Submission(items)
            self._queue.put(submission)  # within the lock: never behind the end mark
            if self._waiting >= self._expected:
                self._gathered.set()
        return submission.future

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            self._gather()
            batch, last = self._collect(first)
            with self._lock:
                self._waiting -= sum(len(submission.items) for submission in batch)
            # From here on no caller can cancel: what is recorded is answered.
            self._answer([s for s in batch if s.future.set_running_or_notify_cancel()])
            if last:
                return

    def _gather(self) -> None:
        """Let those come who were answered a moment ago."""
        with self._lock:
            patience = self._gather_until - self._now()
            if patience <= 0 or self._stopping or self._waiting >= self._expected:
                return
            self._gathered.clear()
        self._gathered.wait(patience)

    def _collect(
        self, first: _Submission[Item, Answer]
    ) -> tuple[list[_Submission[Item, Answer]], bool]:
        """What is queued by now, up to a full batch; and whether the end of the queue was met."""
        batch, size = [first], len(first.items)
        while size < BATCH:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return batch, True
            batch.append(following)
            size += len(following.items)
        return batch, False

    def _answer(self, batch: Sequence[_Submission[Item, Answer]]) -> None:
        if not batch:
            return
        items = [item for submission in batch for item in submission.items]
        started = self._now()
        try:
            answers = self._record(items)
        except BaseException as error:  # the callers must hear of it, and the thread must live on
            for submission in batch:
                submission.future.set_exception(error)
            return
        ended = self._now()
        self._gather_until = ended + min(ended - started, _LONGEST_GATHER)
        with self._lock:  # before anybody is answered, comes again, and is counted twice
            self._expected = min(self._waiting + len(items), _ENOUGH)
        start = 0
        for submission in batch:
            end = start + len(submission.items)
            submission.future.set_result(list(answers[start:end]))
            start = end
