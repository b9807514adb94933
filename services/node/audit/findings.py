"""What a check of an audit folder found, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from uuid import UUID

from domain.refusals import Text


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be."""

    code: str
    """"leaf-differs", "root-differs", …: stable, for programs."""
    text: Text
    folder: str
    origin: UUID | None = None
    first: int | None = None
    """The first event concerned, by its number; None if it concerns no event."""
    last: int | None = None
    """The last that may be concerned; None: `first` is known exactly."""
    file: str = ""
    """Within the folder."""


@dataclass(frozen=True, slots=True)
class Removed:
    """An event whose content was removed by a decision that stands in the folders."""

    folder: str
    origin: UUID
    sequence: int
    type: str
    redaction_event_id: str
    unit_id: str
    """The unit that decided."""
    recorded_at: str
    legal_basis: str
    content_kind: str


@dataclass(slots=True)
class Vouched:
    """Through which number a key vouches for a stream."""

    name: str
    through: int
    basis: str
    """Why the key is believed: "given" by the auditor, "announced" in the events, or only "listed"
    in the folder."""
    cosigned_at: int | None = None
    """When, POSIX seconds; None for the stream's own signature."""


@dataclass(slots=True)
class StreamReport:
    """One stream of one folder."""

    folder: str
    origin: UUID
    events: int = 0
    """Read, and found under their numbers."""
    root: str = ""
    checkpoints: int = 0
    agreeing: int = 0
    """Size of the largest checkpoint whose root is that of the events, with all before it."""
    vouched: dict[str, Vouched] = field(default_factory=dict)
    """By the key's text, the largest."""
    findings: list[Finding] = field(default_factory=list)

    def through(self, *, given: bool = False, cosigned: bool = False) -> int:
        """Through which number somebody vouches for it.

        `given`: only keys that the auditor gave; `cosigned`: only other nodes' signatures.
        """
        return max(
            (
                one.through
                for one in self.vouched.values()
                if (not given or one.basis == "given") and cosigned == (one.cosigned_at is not None)
            ),
            default=0,
        )


@dataclass(slots=True)
class Report:
    """Everything that a check found."""

    folders: list[str]
    digests: Mapping[str, str]
    """SHA-256 of each folder's index: compare it with what was written down at the hand-over."""
    streams: list[StreamReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    """Of folders as a whole, between folders, and of figures."""
    compared: int = 0
    """Streams that stand in more than one folder and were compared."""
    given: int = 0
    """Checkpoints that the auditor got another way, and that were compared."""
    removed: list[Removed] = field(default_factory=list)
    """Events without their content: the place proven, what they said not."""
    figures: list[str] = field(default_factory=list)
    """Those derived again and found as they were given."""

    @property
    def all_findings(self) -> list[Finding]:
        """All findings, the first broken event of each stream first."""
        found = [*self.findings, *(f for stream in self.streams for f in stream.findings)]
        return sorted(found, key=lambda f: (f.folder, str(f.origin), f.first or 0))

    @property
    def events(self) -> int:
        return sum(stream.events for stream in self.streams)

    def proven(self) -> list[Text]:
        """What follows from what was checked."""
        if self.all_findings:
            return []
        lines = [
            Text(
                f"{self.events} sự kiện của {len(self.streams)} luồng: đủ số thứ tự, mọi mã băm "
                "khớp với cây",
                f"{self.events} events of {len(self.streams)} streams: no number is missing, every "
                "hash agrees with its tree",
            )
        ]
        lines += self._vouched()
        if self.compared:
            lines.append(
                Text(
                    f"{self.compared} luồng giống nhau giữa các bộ hồ sơ",
                    f"{self.compared} streams are the same in several folders",
                )
            )
        if self.given:
            lines.append(
                Text(
                    f"khớp với {self.given} điểm chốt nhận qua đường khác",
                    f"agrees with {self.given} checkpoints got another way",
                )
            )
        lines += [
            Text(f"số liệu {name} tính lại đúng như đã nêu", f"figure {name}: as it was given")
            for name in self.figures
        ]
        return lines

    def _vouched(self) -> list[Text]:
        lines = []
        for given, cosigned, vi, en in _PROOFS:
            through = [stream.through(given=given, cosigned=cosigned) for stream in self.streams]
            if any(through):
                lines.append(Text(vi.format(n=sum(through)), en.format(n=sum(through))))
        return lines

    def unproven(self) -> list[Text]:
        """What nothing here shows."""
        lines = []
        if self.removed:
            lines.append(
                Text(
                    f"{len(self.removed)} sự kiện đã bị xóa nội dung theo quyết định: chỗ của "
                    "chúng được chứng minh, nội dung thì không, số liệu không tính chúng",
                    f"{len(self.removed)} events were removed by decision: their places are "
                    "proven, what they said is not, and no figure counts them",
                )
            )
        unsigned = sum(stream.events - stream.through() for stream in self.streams)
        if unsigned:
            lines.append(
                Text(
                    f"{unsigned} sự kiện chưa nằm dưới điểm chốt nào có chữ ký: người giữ kho có "
                    "thể đã viết lại trước khi giao",
                    f"{unsigned} events stand under no signed checkpoint: who keeps the store may "
                    "have rewritten them before the hand-over",
                )
            )
        alone = sum(stream.events - stream.through(cosigned=True) for stream in self.streams)
        if alone:
            lines.append(
                Text(
                    f"{alone} sự kiện chưa có nút khác ký xác nhận đã nhận",
                    f"{alone} events have not been confirmed by the signature of another node",
                )
            )
        if any(one.basis != "given" for stream in self.streams for one in stream.vouched.values()):
            lines.append(
                Text(
                    "có khóa chỉ do chính bộ hồ sơ nêu; nhận khóa qua đường khác rồi dùng --key",
                    "some keys are named by the folder alone; get them another way, use --key",
                )
            )
        lines.append(
            Text(
                "nội dung đúng với thực tế hay không, ai đã nhập: không gì ở đây chứng minh",
                "whether records are true, and who entered them: nothing here shows that",
            )
        )
        return lines

    def as_json(self) -> dict[str, Any]:
        """For programs. `intact` is the verdict."""
        return {
            "intact": not self.all_findings,
            "folders": self.folders,
            "digests": dict(self.digests),
            "events": self.events,
            "compared": self.compared,
            "given_checkpoints": self.given,
            "figures": self.figures,
            "removed": [{**asdict(one), "origin": str(one.origin)} for one in self.removed],
            "streams": [
                {
                    "folder": stream.folder,
                    "origin": str(stream.origin),
                    "events": stream.events,
                    "root": stream.root,
                    "checkpoints": stream.checkpoints,
                    "agreeing_through": stream.agreeing,
                    "signed_through": stream.through(),
                    "cosigned_through": stream.through(cosigned=True),
                    "vouched": [asdict(one) for one in stream.vouched.values()],
                }
                for stream in self.streams
            ],
            "findings": [
                {
                    "code": finding.code,
                    "folder": finding.folder,
                    "origin": None if finding.origin is None else str(finding.origin),
                    "first": finding.first,
                    "last": finding.last,
                    "file": finding.file,
                    "text": asdict(finding.text),
                }
                for finding in self.all_findings
            ],
            "proven": [asdict(text) for text in self.proven()],
            "unproven": [asdict(text) for text in self.unproven()],
        }


_PROOFS: Final = (
    (
        True,
        False,
        "{n} sự kiện nằm dưới điểm chốt ký bằng khóa bạn đã nêu",
        "{n} events stand under checkpoints signed with keys that you gave",
    ),
    (
        False,
        False,
        "{n} sự kiện nằm dưới điểm chốt do luồng của chúng ký",
        "{n} events stand under checkpoints signed by their streams",
    ),
    (
        True,
        True,
        "{n} sự kiện được nút khác ký xác nhận bằng khóa bạn đã nêu",
        "{n} events were confirmed by other nodes with keys that you gave",
    ),
    (
        False,
        True,
        "{n} sự kiện được nút khác ký xác nhận",
        "{n} events were confirmed by other nodes",
    ),
)
