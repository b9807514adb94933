"""The work that is done at each size of a log, always the same: it appends, reads, receives from a
carrier, projects, and answers pages."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as datetime_time
from functools import partial
from itertools import groupby
from typing import Final
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from bench.country import CENTRE, COMMUNES, PROVINCE, organisation_of, unit_of
from bench.happenings import Recorded, Recorder, as_new
from bench.load import meetings, recorded
from bench.multiply import Multiplied
from bench.processor import Stopwatch, Taken
from bench.stores import Where
from contracts.envelope import BATCH_MEDIA_TYPE, join_batch
from domain.identifiers import time_ordered
from services.node.api.app import create_app
from services.node.carriers import Message
from services.node.eventlog import EventKey
from services.node.node import Node
from services.node.receiver import Receiver
from services.node.settings import Settings
from services.province.spec import SPEC

A_DAY: Final = 400
"""Events of the first province on each day."""
_FIRST: Final = date(2015, 1, 1)
_BATCH: Final = 1_000

Turn = tuple[str, Taken]
"""The name of some work, and what it took once."""


@contextmanager
def opened(where: Where) -> Iterator[Node]:
    """A province's node on a store."""
    settings = Settings(
        node="bench", units=(PROVINCE,), database=where.database, data_dir=where.folder
    )
    node = Node(settings, SPEC)
    try:
        node.open()
        yield node
    finally:
        node.close()


def key_of(event: Recorded) -> EventKey:
    """The key that the node which recorded an event has beside it."""
    record = f"{event.origin}\x1fbench.local-system\x1f{event.type}/2015/{event.sequence:09d}"
    return EventKey(
        event.event_id,
        record,
        event.event_id.replace("-", "") * 2,
        event.aggregate_id,
        event.origin,
        event.sequence,
    )


class Work:
    """The work at one size, always the same."""

    def __init__(
        self, where: Where, copies: Multiplied, days: int, base: int, done: int, times: int
    ) -> None:
        assert where.database is not None  # noqa: S101 # it is a PostgresStore
        self._where = where
        self._database = where.database
        self._raws = [event.raw for event in recorded(_BATCH)]
        self._watch = Stopwatch(where.database)
        self._base = base
        # Those of the copied provinces: the story of the first goes on through the carrier.
        self._communes = range(COMMUNES, COMMUNES * (copies.provinces + 1))
        self._streams = list(heads := copies.heads())
        self.recorder = Recorder(heads)
        self._day = _FIRST + timedelta(days=days + copies.newest)
        self._month = _month(_FIRST + timedelta(days=copies.complete))
        self._times = times
        self._random = random.Random(done)  # noqa: S311 # load to measure with, no secrets
        self.done = done
        """Events of the first province's story that are recorded."""

    def measured(self) -> Iterator[Turn]:
        """Each kind of work, again and again. It is done when it is asked for, so whoever takes
        from several logs by turns has them do the same at the same time."""
        with opened(self._where) as node:
            self._continue(node)
            yield from self._logged(node)
            yield from self._projected(node)
            yield from self._received(node)
            for _ in range(3):
                yield "load the directory", self._watch.timed(node.state.reload)
            yield from self._pages(node)

    def _logged(self, node: Node) -> Iterator[Turn]:
        log, size, timed = node.log, node.log.position(), self._watch.timed
        for _ in self._turns:
            yield "append 1,000 events", self._append(node, _BATCH, keys=False)
        for _ in self._turns:
            yield "append 1,000 own events", self._append(node, _BATCH, keys=True)
        for _ in range(5 * self._times):
            yield "append one own event", self._append(node, 1, keys=True)
        for _ in self._turns:
            place = self._random.randrange(max(size - _BATCH, 1))
            yield "read 1,000 events", timed(partial(log.read, place, _BATCH))
        origins = self._random.choices(self._streams, k=5 * self._times)
        for origin in origins:
            yield "read the head of a stream", timed(partial(log.head, origin))
        for origin in origins:
            yield "read one event of a stream", timed(partial(log.read_stream, origin, 1, 1))
        for _ in self._turns:
            yield "look for 1,000 new keys", self._look(node, self._new_id)
        for _ in self._turns:
            yield "look for 1,000 keys drawn at random", self._look(node, uuid4)

    def _continue(self, node: Node) -> None:
        """One event in each stream, its tree at hand, and its figures, unmeasured: what a node and
        its server have in memory that have been running, and not just made all indexes anew."""
        communes = list(self._communes)
        self._random.shuffle(communes)
        for start in range(0, len(communes), _BATCH):
            seed = self._random.randrange(2**40)
            part = communes[start : start + _BATCH]
            events = meetings(part, self.recorder, self._day, seed)
            node.log.append(list(map(as_new, events)), list(map(key_of, events)))
            for event in events:
                node.trees.root(event.origin, event.sequence - 1)
        _drain(node)

    @property
    def _turns(self) -> range:
        return range(self._times)

    def _append(self, node: Node, count: int, *, keys: bool) -> Taken:
        communes = self._random.sample(self._communes, count)
        seed = self._random.randrange(2**40)
        events = meetings(communes, self.recorder, self._day, seed)
        new = [as_new(event) for event in events]
        held = [key_of(event) for event in events] if keys else []
        return self._watch.timed(lambda: node.log.append(new, held))

    def _new_id(self) -> UUID:
        midnight = datetime.combine(self._day, datetime_time(), UTC)
        return time_ordered(int(midnight.timestamp() * 1000), self._random.getrandbits(128))

    def _look(self, node: Node, new_id: Callable[[], UUID]) -> Taken:
        events = [str(new_id()) for _ in range(_BATCH)]
        origins = self._random.choices(self._streams, k=_BATCH)
        records = [f"{o}\x1fbench.local-system\x1fMeetingHeld/2099/1" for o in origins]
        return self._watch.timed(lambda: node.log.find_keys(events, records))

    def _projected(self, node: Node) -> Iterator[Turn]:
        """By the thousand, as what was appended above stands in the log."""
        folded = [0]
        while True:
            one = self._watch.timed(lambda: folded.append(node.projector.run_once()))
            if not folded[-1]:
                return
            part = _BATCH / folded[-1]
            processor = None if one.processor is None else one.processor * part
            yield "project 1,000 events", Taken(one.wall * part, processor)

    def _received(self, node: Node) -> Iterator[Turn]:
        """The first province's story goes on, and comes through a carrier, a run of each origin
        after the other."""
        turns = max(1, self._times // 4)
        upto = self.done + turns * _BATCH
        story = recorded(upto, day_of=self._day_of)[self.done :]
        self.done = upto
        (receiver,) = node.receivers
        node.carrier.ensure_topics([receiver.topic])
        sender = node.carrier.sender()
        receiver.run_once(0.0)
        for start in range(0, len(story), _BATCH):
            sender.send(_messages(receiver.topic, story[start : start + _BATCH]))
            receive = partial(_receive, receiver, receiver.received + _BATCH)
            yield "receive 1,000 events", self._watch.timed(receive)
            yield "project what was received", self._watch.timed(partial(_drain, node))
        sender.close()

    def _day_of(self, index: int) -> date:
        return _FIRST + timedelta(days=index // A_DAY) if index < self._base else self._day

    def _pages(self, node: Node) -> Iterator[Turn]:
        app = create_app(node)  # never started: its workers would work beside what is measured
        for name, path in _addresses(self._month).items():
            for _ in range(max(3, self._times // 4)):
                yield name, self._watch.timed(partial(_ask, app, path))


def _addresses(month: str) -> dict[str, str]:
    """The pages measured: of the whole country and of one commune, of the last whole month and of
    long ago."""
    commune = unit_of("commune", COMMUNES)
    country, one = f"unit={CENTRE}&period={month}", f"unit={commune}&period={month}"
    org = organisation_of(unit_of("commune", 0), "police")
    return {
        "page: overview, country": f"/?{country}",
        "page: overview, commune": f"/?{one}",
        **{
            f"page: {name}, country": f"/figures/{name}?{country}"
            for name in ("report-status", "meeting-compliance", "model-stock", "activity")
        },
        "page: model stock, commune": f"/figures/model-stock?{one}",
        "page: timeline, country": f"/timeline?{country}",
        "page: timeline, country, first quarter": f"/timeline?unit={CENTRE}&period=2015-Q1",
        "page: timeline, commune": f"/timeline?{one}",
        "page: timeline, country, one type": f"/timeline?{country}&type=ModelRetired",
        "page: synchronisation": "/sync",
        "events, first page": "/v1/events?limit=100",
        "events of a commune": f"/v1/events?unit={commune}&limit=100",
        "events of an organisation": f"/v1/events?org={org}&limit=100",
        "events retracted": "/v1/events?status=retracted&limit=100",
        "events of a day": "/v1/events?from=2015-02-01&to=2015-02-01&limit=100",
    }


def _messages(topic: str, events: Sequence[Recorded]) -> list[Message]:
    ordered = sorted(events, key=lambda event: (str(event.origin), event.sequence))
    return [
        Message(topic, str(origin), join_batch([e.raw for e in run]), BATCH_MEDIA_TYPE)
        for origin, run in groupby(ordered, key=lambda event: event.origin)
    ]


def _ask(app: FastAPI, path: str) -> None:
    asyncio.run(_asked(app, path))


async def _asked(app: FastAPI, path: str) -> None:
    """Ask for a page. Raises httpx.HTTPStatusError if it is refused."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        (await client.get(path)).raise_for_status()


def _month(end: date) -> str:
    """The last whole month before a day; the first one if there is none before it."""
    last = end.replace(day=1) - timedelta(days=1)
    return f"{max(last, _FIRST):%Y-%m}"


def _receive(receiver: Receiver, upto: int) -> None:
    while receiver.received < upto:
        receiver.run_once(0.0)


def _drain(node: Node) -> None:
    while node.projector.run_once():
        pass
