"""Group commit: who waits for whom, and that everybody is answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from services.node import groupcommit
from services.node.errors import BusyError
from services.node.groupcommit import GroupCommit

SECONDS = 20
HOURS = 7_200.0


class Recorder:
    """Records when it is let, and remembers in which groups."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.begun = threading.Semaphore(0)
        self.let = threading.Semaphore(0)
        self.moment = 0.0

    def now(self) -> float:
        """By this clock a group takes hours, and nothing else takes any time."""
        return self.moment

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.groups.append(list(items))
        self.begun.release()
        assert self.let.acquire(timeout=SECONDS)
        self.moment += HOURS
        return [item * 10 for item in items]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def commits(recorder: Recorder) -> Iterator[GroupCommit[int, int]]:
    commits: GroupCommit[int, int] = GroupCommit(recorder, recorder.now)
    commits.start()
    yield commits
    for _ in range(10):
        recorder.let.release()
    commits.stop()


def test_what_arrives_meanwhile_is_one_group(
    recorder: Recorder, commits: GroupCommit[int, int]
) -> None:
    first = commits.submit([1])
    assert recorder.begun.acquire(timeout=SECONDS)
    others = [commits.submit([2, 3]), commits.submit([4])]
    recorder.let.release()
    recorder.let.release()
    assert first.result(SECONDS) == [10]
    assert [other.result(SECONDS) for other in others] == [[20, 30], [40]]
    assert recorder.groups == [[1], [2, 3, 4]]


def test_who_was_answered_a_moment_ago_is_waited_for(
    recorder: Recorder, commits: GroupCommit[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three callers: one alone, two meanwhile; from then on they go together."""
    monkeypatch.setattr(groupcommit, "_LONGEST_GATHER", HOURS)
    first = commits.submit([1])
    assert recorder.begun.acquire(timeout=SECONDS)
    others = [commits.submit([2]), commits.submit([3])]
    recorder.let.release()
    first.result(SECONDS)
    assert not recorder.begun.acquire(timeout=0.1), "the first comes again, too"
    first = commits.submit([1])
    assert recorder.begun.acquire(timeout=SECONDS)
    recorder.let.release()
    for future in (first, *others):
        future.result(SECONDS)
    commits.submit([2])
    commits.submit([1])
    assert not recorder.begun.acquire(timeout=0.1)
    commits.submit([3])
    assert recorder.begun.acquire(timeout=SECONDS)
    assert recorder.groups == [[1], [2, 3, 1], [2, 1, 3]]


def test_the_end_waits_for_nobody(
    recorder: Recorder, commits: GroupCommit[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groupcommit, "_LONGEST_GATHER", HOURS)
    recorder.let.release()
    commits.submit([1, 2, 3]).result(SECONDS)
    late = commits.submit([4])
    recorder.let.release()
    commits.stop()
    assert late.result(SECONDS) == [40]
    with pytest.raises(BusyError):
        commits.submit([5])


def test_who_comes_later_waits_for_nobody(
    recorder: Recorder, commits: GroupCommit[int, int]
) -> None:
    recorder.let.release()
    commits.submit([1, 2, 3]).result(SECONDS)
    recorder.moment += 1.0
    recorder.let.release()
    assert commits.submit([4]).result(SECONDS) == [40]
