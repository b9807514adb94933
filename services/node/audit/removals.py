"""Events whose content was removed: a tombstone is believed only with the decision behind it.

A tombstone proves its place: the leaf hash that it tells lies under the same signed roots as ever.
What the event said is gone and proven by nothing. So that nobody hides an event by calling it
removed, a redaction that names this place and this leaf must stand in one of the folders, recorded
by the event's own unit or one above it, by the history of units in the same folders.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.envelope import decode
from contracts.tombstone import ERASED_TYPE, erased_type, is_tombstone, leaf_of
from domain.directory import Directory, concerns_directory
from domain.effective import AMENDMENTS, REDACTED
from domain.events import Record
from domain.refusals import Text
from services.node.audit.findings import Finding, Removed
from services.node.audit.records import record_in
from services.node.erasure.redaction import Redaction

_READ = frozenset({"UnitReorganised", "OrganisationChanged", "RuleDefined", *AMENDMENTS})


@dataclass(frozen=True, slots=True)
class _Tombstone:
    folder: str
    stream: UUID
    number: int
    leaf: bytes
    type: str
    unit_id: str


class Removals:
    """Of a stream, and put together of all folders of one check."""

    def __init__(self) -> None:
        self._tombstones: list[_Tombstone] = []
        self._redactions: dict[str, Redaction] = {}
        self._units: dict[UUID, str] = {}
        """Of each stream, as its events say."""
        self._reference: dict[str, Record] = {}

    def learn(self, folder: str, types: Sequence[str], raws: Sequence[bytes]) -> None:
        """Note tombstones, redactions, and what tells who is above whom."""
        self._learn_unit(raws)
        if _READ.isdisjoint(types) and ERASED_TYPE not in types:
            return
        for kind, raw in zip(types, raws, strict=True):
            if is_tombstone(raw):
                envelope = decode(raw)
                self._tombstones.append(
                    _Tombstone(
                        folder,
                        envelope.origin,
                        envelope.sequence,
                        leaf_of(raw),
                        erased_type(envelope),
                        str(envelope.data.get("unit_id", "")),
                    )
                )
            elif kind in _READ:
                envelope = decode(raw)
                record = record_in(envelope)
                if record is not None and concerns_directory(record):
                    self._reference[record.event_id] = record
                found = Redaction.read(envelope, 0) if kind == REDACTED else None
                if found is not None:
                    self._redactions[found.event_id] = found

    def _learn_unit(self, raws: Sequence[bytes]) -> None:
        """The unit of the stream, from its first event that is not removed."""
        for raw in raws[:1]:
            envelope = decode(raw)
            if envelope.origin not in self._units and not is_tombstone(raw):
                self._units[envelope.origin] = str(envelope.data.get("unit_id", ""))

    def add(self, other: Removals) -> None:
        """Note what another has noted of events that come after these."""
        self._tombstones += other._tombstones
        self._redactions |= other._redactions
        self._reference |= other._reference
        for stream, unit in other._units.items():
            self._units.setdefault(stream, unit)

    def judged(self) -> Iterator[Removed | Finding]:
        """What became of every tombstone, once everything was read."""
        directory = Directory.fold(self._reference.values())
        by_place: dict[tuple[UUID, int, bytes], list[Redaction]] = {}
        for redaction in self._redactions.values():
            place = (redaction.stream, redaction.number, redaction.leaf)
            by_place.setdefault(place, []).append(redaction)
        for found in self._tombstones:
            decided = by_place.get((found.stream, found.number, found.leaf), [])
            by = next((one for one in decided if self._may(one, found, directory)), None)
            if by is None:
                yield _undecided(found, known=bool(decided))
            else:
                yield Removed(
                    found.folder,
                    found.stream,
                    found.number,
                    found.type,
                    by.event_id,
                    by.recorder,
                    by.recorded_at,
                    by.legal_basis,
                    by.content_kind,
                )

    def _may(self, redaction: Redaction, found: _Tombstone, directory: Directory) -> bool:
        owner = self._units.get(found.stream) or found.unit_id
        recorder = self._units.get(redaction.origin)
        return redaction.is_authorised(directory, recorder=recorder, owner=owner)


def _undecided(found: _Tombstone, *, known: bool) -> Finding:
    if known:
        code = "removal-not-authorised"
        text = Text(
            f"sự kiện {found.number} bị xóa nội dung theo quyết định của nơi không có thẩm quyền, "
            "hoặc bộ hồ sơ thiếu lịch sử đơn vị",
            f"event {found.number} was removed by a decision of a unit that may not, or the folder "
            "lacks the history of units",
        )
    else:
        code = "removal-undecided"
        text = Text(
            f"sự kiện {found.number} bị xóa nội dung mà không có quyết định xóa trong bộ hồ sơ",
            f"event {found.number} was removed, and no decision in the folder says so",
        )
    return Finding(code, text, found.folder, found.stream, found.number)
