"""Whether this node may record, and the way back if it may not.

At a start the log is compared with what stands beside it, with what was signed, and with what the
node above holds. While anything says that it was lost or rolled back, the guard is closed: reads
are served, senders are told to send again. The node asks the one above, which sends the streams
back; they are verified, their keys are made again, and the guard opens.

A crash at any step leaves the fence in the marker: the next start goes on.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.envelope import format_time
from contracts.holdings import HoldingsAsked, HoldingsTold
from domain.decisions import VIETNAM
from domain.directory import Directory
from domain.refusals import Text
from services.node.errors import StoreUnavailableError
from services.node.eventlog import EventLog
from services.node.hosting import Hosting
from services.node.origins import Origins
from services.node.recovery.asking import Asking
from services.node.recovery.guard import Guard
from services.node.recovery.keys import restore_keys
from services.node.recovery.marker import Fence, Marker, MarkerFile, Reason
from services.node.recovery.resuming import Resumer
from services.node.recovery.texts import Standing, refusal, said
from services.node.recovery.verifying import OwnStream, Verifier
from services.node.syncstate import Direction, OriginState

_log = logging.getLogger(__name__)
_BEAT_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Report:
    """How a node stands, for people."""

    standing: Standing
    fence: Fence | None
    heard: bool
    """Whether the node above has answered since the start."""
    streams: Sequence[OwnStream]
    """Own streams of which the node above spoke, or this node knows."""


class Recovery:
    """`run_once` is for one thread; the rest for any."""

    def __init__(
        self,
        node: str,
        file: MarkerFile,
        guard: Guard,
        log: EventLog,
        origins: Origins,
        hosting: Hosting,
        verifier: Verifier,
        resumer: Resumer,
        directory: Callable[[], Directory],
        now: Callable[[], datetime],
        *,
        units: Sequence[UUID],
        under: UUID | None,
        has_parent: bool,
        repeat_seconds: float,
    ) -> None:
        """`units`, `under`: what the node records for, as in its settings."""
        self._node = node
        self._file = file
        self._guard = guard
        self._log = log
        self._origins = origins
        self._hosting = hosting
        self._verifier = verifier
        self._resumer = resumer
        self._resumed = False
        """Whether the decision for a new seat, if one was taken, is recorded."""
        self._directory = directory
        self._now = now
        self._units = units
        self._has_parent = has_parent
        self._asking = Asking(
            node, hosting, directory, now, units=units, under=under, repeat_seconds=repeat_seconds
        )
        self._lock = threading.RLock()
        self._marker = Marker()
        self._written: Marker | None = None
        self._fence: Fence | None = None
        self._standing = Standing.OPEN
        self._heard = not has_parent
        self._own: set[UUID] = set()
        """Those of the streams told of that are this node's own."""
        self._wanted: dict[UUID, int] = {}
        """What is fetched: through which sequence."""
        self._streams: list[OwnStream] = []
        self._next_beat = 0.0

    # -- start and end

    def open(self) -> None:
        """Look at the log and at what stands beside it. Writes nothing.

        Raises StoreUnavailableError.
        """
        marker = self._file.read()
        self._written = marker
        self._marker = marker or Marker()
        self._guard.recorded(self._marker.heads.items())
        if self._marker.fence is not None:
            self._close(self._marker.fence)
            return
        reason = self._suspicion(marker)
        if reason is not None:
            self._close(Fence(self._asking.question, format_time(self._now()), reason))

    def _suspicion(self, marker: Marker | None) -> Reason | None:
        """Why the log may not be the one this node had; None if nothing says so."""
        if marker is None and self._has_parent:
            return Reason.UNMARKED
        if marker is not None and marker.copied and self._has_parent:
            return Reason.COPIED
        if marker is not None and self._behind(marker.heads):
            return Reason.BEHIND_MARKER
        own = self._origins.of({Direction.OWN})
        if self._behind({origin: self._verifier.covered(origin) for origin in own}):
            return Reason.BEHIND_RECEIPT
        return None

    def _behind(self, heads: Mapping[UUID, int]) -> bool:
        held = self._log.heads() if len(heads) > 8 else {o: self._log.head(o) for o in heads}
        return any(held.get(origin, 0) < head for origin, head in heads.items())

    def start(self) -> None:
        """The node begins to record: make the marker say how it stands.

        Raises StoreUnavailableError.
        """
        with self._lock:
            self._write()

    def stop(self) -> None:
        """The node ends."""
        with self._lock:
            if self._written is not None:
                try:
                    self._write()
                except StoreUnavailableError as error:
                    _log.warning("recovery: %s", error)  # it says less than is so, never more

    def _close(self, fence: Fence) -> None:
        with self._lock:
            self._fence, self._asking.question = fence, fence.question
            self._stand(Standing.ASKING)
        # A new node closes too, for as long as it takes to hear that it is new.
        level = logging.INFO if fence.reason is Reason.UNMARKED else logging.WARNING
        _log.log(level, "recovery: %s", said(fence.reason, self._standing).en)

    def _stand(self, standing: Standing) -> None:
        if self._fence is not None:
            self._standing = standing
            self._guard.close(refusal(self._fence.reason, standing))

    def _write(self) -> None:
        """Bring the file level. A crash before it: the file says less, never more, than is so."""
        self._save(Marker(self._guard.heads, self._fence, self._marker.seat))

    def _save(self, marker: Marker) -> None:
        if marker != self._written:
            try:
                self._file.write(marker)
            except OSError as error:
                # A full disk, as a rule: waited for, as for the stores themselves.
                raise StoreUnavailableError(
                    f"{self._file.path} cannot be written: {error.strerror or error}"
                ) from error
            self._written = marker

    # -- what is asked for, and what restores

    def questions(self) -> list[tuple[str, HoldingsAsked]]:
        """Questions that are due now, and the key under which each is sent."""
        with self._lock:
            return [] if self._heard else self._asking.due()

    def question(self) -> HoldingsAsked | None:
        """What a bundle to the node above asks; None if this node has its answer.

        A closed node keeps the question first, because its answer may come to another process.
        """
        with self._lock:
            if self._heard:
                return None
            if self._fence is not None:
                self._write()
            return self._asking.whole()

    def told(self, message: HoldingsTold) -> None:
        """The node above answers. Raises StoreUnavailableError."""
        with self._lock:
            if self._heard or not self._asking.hear(message):
                return  # an answer to somebody who is no more: it says what was true once
        self._register()

    def _register(self) -> None:
        """Sort out which of these streams are this node's to hold, and make them known.

        A unit that the catalogue here does not name yet is looked at again later. The streams that
        an open node writes are its own business.
        """
        directory, today = self._directory(), self._now().astimezone(VIETNAM).date()
        new: list[OriginState] = []
        for stream in list(self._asking.told.values()):
            hosted = self._hosting.hosts(stream.unit_id, today, directory)
            written = hosted and self._hosting.origin(stream.unit_id) == stream.origin
            if stream.by not in ("", self._node) and not written:
                continue  # another node's, which records for the same unit or took it over
            level = directory.level(stream.unit_id)
            below = level is not None and level.rank < self._hosting.level.rank
            if not (hosted or below) or (written and self._fence is None):
                continue
            if hosted:
                self._own.add(stream.origin)
            if self._log.head(stream.origin) >= stream.head:
                continue
            direction = Direction.OWN if hosted else Direction.BELOW
            new.append(
                OriginState(stream.origin, direction, stream.unit_id, stream.head, "", False)
            )
        self._origins.register(new)
        at = format_time(self._now())
        with self._lock:
            for state in new:
                self._origins.seen(state.origin, at, state.announced)
                self._wanted[state.origin] = state.announced

    # -- for the receiver (`services.node.sorting.Restoring`)

    def restores(self, origin: UUID) -> int:
        """Through which sequence events of this stream, own or from below, are taken from the node
        above now; 0 if they are not."""
        return self._wanted.get(origin, 0)

    def drops(self, origin: UUID) -> bool:
        """Whether events of an own stream that come from above are left for now: what was sent
        back before a crash comes again when it is asked for."""
        return self._fence is not None and origin not in self._wanted

    def wanted(self) -> Sequence[UUID]:
        """The streams that are fetched."""
        with self._lock:
            return list(self._wanted)

    def differing(self) -> Sequence[UUID]:
        """Own streams of which the node above holds other events, or other events were signed."""
        with self._lock:
            streams = [] if self._fence is None else self._streams
            return [one.origin for one in streams if one.standing is Standing.DIFFERS]

    def heard_of(self, heads: Mapping[UUID, int]) -> None:
        """The node above has so much of these streams, or vouches for so much: a receipt.

        Raises StoreUnavailableError.
        """
        if self._fence is not None:
            return
        own = {o: head for o, head in heads.items() if self._is_own(o)}
        if self._behind(own):
            self._suspect(Reason.BEHIND_RECEIPT)

    def _is_own(self, origin: UUID) -> bool:
        state = self._origins.state(origin)
        return state is not None and state.direction == Direction.OWN

    def _is_forked(self, origin: UUID) -> bool:
        state = self._origins.state(origin)
        return state is not None and state.forked

    def _suspect(self, reason: Reason) -> None:
        """Something says that the log under a running node is not what it was."""
        with self._lock:
            self._heard = False
            self._asking.anew()
            self._close(Fence(uuid.uuid4(), format_time(self._now()), reason))
            self._write()

    # -- the worker

    def run_once(self) -> int:
        """One step: keep the marker level, compare, open. Raises StoreUnavailableError."""
        moment = time.monotonic()
        if moment >= self._next_beat:
            self._next_beat = moment + _BEAT_SECONDS
            self._beat()
        if self._heard:
            return 0
        self._register()
        with self._lock:
            if not self._asking.is_answered():
                return 0
            streams = self._judged()
            if streams is None:
                return 0
            self._streams = streams
            worst = _worst(streams)
            if worst is Standing.OPEN:
                self._open()
            elif self._fence is None:
                differs = worst is Standing.DIFFERS
                self._suspect(Reason.DIFFERS if differs else Reason.BEHIND_PARENT)
            else:
                self._look_further(worst)
        return 0

    def _beat(self) -> None:
        if self._guard.fallen and self._fence is None:
            self._suspect(Reason.BEHIND_MARKER)
        with self._lock:
            if self._fence is not None:
                found = self._file.read()
                if self._is_overridden(found):
                    _log.warning("recovery: a person says that nothing was lost; going on")
                    self._written = found
                    self._guard.forget()
                    self._own.clear()
                    self._open()
                    self._heard = not self._has_parent  # who may yet know better
                    return
            self._write()
        self._resume()

    def _resume(self) -> None:
        """Record that the node goes on under a new seat, as soon as it can record."""
        change = self._marker.seat
        if self._resumed or self._fence is not None or self._directory().is_empty:
            return
        if change is not None and self._hosting.seat == change.now:
            self._resumed = self._resumer.say(change)
        else:
            self._resumed = True

    def _is_overridden(self, found: Marker | None) -> bool:
        """Whether a person has opened the fence meanwhile; a new seat takes a new start."""
        return (
            found is not None
            and not found.copied
            and found.fence is None
            and found.seat == self._marker.seat
        )

    def _judged(self) -> list[OwnStream] | None:
        """The streams that this node writes, and, behind a fence, those of earlier seats: these
        need only come back. None if that cannot be said in this moment."""
        recorded, told = self._guard.heads, self._asking.told
        origins = {self._hosting.origin(unit) for unit in self._units}
        origins.update(o for o in (*recorded, *told) if self._is_own(o))
        found: list[OwnStream] = []
        for origin in sorted(origins | self._own):
            written = self._is_written(origin)
            if not written and self._fence is None:
                continue
            stream = self._verifier.judge(origin, told.get(origin), recorded.get(origin, 0))
            if stream is None:
                return None
            if stream.standing is Standing.FETCHING and self._is_forked(origin):
                stream = replace(stream, standing=Standing.DIFFERS)  # it is stopped: nothing comes
            if stream.known:
                ended = not written and stream.standing is not Standing.FETCHING
                found.append(replace(stream, standing=Standing.OPEN) if ended else stream)
        return found

    def _is_written(self, origin: UUID) -> bool:
        """Whether this node records into it, under its present seat."""
        if any(self._hosting.origin(unit) == origin for unit in self._units):
            return True
        state = self._origins.state(origin)
        return (
            state is not None
            and state.direction == Direction.OWN
            and bool(state.unit_id)
            and self._hosting.origin(state.unit_id) == origin
        )

    def _look_further(self, standing: Standing) -> None:
        """It is not as it must be yet. What was lost on its way may still arrive above: ask again,
        more and more rarely."""
        if standing is not self._standing:
            _log.warning("recovery: %s", said(_reason(self._fence), standing).en)
        self._stand(standing)
        if standing is Standing.LOST and self._asking.is_repeating(time.monotonic()):
            self._asking.forget_answers()

    def _open(self) -> None:
        """All is as it must be. Keys first: a crash after them leaves the fence, and they are made
        again; the fence goes before the guard."""
        fenced = self._fence is not None
        if fenced:
            for origin in sorted(self._own | set(self._guard.heads)):
                restore_keys(self._log, origin)
        for stream in self._streams:
            self._guard.recorded([(stream.origin, stream.held)])
        self._save(Marker(self._guard.heads, None, self._marker.seat))
        self._wanted = {o: n for o, n in self._wanted.items() if not self._is_written(o)}
        self._own.clear()
        self._standing = Standing.OPEN
        self._guard.open()
        self._fence, self._heard = None, True
        if fenced:
            held = [f"{s.origin} {s.held} (proven {s.proven})" for s in self._streams if s.held]
            _log.info("recovery: recording goes on; held: %s", ", ".join(held) or "nothing")

    # -- for people

    def report(self) -> Report:
        """How it stands."""
        with self._lock:
            return Report(self._standing, self._fence, self._heard, list(self._streams))

    def reasons(self) -> list[Text]:
        """Why the node does not record; none if it does."""
        fence, standing = self._fence, self._standing
        return [] if fence is None else [said(fence.reason, standing)]


def _reason(fence: Fence | None) -> Reason:
    return Reason.UNMARKED if fence is None else fence.reason


_ORDER: Final = (Standing.OPEN, Standing.LOST, Standing.FETCHING, Standing.DIFFERS)


def _worst(streams: Sequence[OwnStream]) -> Standing:
    return max((stream.standing for stream in streams), key=_ORDER.index, default=Standing.OPEN)
