"""Recording what is pushed: decide each item, write all of them in one transaction, then answer.

Requests that arrive together are recorded together (group commit): one flush of the disk serves all
of them. Decisions are taken one after the other, each seeing what those before it decided.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.canonical import canonical
from contracts.envelope import decode, digest_of, format_time
from domain.decide import decide
from domain.decisions import Accepted, Context
from domain.events import Draft
from domain.identifiers import Identifier, beginning_as, read_id
from services.node.confidence import Confidence
from services.node.decisionstate import DecisionState
from services.node.erasure.completing import completed
from services.node.errors import FencedError, NodeError, StoreUnavailableError
from services.node.eventlog import (
    ERASED_KEY,
    EventKey,
    EventLog,
    PositionTakenError,
    erased_key,
)
from services.node.groupcommit import GroupCommit
from services.node.hosting import Hosting
from services.node.itemverdicts import ItemVerdict, Outcome, refused
from services.node.origins import Origins
from services.node.problems import Problem, from_refusal
from services.node.pushed import Pushed
from services.node.reading import to_record
from services.node.recordingbatch import Batch, Head
from services.node.recordingproblems import (
    away,
    erased,
    failed,
    key_conflict,
    no_aggregate,
    not_hosted,
    target_of,
)
from services.node.recovery.guard import Guard
from services.node.syncstate import Direction, OriginState

__all__ = ["Ingest", "ItemVerdict", "Outcome"]

_log = logging.getLogger(__name__)
_ATTEMPTS: Final = 6


class Ingest:
    """Records pushed events. `submit` may be called from any thread; one thread does the work."""

    def __init__(
        self,
        log: EventLog,
        state: DecisionState,
        origins: Origins,
        hosting: Hosting,
        now: Callable[[], datetime],
        *,
        on_recorded: Callable[[], None] | None = None,
        any_erased: Callable[[], bool] = lambda: False,
        guard: Guard | None = None,
    ) -> None:
        """`on_recorded` is called after each durable batch, to wake what reads the log.
        `any_erased` says whether events were erased here, whose keys then have another form.
        `guard` may forbid to record for now."""
        self._any_erased = any_erased
        self._log = log
        self._state = state
        self._origins = origins
        self._hosting = hosting
        self._now = now
        self._on_recorded = on_recorded
        self._guard = guard or Guard()
        self._confidence = Confidence()
        self._heads: dict[str, Head] = {}
        """Of each unit that has recorded since the start."""
        self._registered: set[str] = set()
        """Units whose origin is known to be this node's own."""
        self._commits: GroupCommit[Pushed | Problem, ItemVerdict] = GroupCommit(self.record)

    def start(self) -> None:
        """Start the recording thread."""
        self._commits.start()

    def stop(self) -> None:
        """Finish what is queued, then stop."""
        self._commits.stop()

    def submit(self, items: Sequence[Pushed | Problem]) -> Future[list[ItemVerdict]]:
        """Queue items to be recorded; the future gives a verdict for each, in order.

        The future is done after what was recorded is durable, and raises what `record` raises.
        Raises BusyError at once if too much is queued: nothing was taken then.
        """
        return self._commits.submit(items)

    def record(self, items: Sequence[Pushed | Problem]) -> list[ItemVerdict]:
        """Decide and record items in one durable transaction; a verdict for each, in order.

        When the database is away, every item is answered with a problem that asks to send it again:
        its key finds out later whether it was recorded after all. A crash before the transaction
        leaves nothing recorded and nobody answered; a crash after it leaves all of it recorded, and
        pushing again is answered as a duplicate.

        Raises FencedError while the node is closed; nothing of these items was recorded.
        """
        for attempt in range(_ATTEMPTS):
            # Where something was erased, a key that is taken may not look so: see `erased_key`.
            asks = bool(attempt) or not self._confidence.holds or self._any_erased()
            try:
                self._guard.pass_through()
                with self._state.steady():
                    if asks:
                        self._state.catch_up()
                    seen = self._state.position
                    verdicts, batch = self._decide(items, asks=asks)
                if not asks and _is_refused(items, verdicts):
                    # It may have been recorded once, and then that is the answer.
                    self._confidence.lose()
                    continue
                if batch.events:
                    self._register_origins(batch)
                    positions = self._log.append(
                        batch.events, batch.keys, seen=None if asks else seen
                    )
            except PositionTakenError:
                # The same was pushed before, another process records, or an append whose answer
                # was lost had happened. Read what stands there and decide again.
                self._confidence.lose()
                self._heads.clear()
            except StoreUnavailableError:
                self._heads.clear()
                return [_away(item) for item in items]
            except FencedError:
                self._heads.clear()
                raise
            else:
                self._heads.update(batch.heads)
                self._guard.recorded((h.origin, h.sequence) for h in batch.heads.values())
                if batch.events:
                    self._state.recorded(positions, batch.records)
                    if self._on_recorded is not None:
                        self._on_recorded()
                return verdicts
        raise NodeError("places in the log were taken again and again by another process")

    def _register_origins(self, batch: Batch) -> None:
        """Make known which origins are this node's own, before the first event of each.

        A crash right after it leaves an origin without events, which is harmless.
        """
        new = [unit_id for unit_id in batch.heads if unit_id not in self._registered]
        if new:
            self._origins.register(
                OriginState(batch.heads[unit_id].origin, Direction.OWN, unit_id, 0, "", False)
                for unit_id in new
            )
            self._registered.update(new)

    def _decide(
        self, items: Sequence[Pushed | Problem], *, asks: bool
    ) -> tuple[list[ItemVerdict], Batch]:
        """`asks`: the log, which keys are taken; else none of them is."""
        pushed = [item for item in items if isinstance(item, Pushed)]
        record_keys = {id(item): self._record_key(item) for item in pushed}
        found = self._find_keys(pushed, list(record_keys.values())) if asks else ()
        now = self._now()
        batch = Batch(
            Context(now, self._hosting.level, self._state.directory),
            format_time(now),
            record_keys,
            {},
            {key.event_id: key for key in found},
            {key.record_key: key for key in found},
        )
        aggregates = self._aggregates(pushed)
        batch.histories.update(self._state.histories(text for _, text in aggregates.values()))
        verdicts: list[ItemVerdict] = []
        for item in items:
            if isinstance(item, Problem):
                verdicts.append(ItemVerdict(Outcome.REFUSED, "", problem=item))
            else:
                verdicts.append(self._decide_one(item, aggregates, batch))
        return verdicts, batch

    def _find_keys(self, pushed: Sequence[Pushed], record_keys: list[str]) -> Sequence[EventKey]:
        if self._any_erased():
            record_keys += [erased_key(record_key) for record_key in record_keys]
        return self._log.find_keys([item.event_text for item in pushed], record_keys)

    def _aggregates(self, pushed: Sequence[Pushed]) -> dict[int, Identifier]:
        """The aggregate of each item, by the item's `id()`; without those that name none.

        Not by event id: two callers whose requests were grouped may have given the same one. A
        correction belongs to its target's aggregate, which its sender need not know.
        """
        aggregates: dict[int, Identifier] = {}
        earlier: dict[str, str] = {}
        """Aggregates of events that stand earlier in the same batch."""
        targets = {id(item): str(target) for item in pushed if (target := target_of(item))}
        known = self._state.aggregates_of(targets.values()) if targets else {}
        for item in pushed:
            named = targets.get(id(item)) if targets else None
            aggregate: Identifier | None
            if named is not None:
                held = known.get(named) or earlier.get(named)
                aggregate = None if held is None else read_id(held)
            else:
                aggregate = item.aggregate or _default_aggregate(item)
            if aggregate is not None:
                aggregates[id(item)] = aggregate
                earlier.setdefault(item.event_text, aggregate[1])
        return aggregates

    def _record_key(self, item: Pushed) -> str:
        origin = self._hosting.origin_text(item.unit)
        return f"{origin}\x1f{item.body.source_system}\x1f{item.body.source_record_id}"

    def _decide_one(
        self, item: Pushed, aggregates: Mapping[int, Identifier], batch: Batch
    ) -> ItemVerdict:
        held = self._held(item, batch)
        if held is not None:
            return held
        directory = batch.directory
        event_id = item.event_text
        if not self._hosting.hosts(item.unit, item.body.occurred_on, directory):
            return refused(event_id, not_hosted(item, directory))
        aggregate = aggregates.get(id(item))
        if aggregate is None:
            return refused(event_id, no_aggregate(item))
        draft = Draft(item.event_id, aggregate[0], item.body)
        history = batch.histories.setdefault(aggregate[1], [])
        try:
            decision = decide(history, draft, batch.context)
        except Exception:  # one event's fault must not be the whole batch's
            _log.exception("deciding %s %s failed", item.body.spec.name, event_id)
            return refused(event_id, failed(item))
        if isinstance(decision, Accepted):
            decision = completed(decision, lambda *place: self._raw(batch, *place))
        if not isinstance(decision, Accepted):
            return refused(event_id, from_refusal(decision))
        head = batch.heads.get(item.unit) or self._heads.get(item.unit) or self._read_head(item)
        return batch.place(item, aggregate[1], decision, head)

    def _raw(self, batch: Batch, origin: UUID, sequence: int) -> bytes | None:
        """The bytes at a place, recorded already or with this batch."""
        for event in batch.events:
            if event.sequence == sequence and event.origin == origin:
                return event.raw
        held = self._log.read_stream(origin, sequence, sequence)
        return held[0].raw if held else None

    def _held(self, item: Pushed, batch: Batch) -> ItemVerdict | None:
        """The answer if this item, or another under its key, is recorded already."""
        event_id = item.event_text
        record_key = batch.record_keys[id(item)]
        key = batch.by_event.get(event_id) or batch.by_record.get(record_key)
        if key is None and self._any_erased():
            key = batch.by_record.get(erased_key(record_key))
        if key is None:
            return None
        if key.record_key.startswith(ERASED_KEY):
            return refused(event_id, erased(item, key))
        if key.content == item.content or self._means_the_same(key, item):
            digest = batch.digests.get(key.event_id) or self._digest(key)
            return ItemVerdict(
                Outcome.DUPLICATE,
                key.event_id,
                key.origin,
                key.sequence,
                digest,
                key.aggregate_id,
                item.notices,
            )
        return refused(event_id, key_conflict(item, key))

    def _means_the_same(self, key: EventKey, item: Pushed) -> bool:
        """Whether what is recorded under the key, read with today's schema, says the same.

        The digest differs although the content does not when the node has learned a newer schema
        version since: both are compared in that version then.
        """
        logged = self._log.read_stream(key.origin, key.sequence, key.sequence)
        record = to_record(decode(logged[0].raw)) if logged else None
        if record is None or record.type != item.body.spec.name:
            return False
        if item.aggregate is not None and item.aggregate[1] != record.aggregate_id:
            return False
        data = {name: value for name, value in record.data.items() if name != "aggregate_version"}
        return canonical(data) == item.written

    def _digest(self, key: EventKey) -> str:
        logged = self._log.read_stream(key.origin, key.sequence, key.sequence)
        return digest_of(logged[0].raw)

    def _read_head(self, item: Pushed) -> Head:
        origin = self._hosting.origin(item.unit)
        sequence = self._log.head(origin)
        self._guard.found(origin, sequence)
        last = self._log.read_stream(origin, sequence, sequence) if sequence else ()
        head = Head(origin, str(origin), sequence, decode(last[0].raw).recorded_at if last else "")
        self._heads[item.unit] = head
        return head


def _default_aggregate(item: Pushed) -> Identifier | None:
    """The aggregate that an event starts whose sender names none; None if it must name one."""
    own, text = beginning_as(item.event_text, "aggregate", item.unit)
    aggregate = item.body.default_aggregate_id(own)
    if aggregate is None:
        return None
    return (own, text) if aggregate is own else (aggregate, str(aggregate))


def _is_refused(items: Sequence[Pushed | Problem], verdicts: Sequence[ItemVerdict]) -> bool:
    """Whether anything was that could be read."""
    return any(
        verdict.problem is not None and isinstance(item, Pushed)
        for item, verdict in zip(items, verdicts, strict=True)
    )


def _away(item: Pushed | Problem) -> ItemVerdict:
    """What is wrong in itself is told first; the rest is to be sent again."""
    if isinstance(item, Problem):
        return ItemVerdict(Outcome.REFUSED, "", problem=item)
    return refused(item.event_text, away())
