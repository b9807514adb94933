"""What the details of a figure are called: a measure's parts, by a choice that events make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from domain.labels import label
from domain.refusals import Text


def parts_of(
    measures: Mapping[str, Text], by: Mapping[str, Iterable[StrEnum]]
) -> Mapping[str, Text]:
    """Titles of the parts, by measure and choice: {"met.survey": Text(…)}.

    `by` says which measures have parts, and which choices divide each of them.
    """
    return {
        f"{measure}.{choice.value}": Text(
            f"{measures[measure].vi}: {label(choice).vi}",
            f"{measures[measure].en}: {label(choice).en}",
        )
        for measure, choices in by.items()
        for choice in choices
    }
