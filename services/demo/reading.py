"""Finding a figure in an answer of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Read = Callable[[Any], str | None]
"""The figure in an answer, as text; None if the answer does not hold it."""


def at(*path: str) -> Read:
    """What stands at a path of keys; a share as "9/10".

    A step "name=value" goes to the element of a list whose field has that value; the name may
    itself be a path, with dots.
    """

    def read(answer: Any) -> str | None:
        for step in path:
            answer = _element(answer, step) if isinstance(answer, list) else _member(answer, step)
        if answer is None:
            return None
        if isinstance(answer, Mapping):
            return f"{answer['numerator']}/{answer['denominator']}"
        return str(answer)

    return read


def standing_on(day: str) -> Read:
    """Of an answer about a unit: which of its organisations is the standing one on a day."""

    def read(answer: Any) -> str | None:
        for organisation in answer["organisations"]:
            for spell in organisation["roles"]:
                began = spell["valid_from"] <= day
                ended = spell["valid_to"] is not None and spell["valid_to"] < day
                if spell["role"] == "standing_org" and began and not ended:
                    return str(organisation["name"])
        return None

    return read


def _member(answer: Any, name: str) -> Any:
    return answer.get(name) if isinstance(answer, Mapping) else None


def _element(elements: list[Any], step: str) -> Any:
    path, _, wanted = step.partition("=")
    for element in elements:
        found = element
        for name in path.split("."):
            found = _member(found, name)
        if found == wanted:
            return element
    return None
