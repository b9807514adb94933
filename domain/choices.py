"""Choices that carry their own names: an enumeration whose members say what they are called.

    class Purpose(Choice):
        LEARNING = "learning", "học tập kinh nghiệm", "learning from it"

Names of the choices that are plain `StrEnum` stand in `domain.labels`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from domain.refusals import Text


class Choice(StrEnum):
    """A member is its recorded value, and has `text`: what a person reads."""

    text: Text

    def __new__(cls, value: str, vi: str = "", en: str = "") -> Self:
        """Of the recorded value, the Vietnamese name and the English one.

        Only a lookup, `Purpose("learning")`, goes without names; it never comes here.
        """
        member = str.__new__(cls, value)
        member._value_ = value
        member.text = Text(vi, en)
        return member
