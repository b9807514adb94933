"""Forms are told in words: no sender has to read a regular expression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from domain.events import EVENTS
from domain.patterns import pattern_words


def patterns(schema: Any) -> Iterator[str]:
    """Every pattern that a schema names."""
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name == "pattern" and isinstance(value, str):
                yield value
            else:
                yield from patterns(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from patterns(item)


NAMED = sorted({p for spec in EVENTS.values() for p in patterns(spec.body.model_json_schema())})


@pytest.mark.parametrize("pattern", NAMED)
def test_every_form_of_the_catalogue_has_words(pattern: str) -> None:
    assert pattern_words(pattern) != pattern_words("an unknown form")
