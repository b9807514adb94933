"""Fields and values of events in the words of a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, get_args

from pydantic import BaseModel

from domain.directory import Directory
from domain.events import EVENTS
from domain.field_labels import field_label
from domain.labels import label
from domain.refusals import Text
from services.node.history.changes import Value
from services.node.language import Language

_ITEM: Final = re.compile(r"\[[^\]]*\]")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
NOTHING: Final = Text("không có", "none")
YES_NO: Final = (Text("không", "no"), Text("có", "yes"))


def field_title(type_name: str | None, path: str, language: Language) -> str:
    """What a field is called, with what it stands in: "Tồn tại [f1]: Mức độ"."""
    words = []
    for part in path.split("."):
        name, _, item = part.partition("[")
        words.append(
            language.of(field_label(type_name or "", name)) + (f" [{item}" if item else "")
        )
    return ": ".join(words)


class Wording:
    """Values in words, with the names that units and organisations have in one state."""

    def __init__(self, directory: Directory, language: Language, day: date) -> None:
        self._directory = directory
        self._language = language
        self._day = day

    def unit(self, unit_id: str) -> str:
        """A unit's name on the day, or the nearest; its id if it is not known here."""
        found = self._directory.attributes(unit_id, self._day)
        return unit_id if found is None else found.name

    def organisation(self, org_id: str) -> str:
        """An organisation's name on the day; its id if it is not known here."""
        found = self._directory.organisation(org_id)
        return org_id if found is None else found.name_at(self._day.toordinal())

    def value(self, type_name: str | None, path: str, value: Value | None) -> str:
        """A value of a field of a type as a person reads it."""
        language = self._language
        if value is None:
            return language.of(NOTHING)
        if isinstance(value, tuple):
            return ", ".join(self.value(type_name, path, item) for item in value)
        if isinstance(value, bool):
            return language.of(YES_NO[value])
        if isinstance(value, int):
            return str(value) if path == "year" else language.number(value)
        text = str(value)
        choice = _choices(type_name or "").get(_ITEM.sub("", path))
        if choice is not None and text in set(choice):
            return language.of(label(choice(text)))
        if self._directory.unit(text) is not None:
            return self.unit(text)
        if self._directory.organisation(text) is not None:
            return self.organisation(text)
        return language.day(date.fromisoformat(text)) if _DAY.fullmatch(text) else text


@lru_cache(maxsize=256)
def _choices(type_name: str) -> dict[str, type[StrEnum]]:
    """By path, without places in lists: the fields of a type that hold one of a few choices."""
    spec = EVENTS.get(type_name)
    return {} if spec is None else dict(_choices_in(spec.body, ""))


def _choices_in(body: type[BaseModel], before: str) -> Iterator[tuple[str, type[StrEnum]]]:
    for name, field in body.model_fields.items():
        path = before + (field.alias or name)
        for kind in _kinds(field.annotation):
            if issubclass(kind, StrEnum):
                yield path, kind
            elif issubclass(kind, BaseModel):
                yield from _choices_in(kind, f"{path}.")


def _kinds(annotation: Any) -> Iterator[type]:
    """The classes that an annotation is made of."""
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for part in get_args(annotation):
        yield from _kinds(part)
