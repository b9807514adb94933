"""Placements are worked out once for a directory, and never shared between two."""

from __future__ import annotations

import gc
import weakref
from datetime import date

from domain.directory import Directory
from services.node.figures.placement import place
from services.node.figures.span import Span
from tests.domain.scenario import ident
from tests.node.figures import quan5

QUAN_5 = ident("quan 5")
H1 = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
LAST_DAY = date(2025, 6, 14)


def test_the_same_question_is_worked_out_once() -> None:
    directory = Directory.fold(quan5.founded().records)
    first = place(directory, QUAN_5, H1, None)
    assert place(directory, QUAN_5, H1, None) is first
    assert place(directory, QUAN_5, H1, LAST_DAY) is not first


def test_a_directory_that_learned_of_a_merger_places_anew() -> None:
    log = quan5.founded()
    before = Directory.fold(log.records)
    stood = place(before, QUAN_5, H1, LAST_DAY).homes[ident("p8")].row
    quan5.merge_wards(log)
    after = before.with_records(log.records)
    assert stood == ident("p8")
    assert place(after, QUAN_5, H1, LAST_DAY).homes[ident("p8")].row == ident("p7")
    assert place(before, QUAN_5, H1, LAST_DAY).homes[ident("p8")].row == ident("p8")


def test_only_so_many_are_kept_and_none_of_a_directory_that_is_gone() -> None:
    directory = Directory.fold(quan5.founded().records)
    first = place(directory, QUAN_5, H1, None)
    for day in range(1, 21):
        place(directory, QUAN_5, H1, date(2025, 3, day))
    assert place(directory, QUAN_5, H1, None) is not first
    gone = weakref.ref(directory)
    del directory
    gc.collect()
    assert gone() is None
