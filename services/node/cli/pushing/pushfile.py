"""Pushing one file from where it stopped, keeping the rejected lines."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from services.node.cli.pushing.reading import batches, form_of, items_of
from services.node.cli.pushing.resuming import Progress, ResumeFile, Tally
from services.node.cli.pushing.sending import Sender, Verdict

REJECTED_SUFFIX = ".rejected.jsonl"


def rejected_path(path: Path) -> Path:
    """Where the rejected lines of a file are kept: as they were, to be corrected and pushed."""
    return path.with_name(path.name + REJECTED_SUFFIX)


def push_file(
    path: Path,
    sender: Sender,
    resume: ResumeFile,
    *,
    restart: bool,
    on_batch: Callable[[int, int], None],
    on_refused: Callable[[Verdict], None],
) -> Tally:
    """Push what of the file has no verdict yet; what became of all its lines.

    `on_batch` is told the bytes of the file that are done and the number of lines just answered.
    After each batch the rejected lines are on disk before the progress is: a crash between the two
    sends that batch again and writes its rejected lines anew over themselves.

    Raises OSError, UnreadableFileError, UnreachableError, RefusedRequestError.
    """
    progress = Progress() if restart else resume.load()
    tally = progress.tally or Tally()
    form = form_of(path)
    with _Rejected(rejected_path(path), progress.rejected_bytes) as rejected:
        fresh = (item for item in items_of(path, form) if item.number > progress.number)
        for batch in batches(fresh):
            for verdict in sender.send(batch):
                match verdict.outcome:
                    case "recorded":
                        tally.recorded += 1
                    case "duplicate":
                        tally.duplicate += 1
                    case _:
                        tally.refused += 1
                        rejected.add(verdict.item.raw)
                        on_refused(verdict)
            resume.save(batch[-1].number, rejected.flush(), tally)
            on_batch(batch[-1].end, len(batch))
    resume.forget()
    return tally


class _Rejected:
    """The file of rejected lines; made when the first line needs it, gone if none does."""

    def __init__(self, path: Path, kept: int) -> None:
        self._path = path
        self._size = kept
        self._file: BinaryIO | None = None

    def __enter__(self) -> _Rejected:
        if self._size == 0:
            self._path.unlink(missing_ok=True)
        elif not self._path.exists() or self._path.stat().st_size < self._size:
            self._size = 0  # somebody took it away; what is rejected from here on is kept
        else:
            os.truncate(self._path, self._size)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, raw: bytes) -> None:
        if self._file is None:
            self._file = self._path.open("ab")
        self._size += self._file.write(raw + b"\n")

    def flush(self) -> int:
        """Make it durable; its length."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
        return self._size
