"""What is written by hand for comparison gives the rows of the node's read models."""

from __future__ import annotations

from bench import load
from bench.byhand import ByHand
from bench.catalogue import catalogue
from bench.projecting import MODELS, projector, tables
from bench.stores import SQLiteStore, fill


def test_the_same_rows() -> None:
    with SQLiteStore().fresh() as where:
        fill(where, [*catalogue(), *load.recorded(2_500)])
        by_hand = ByHand(where)
        by_hand.run()
        with projector(where) as projecting:
            while projecting.run_once():
                pass
            held = {table.table.name.rpartition("_g")[0]: table for table in tables(projecting)}
        for model in MODELS:
            expected = sorted(held[model.name].rows, key=repr)
            assert expected
            assert sorted(by_hand.rows(model.name), key=repr) == expected
        by_hand.close()
