"""A commune node in a process of its own, whose log grows when it is told to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final

from bench.country import PROVINCE
from bench.growing_child import DONE, MEND, READY, REST, Share
from bench.serving import stored
from bench.stores import Where

_STOP_SECONDS: Final = 30.0


class GrowingError(RuntimeError):
    """The process ended, or did not start."""


@dataclass(frozen=True, slots=True)
class Growing:
    """What the node is told. Each returns when it is done, and raises GrowingError if the process
    ended instead."""

    _given: IO[str]
    _said: IO[str]

    def grow(self, events: int) -> None:
        """Append so many further events of its share."""
        self._tell(str(events))

    def rest(self) -> None:
        """Wait until its figures hold all that its log holds."""
        self._tell(REST)

    def mend(self) -> None:
        """Join its line, which was cut."""
        self._tell(MEND)

    def _tell(self, command: str) -> None:
        self._given.write(f"{command}\n")
        self._given.flush()
        self.hear(DONE)

    def hear(self, line: str) -> None:
        """Wait for this line. Raises GrowingError if another one comes, or none."""
        if self._said.readline() != f"{line}\n":
            raise GrowingError(f"a node that grows was to say {line!r} and did not")


@contextmanager
def growing_node(
    where: Where, share: Share, settings: Mapping[str, str], *, cut: bool = False
) -> Iterator[Growing]:
    """A node for all communes of the province that has this share of their events to append; with
    `cut` its line is cut until it is told to mend it.

    Raises GrowingError.
    """
    command = [sys.executable, "-m", "bench.growing_child", *share.as_arguments()]
    if cut:
        command.append("--cut")
    with subprocess.Popen(  # noqa: S603 # our own program
        command,
        env={**os.environ, "ANTQ_UNITS_UNDER": str(PROVINCE), **stored(where), **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None  # noqa: S101 # for mypy: they are pipes
        assert process.stdout is not None  # noqa: S101 # the same
        growing = Growing(process.stdin, process.stdout)
        try:
            growing.hear(READY)
            yield growing
        finally:
            process.stdin.close()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
