"""The one place where every free text of every event is screened.

Which fields hold free text follows from their types: `Label` and `RecordKey` carry a `TextKind`,
wherever in a body they stand. It is asked when an event is to be recorded, never when one is read:
what is recorded stays readable though the screening learns more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from domain.refusals import TEXT_NOT_ALLOWED, Refusal, refuse
from domain.screening import TextKind, screen


class FreeText(NamedTuple):
    """One free text of a body."""

    pointer: str
    text: str
    kind: TextKind


_Finder = Callable[[Any, str], Iterator[FreeText]]


class _Field(NamedTuple):
    """A field that may hold free text."""

    attribute: str
    name: str
    """In JSON."""
    kind: TextKind | None
    """Of a field that is one text and nothing else, which most are."""
    finder: _Finder


def text_refusal(body: BaseModel, at: str = "/data") -> Refusal | None:
    """Why a free text of the body may not be recorded, or None."""
    for attribute, name, kind, finder in _fields(type(body)):
        value = getattr(body, attribute)
        if kind is not None:
            if isinstance(value, str) and screen(value, kind) is not None:
                return _refusal(f"{at}/{name}", value, kind)
        elif value:
            for text in finder(value, f"{at}/{name}"):
                if (refusal := _refusal(*text)) is not None:
                    return refusal
    return None


def _refusal(pointer: str, text: str, kind: TextKind) -> Refusal | None:
    found = screen(text, kind)
    if found is None:
        return None
    return refuse(
        TEXT_NOT_ALLOWED,
        pointer,
        found.rule,
        vi="Trường này có {what}; hệ thống không lưu thông tin đó.",
        en="The field holds {what}, which is not kept here.",
        what=found.what,
    )


def free_texts(body: BaseModel, at: str = "/data") -> Iterator[FreeText]:
    """Every free text of a body with its JSON pointer."""
    for attribute, name, _, finder in _fields(type(body)):
        yield from finder(getattr(body, attribute), f"{at}/{name}")


@cache
def _fields(model: type[BaseModel]) -> tuple[_Field, ...]:
    """The fields of a model that may hold free text."""
    found: list[_Field] = []
    for attribute, field in model.model_fields.items():
        finder = _finder(field.annotation, field.metadata)
        if finder is not None:
            kind = next((mark for mark in field.metadata if isinstance(mark, TextKind)), None)
            found.append(_Field(attribute, field.alias or attribute, kind, finder))
    return tuple(found)


def _finder(annotation: Any, metadata: Sequence[Any] = ()) -> _Finder | None:
    """How to find free text in a value of that type; None if it holds none."""
    for mark in metadata:
        if isinstance(mark, TextKind):
            return _text(mark)
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *marks = get_args(annotation)
        return _finder(inner, marks)
    if origin in (Union, UnionType):
        return _any_of([f for f in map(_finder, get_args(annotation)) if f is not None])
    if origin in (tuple, list):
        return _items(_any_of([f for f in map(_finder, get_args(annotation)) if f is not None]))
    if origin is dict:
        return _values(_finder(get_args(annotation)[1]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _inside(annotation) if _fields(annotation) else None
    return None


def _text(kind: TextKind) -> _Finder:
    def find(value: Any, at: str) -> Iterator[FreeText]:
        if isinstance(value, str):
            yield FreeText(at, value, kind)

    return find


def _inside(model: type[BaseModel]) -> _Finder:
    def find(value: Any, at: str) -> Iterator[FreeText]:
        if isinstance(value, model):
            yield from free_texts(value, at)

    return find


def _any_of(finders: Sequence[_Finder]) -> _Finder | None:
    def find(value: Any, at: str) -> Iterator[FreeText]:
        for finder in finders:
            yield from finder(value, at)

    return find if finders else None


def _items(finder: _Finder | None) -> _Finder | None:
    def find(value: Any, at: str) -> Iterator[FreeText]:
        for index, item in enumerate(value or ()):
            if finder is not None:
                yield from finder(item, f"{at}/{index}")

    return None if finder is None else find


def _values(finder: _Finder | None) -> _Finder | None:
    def find(value: Any, at: str) -> Iterator[FreeText]:
        for name, item in (value or {}).items():
            if finder is not None:
                yield from finder(item, f"{at}/{name}")

    return None if finder is None else find
