"""Which language the command line speaks: Vietnamese, or English when asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from services.node.language import Language

VARIABLE: Final = "ANTQ_LANG"
OPTION: Final = "--lang"
_SEPARATOR: Final = "\x1f"


def both(vi: str, en: str) -> str:
    """A help text in both languages, for a place that takes one string; `side` takes it apart."""
    return f"{vi}{_SEPARATOR}{en}"


def side(text: str, language: Language) -> str:
    """The side of a `both` text in this language; any other text as it is."""
    vi, separator, en = text.partition(_SEPARATOR)
    return en if separator and language is Language.EN else vi


def choose(arguments: Sequence[str], environ: Mapping[str, str]) -> Language:
    """The language asked for by `--lang`, else by ANTQ_LANG, else Vietnamese.

    Read before the arguments are parsed, so that help and complaints about the arguments are in
    that language too. An unknown language is left to the parser to refuse.
    """
    asked = environ.get(VARIABLE, "")
    for place, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == OPTION and place + 1 < len(arguments):
            asked = arguments[place + 1]
            break
        if argument.startswith(f"{OPTION}="):
            asked = argument.removeprefix(f"{OPTION}=")
            break
    return Language.EN if asked == Language.EN else Language.VI
