"""An audit folder on the disk: its index, its keys, and what the checks of its streams told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from domain.refusals import Text
from services.node.audit import layout
from services.node.audit.checked import Checked
from services.node.audit.files import Files
from services.node.audit.findings import Finding, StreamReport, Vouched
from services.node.audit.keys import Believed, read_keys
from services.node.audit.layout import Index, LayoutError
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.keys import KeyFormatError, VerifierKey
from services.node.ledger.note import NoteError


class Folder:
    """One folder, its keys and checkpoints."""

    def __init__(self, path: Path, given: Sequence[VerifierKey]) -> None:
        """Raises LayoutError if it is no audit folder."""
        self.files = Files(path)
        self.name = self.files.name
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
        self.sizes: dict[UUID, int] = {}
        """How many events of each stream it holds."""
        for entry in self.index.streams:
            self.sizes[entry.origin] = max(entry.size, self.sizes.get(entry.origin, 0))
        self._notes: dict[UUID, Mapping[int, SignedCheckpoint]] = {}

    def _keys(self) -> list[VerifierKey]:
        raw = self.files.read(layout.KEYS)
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

    def entries(self, origin: UUID, number: int, size: int) -> list[bytes] | None:
        """See `Files.entries`."""
        return self.files.entries(origin, number, size)

    def take(self, checked: Checked) -> None:
        """A stream was read: what it tells of the folder. Streams are taken in their order."""
        self.expected |= checked.files
        self._notes[checked.report.origin] = checked.notes
        self.believed.learn(checked.keys)

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
        for name in sorted(self.files.all() - self.expected):
            yield Finding(
                "unexpected-file",
                Text(f"tệp lạ: {name}", f"a file that does not belong here: {name}"),
                self.name,
                file=name,
            )
