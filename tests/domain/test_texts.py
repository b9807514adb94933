"""Everything a person may read stands in both languages."""

from __future__ import annotations

import enum
import importlib
import pkgutil
from datetime import date

import pytest

import domain
from domain.choices import Choice
from domain.labels import LABELS, label
from domain.refusals import KINDS, RefusalKind, Text


def _choices() -> set[type[enum.StrEnum]]:
    found: set[type[enum.StrEnum]] = set()
    for module in pkgutil.iter_modules(domain.__path__):
        for value in vars(importlib.import_module(f"domain.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, enum.StrEnum) and len(value):
                found.add(value)
    return found


@pytest.mark.parametrize("choices", sorted(_choices(), key=str), ids=lambda c: c.__name__)
def test_every_choice_has_a_name_in_both_languages(choices: type[enum.StrEnum]) -> None:
    if choices.__name__ == "Verdict":
        return  # a sender's program reads it, no person does
    assert issubclass(choices, Choice) or set(LABELS[choices]) == set(choices)
    assert all(label(choice).vi and label(choice).en for choice in choices)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_every_refusal_says_what_to_do_in_both_languages(kind: RefusalKind) -> None:
    assert all((kind.title.vi, kind.title.en, kind.remedy.vi, kind.remedy.en))
    assert kind.code == kind.code.lower().replace("_", "-")


def test_each_language_writes_a_day_and_a_name_its_own_way() -> None:
    text = Text("{level}, {day}", "{level}, {day}")
    filled = text.format(level=Text("xã", "commune"), day=date(2025, 6, 9))
    assert filled == Text("xã, 9/6/2025", "commune, 2025-06-09")
