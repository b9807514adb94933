"""An audit folder on the disk: nothing in it is trusted, sizes and names least of all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from domain.refusals import Text
from services.node.audit import layout
from services.node.audit.findings import Finding, StreamReport, Vouched
from services.node.audit.keys import Believed, read_keys
from services.node.audit.layout import Index, LayoutError, StreamEntry
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.keys import KeyFormatError, VerifierKey
from services.node.ledger.names import origin_name
from services.node.ledger.note import NoteError
from services.node.ledger.tiles import WIDTH, Tile, TileError, decode_entries

_MAX_FILE: Final = WIDTH * (2 + 65_535)
"""Bytes of the largest file that a log can have."""


class Folder:
    """One folder, its keys and checkpoints."""

    def __init__(self, path: Path, given: Sequence[VerifierKey]) -> None:
        self.path = path
        self.name = str(path)
        self._prefix = os.path.join(path, "")  # noqa: PTH118 # with its separator at the end
        try:
            raw = (path / layout.INDEX).read_bytes()
        except OSError as error:
            raise LayoutError(
                Text(
                    f"{path} không có {layout.INDEX} đọc được",
                    f"{path} has no {layout.INDEX} that can be read",
                )
            ) from error
        self.index = Index.decode(raw)
        self.digest = sha256(raw).hexdigest()
        self.findings: list[Finding] = []
        self.expected: set[str] = {layout.INDEX, layout.KEYS}
        self.believed = Believed(given, self._keys())
        self._notes: dict[UUID, dict[int, SignedCheckpoint]] = {}

    def _keys(self) -> list[VerifierKey]:
        raw = self.read(layout.KEYS)
        if raw is None or sha256(raw).hexdigest() != self.index.keys:
            self._find("keys-altered", layout.KEYS, "danh sách khóa đã bị sửa", "the keys differ")
            return []
        try:
            return read_keys(raw.decode().splitlines())
        except (KeyFormatError, UnicodeDecodeError):
            self._find("keys-altered", layout.KEYS, "có khóa không đọc được", "a key is unreadable")
            return []

    def _find(self, code: str, file: str, vi: str, en: str) -> None:
        self.findings.append(Finding(code, Text(vi, en), self.name, file=file))

    def read(self, name: str) -> bytes | None:
        """A file's bytes; None if it is not there, no plain file, or larger than any can be."""
        file = f"{self._prefix}{name}"  # a Path costs more than reading a small file
        try:
            found = os.lstat(file)
            if not stat.S_ISREG(found.st_mode) or found.st_size > _MAX_FILE:
                return None
            with open(file, "rb", buffering=0) as opened:  # noqa: PTH123 # see above
                return opened.read()
        except OSError:
            return None

    def entries(self, origin: UUID, number: int, size: int) -> list[bytes] | None:
        """The entries of a bundle in a log of that size (or more); None if it cannot be read."""
        width = min(WIDTH, size - number * WIDTH)
        for tile in (Tile(None, number, width), Tile(None, number)):
            raw = self.read(f"{layout.LOGS}/{origin}/{tile.path()}")
            if raw is not None:
                try:
                    return decode_entries(raw)
                except TileError:
                    return None
        return None

    def checkpoints(self, entry: StreamEntry, report: StreamReport) -> dict[int, SignedCheckpoint]:
        """The signed heads of a stream that are as the index says, by size."""
        found: dict[int, SignedCheckpoint] = {}
        newest = max((size for size in entry.checkpoints if size <= entry.size), default=0)
        prefix = f"{layout.LOGS}/{entry.origin}"
        for size, digest in sorted(entry.checkpoints.items()):
            names = [f"{prefix}/{layout.CHECKPOINTS}/{size}"]
            if size == newest and newest:
                names.append(f"{prefix}/{layout.CHECKPOINT}")
            self.expected.update(names)
            for name in names:
                raw = self.read(name)
                if raw is None or sha256(raw).hexdigest() != digest:
                    report.findings.append(
                        Finding(
                            "checkpoint-altered",
                            Text(
                                f"điểm chốt cỡ {size} thiếu hoặc đã bị sửa",
                                f"the checkpoint of size {size} is missing or was altered",
                            ),
                            self.name,
                            entry.origin,
                            file=name,
                        )
                    )
                    continue
                try:
                    signed = SignedCheckpoint.read(raw)
                    if (signed.checkpoint.origin, signed.checkpoint.size) != (
                        origin_name(entry.origin),
                        size,
                    ):
                        raise NoteError("it is of another log or size")
                except NoteError as error:
                    report.findings.append(
                        Finding(
                            "checkpoint-altered",
                            Text(
                                f"điểm chốt cỡ {size} không phải của luồng này: {error}",
                                f"the checkpoint of size {size} is not of this stream: {error}",
                            ),
                            self.name,
                            entry.origin,
                            file=name,
                        )
                    )
                    continue
                found[size] = signed
        self._notes[entry.origin] = found
        return found

    def signed(self, origin: UUID) -> list[SignedCheckpoint]:
        """The signed heads of a stream that were read."""
        return list(self._notes.get(origin, {}).values())

    def check_signatures(self, report: StreamReport) -> None:
        """The signatures on a stream's checkpoints, now that all keys are known."""
        for size, signed in self._notes.get(report.origin, {}).items():
            try:
                signatures = self.believed.signatures(report.origin, signed)
            except NoteError as error:
                report.findings.append(
                    Finding(
                        "signature-wrong",
                        Text(
                            f"chữ ký trên điểm chốt cỡ {size} không đúng: {error}",
                            f"a signature on the checkpoint of size {size} is wrong: {error}",
                        ),
                        self.name,
                        report.origin,
                        file=f"{layout.LOGS}/{report.origin}/{layout.CHECKPOINTS}/{size}",
                    )
                )
                continue
            if size <= report.agreeing:
                for one in signatures:
                    report.vouched[str(one.key)] = Vouched(
                        one.key.name, size, one.basis, one.cosigned_at
                    )

    def unexpected(self) -> Iterable[Finding]:
        """Files that nothing in the index leads to."""
        for name in sorted(self._files("") - self.expected):
            yield Finding(
                "unexpected-file",
                Text(f"tệp lạ: {name}", f"a file that does not belong here: {name}"),
                self.name,
                file=name,
            )

    def _files(self, below: str) -> set[str]:
        """Everything but folders, by name; links are not followed."""
        found: set[str] = set()
        with os.scandir(f"{self._prefix}{below}") as inside:
            for one in inside:
                if one.is_dir(follow_symlinks=False):
                    found |= self._files(f"{below}{one.name}/")
                else:
                    found.add(below + one.name)
        return found
