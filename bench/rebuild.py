"""Stage `rebuild`: all read models anew from the whole log."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from bench.byhand import ByHand
from bench.catalogue import catalogue
from bench.copies import Copies
from bench.happenings import Recorded
from bench.load import recorded
from bench.measuring import Case, Contender, Role, Sample
from bench.project import floor_of, result_rows
from bench.projecting import projector
from bench.stores import Store, fill

CORE: Final = ("activity", "model_ratings", "model_stock", "report_status")
"""What the figures are computed from."""

PROVINCES: Final = 20
"""How many have the events of a run each: so many in all that starting processes, which takes half
a second, is a small part of a rebuild."""


def cases(store: Store, events: int) -> Iterator[Case]:
    """`Projector.rebuild` of twenty times so many events, comparison with the rows before and swap
    included: all, and the figures' models without the timeline."""
    load = _history(events)
    few = [*catalogue(), *recorded(max(events // 10, 1))]  # by hand minutes are needed for more
    rows = result_rows(store, load)
    yield Case(
        "rebuild",
        "five read models",
        store.name,
        [_node(store, load), _by_hand(store, few), floor_of(store, load, rows)],
    )
    core = [table for table in rows if table.table.name.rpartition("_g")[0] in CORE]
    yield Case(
        "rebuild",
        "four read models of figures, without the timeline",
        store.name,
        [
            _node(store, load, CORE),
            _by_hand(store, few, timeline=False),
            floor_of(store, load, core),
        ],
    )


def _history(events: int) -> list[Recorded]:
    """The story of a province, and its copies in the others."""
    story = recorded(events)
    copies = Copies(story, PROVINCES - 1)
    others = chain.from_iterable(copies.copy(number) for number in range(1, PROVINCES))
    return [*catalogue(PROVINCES), *story, *others]


def _node(store: Store, load: Sequence[Recorded], only: Sequence[str] = ()) -> Contender:
    def run() -> Sample:
        with store.fresh() as where:
            fill(where, load)
            with projector(where) as projecting:
                projecting.catch_up()
                started = time.perf_counter()
                rebuilt = projecting.rebuild(only=only)
                seconds = time.perf_counter() - started
                if rebuilt.events != len(load) or not rebuilt.comparable or rebuilt.differing:
                    raise RuntimeError(f"the rebuild differs: {rebuilt}")
                return Sample(len(load), seconds)

    return Contender(Role.NODE, "node", run)


def _by_hand(store: Store, load: Sequence[Recorded], *, timeline: bool = True) -> Contender:
    def run() -> Sample:
        with store.fresh() as where:
            fill(where, load)
            by_hand = ByHand(where, timeline=timeline)
            try:
                started = time.perf_counter()
                return Sample(by_hand.run(), time.perf_counter() - started)
            finally:
                by_hand.close()

    return Contender(Role.LIBRARY, "SQLAlchemy Core, upserts per event", run)
