"""A history in words: names of units and organisations, labels of fields, rules, receipts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from domain.directory import Directory
from domain.effective import REDACTED
from domain.events import EVENTS, Record
from domain.labels import label
from domain.levels import Level
from domain.refusals import Text
from domain.report_state import Version
from services.node.entities import load
from services.node.erasure.book import Book
from services.node.figures.withholding import WITHHELD
from services.node.history.changes import FieldChange, Value
from services.node.history.entries import Amendment, Effect, Entry, Order, history_of
from services.node.history.rules import RulesThen, RuleVersion
from services.node.history.wording import Wording, field_title
from services.node.language import Language
from services.node.node import Node
from services.node.notary.receipts import Receipt, Vouching
from services.node.readmodel import Entity
from services.node.reporting.versions import VersionDifference
from services.node.ruletexts import version_title
from services.node.views import View

EFFECTS: Final = {
    Effect.CORRECTED: Text("đính chính", "corrected"),
    Effect.RETRACTED: Text("rút", "retracted"),
    Effect.REDACTED: Text("xóa nội dung ở mọi cấp", "content removed at every level"),
    Effect.RESTORED: Text("rút đính chính, trở lại như trước", "correction retracted, as before"),
    Effect.ASSIGNED: Text("phân giao", "assigned"),
    Effect.NONE: Text("không làm thay đổi gì", "changed nothing"),
    Effect.AWAITED: Text("sự kiện được sửa chưa đến nút này", "its event has not arrived here"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A unit, and the level it is of."""

    unit_id: str
    unit: str
    level: str | None
    """None for a unit that is not known here."""
    level_text: str


@dataclass(frozen=True, slots=True)
class ToldChange:
    """One field that changed. None where a form does not have it, or where it is withheld."""

    path: str
    label: str
    before: Value | None
    after: Value | None
    before_text: str
    after_text: str
    withheld: bool


@dataclass(frozen=True, slots=True)
class ToldAmendment:
    """What a correction, a retraction, a redaction or an assignment did.

    Of a redaction the reason is the kind of content and the law, the approver who decided.
    """

    effect: str
    effect_text: str
    target_event_ids: Sequence[str]
    target_type: str | None
    reason: str | None
    reason_text: str
    approver_org_id: str | None
    approver: str
    duplicate_of: str | None
    moved_from: Place | None
    """Of an assignment: the unit that was split."""
    moved_to: Place | None
    changes: Sequence[ToldChange]


@dataclass(frozen=True, slots=True)
class ToldRule:
    """A version of a rule that governs the event."""

    rule_id: str
    event_id: str
    version: int
    kind: str
    title: str
    valid_from: date
    valid_to: date | None
    recorded_later: bool


@dataclass(frozen=True, slots=True)
class ToldReceipt:
    """A level above that received the event and verified it."""

    place: Place
    cosigner: str
    through: int
    at: str


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the history, in words."""

    event_id: str
    type: str
    title: str
    status: str
    changed_by: str | None
    assigned_to: str | None
    occurred_on: date
    occurred_to: date | None
    recorded_at: str
    recorded_for: Place
    """The unit that the record belongs to."""
    recorded_in: Place
    """The unit in whose stream it was recorded."""
    org_id: str
    organisation: str
    account: str
    source_system: str
    source_record_id: str
    origin: str
    sequence: int
    position: int
    digest: str
    amendment: ToldAmendment | None
    version: Version | None
    difference: VersionDifference | None
    rules: Sequence[ToldRule]
    sealed: bool
    receipts: Sequence[ToldReceipt]

    @property
    def version_number(self) -> int | None:
        """Of a report that was sent: which version it is."""
        return None if self.version is None else self.version.number


@dataclass(frozen=True, slots=True)
class ToldHistory:
    """Some of the events of one aggregate."""

    aggregate_id: str
    kind: str
    items: Sequence[Told]
    behind: Order | None
    """The place behind which there is more; None at the end."""


def find_entity(view: View, identifier: str, erased: Book) -> Entity | None:
    """The aggregate of this id, or the one that the event of this id belongs to; None if the state
    holds neither. Of an event that was erased, its redaction tells the aggregate."""
    found = _entity(view, identifier)
    if found is not None:
        return found
    redaction = erased.of_event(identifier)
    if redaction is not None:
        identifier = redaction.event_id
    timeline = view.tables["timeline"].c
    aggregate_id = view.connection.execute(
        sa.select(timeline.aggregate_id)
        .where(timeline.event_id == identifier)
        .order_by(timeline.position)
    ).scalar()
    return None if aggregate_id is None else _entity(view, aggregate_id)


def _entity(view: View, aggregate_id: str) -> Entity | None:
    table = view.tables["entities"]
    row = view.connection.execute(
        sa.select(table).where(table.c.aggregate_id == aggregate_id)
    ).first()
    return None if row is None else load(row)


def tell(
    node: Node,
    view: View,
    entity: Entity,
    language: Language,
    *,
    after: Order | None = None,
    limit: int,
) -> ToldHistory:
    """The events of an aggregate behind a place, at most `limit`, as the view's state has them.

    Receipts are those that have come by now. Raises StoreUnavailableError.
    """
    entries = history_of(entity, after, limit + 1)
    shown = entries[:limit]
    teller = _Teller(node, view.directory, language)
    return ToldHistory(
        entity.aggregate_id,
        entity.kind,
        [teller.told(entry) for entry in shown],
        shown[-1].record.order if len(entries) > limit else None,
    )


class _Teller:
    def __init__(self, node: Node, directory: Directory, language: Language) -> None:
        self._node = node
        self._directory = directory
        self._language = language
        self._rules = RulesThen(directory)
        self._vouching = Vouching(node)
        self._hides = node.spec.level is not Level.COMMUNE

    def told(self, entry: Entry) -> Told:
        record = entry.record
        data, spec = record.data, EVENTS[record.type]
        day = date.fromisoformat(data["occurred_on"])
        wording = Wording(self._directory, self._language, day)
        state = self._node.origins.state(UUID(record.origin))
        sealed = self._vouching.of(UUID(record.origin), record.sequence)
        return Told(
            event_id=record.event_id,
            type=record.type,
            title=self._language.of(Text(spec.title_vi, spec.title_en)),
            status=entry.status,
            changed_by=entry.changed_by,
            assigned_to=entry.assigned_to,
            occurred_on=day,
            occurred_to=date.fromisoformat(data["occurred_to"]) if "occurred_to" in data else None,
            recorded_at=record.recorded_at,
            recorded_for=self._place(wording, data["unit_id"]),
            recorded_in=self._place(wording, data["unit_id"] if state is None else state.unit_id),
            org_id=data["org_id"],
            organisation=wording.organisation(data["org_id"]),
            account=data["actor_account"],
            source_system=data["source_system"],
            source_record_id=data["source_record_id"],
            origin=record.origin,
            sequence=record.sequence,
            position=entry.placed.position,
            digest=record.digest,
            amendment=self._amendment(entry.amendment, record, wording),
            version=entry.version,
            difference=entry.difference,
            rules=[self._rule(found) for found in self._rules.of(record, entry.holds)],
            sealed=sealed is not None,
            receipts=list(self._receipts(wording, () if sealed is None else sealed[1])),
        )

    def _place(self, wording: Wording, unit_id: str) -> Place:
        level = self._directory.level(unit_id)
        text = "" if level is None else self._language.of(label(level))
        return Place(unit_id, wording.unit(unit_id), None if level is None else level.value, text)

    def _amendment(
        self, found: Amendment | None, record: Record, wording: Wording
    ) -> ToldAmendment | None:
        if found is None:
            return None
        data = record.data
        approver, reason = data.get("approver_org_id"), data.get("reason")
        if record.type == REDACTED:
            approver, reason = data["decided_by_org_id"], data["content_kind"]
        return ToldAmendment(
            effect=found.effect.value,
            effect_text=self._language.of(EFFECTS[found.effect]),
            target_event_ids=found.targets,
            target_type=found.target_type,
            reason=reason,
            reason_text=self._reason(record, reason, wording),
            approver_org_id=approver,
            approver="" if approver is None else wording.organisation(approver),
            duplicate_of=data.get("duplicate_of"),
            moved_from=self._place_named(wording, data, "from_unit_id"),
            moved_to=self._place_named(wording, data, "to_unit_id"),
            changes=[self._change(found.target_type, one, wording) for one in found.changes],
        )

    @staticmethod
    def _reason(record: Record, reason: str | None, wording: Wording) -> str:
        if record.type == REDACTED:
            told = (
                wording.value(record.type, name, record.data[name])
                for name in ("content_kind", "legal_basis")
            )
            return "; ".join(told)
        return "" if reason is None else wording.value(record.type, "reason", reason)

    def _place_named(self, wording: Wording, data: Any, name: str) -> Place | None:
        return self._place(wording, data[name]) if name in data else None

    def _change(self, type_name: str | None, change: FieldChange, wording: Wording) -> ToldChange:
        title = field_title(type_name, change.path, self._language)
        if change.sensitive and self._hides:
            hidden = self._language.of(WITHHELD)
            return ToldChange(change.path, title, None, None, hidden, hidden, True)
        return ToldChange(
            change.path,
            title,
            change.before,
            change.after,
            wording.value(type_name, change.path, change.before),
            wording.value(type_name, change.path, change.after),
            False,
        )

    def _rule(self, found: RuleVersion) -> ToldRule:
        rule = found.rule
        return ToldRule(
            rule_id=rule.rule_id,
            event_id=rule.event_id,
            version=found.number,
            kind=rule.kind,
            title=self._language.of(version_title(self._directory, rule)),
            valid_from=rule.valid_from,
            valid_to=rule.valid_to,
            recorded_later=found.recorded_later,
        )

    def _receipts(self, wording: Wording, receipts: Sequence[Receipt]) -> Iterator[ToldReceipt]:
        for one in receipts:
            yield ToldReceipt(self._place(wording, one.unit_id), one.node, one.through, one.at)
