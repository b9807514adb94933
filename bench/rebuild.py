"""Stage `rebuild`: all read models anew from the whole log."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from bench.byhand import ByHand
from bench.load import Recorded, catalogue, recorded
from bench.measuring import Case, Contender, Role, Sample
from bench.project import floor_of, result_rows
from bench.projecting import projector
from bench.stores import Store, fill


def cases(store: Store, events: int) -> Iterator[Case]:
    """One case: `Projector.rebuild`, comparison with the rows before and swap included."""
    load = [*catalogue(), *recorded(events)]
    few = load[: max(len(load) // 10, 1)]  # by hand minutes are needed for more
    yield Case(
        "rebuild",
        "five read models",
        store.name,
        [
            _node(store, load),
            _by_hand(store, few),
            floor_of(store, load, result_rows(store, load)),
        ],
    )


def _node(store: Store, load: Sequence[Recorded]) -> Contender:
    def run() -> Sample:
        with store.fresh() as where:
            fill(where, load)
            with projector(where) as projecting:
                while projecting.run_once():
                    pass
                started = time.perf_counter()
                rebuilt = projecting.rebuild()
                seconds = time.perf_counter() - started
                if rebuilt.events != len(load) or rebuilt.differing:
                    raise RuntimeError(f"the rebuild differs: {rebuilt}")
                return Sample(len(load), seconds)

    return Contender(Role.NODE, "node", run)


def _by_hand(store: Store, load: Sequence[Recorded]) -> Contender:
    def run() -> Sample:
        with store.fresh() as where:
            fill(where, load)
            by_hand = ByHand(where)
            try:
                started = time.perf_counter()
                return Sample(by_hand.run(), time.perf_counter() - started)
            finally:
                by_hand.close()

    return Contender(Role.LIBRARY, "SQLAlchemy Core, upserts per event", run)
