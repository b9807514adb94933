"""What free text may not hold: numbers that lead to a person, and state secrets (facts).

The catalogue has few free texts, all of them names of offices, things and documents. None needs an
identity-card number, a telephone number or an account number, and what is marked as a state secret
may not be held at all. What is found is never repeated: a refusal is logged and shown.

Two kinds of text are screened. A *label* was typed by a person for people. A *key* was made by a
local system, and its digits mean nothing: nine of them may count records, twelve may be a day and a
number. So bare digits are looked for in labels only; a key is refused when it says itself what it
holds ("CCCD 0790…", "(Mật)").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from domain.refusals import Text


class TextKind(Enum):
    """How a text came about, which decides how it is screened. Marks the types of fields."""

    LABEL = "label"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Forbidden:
    """What a text may not hold, and the law that says so."""

    rule: str
    what: Text


_PRIVACY: Final = "Luật 91/2025/QH15"
_SECRETS: Final = "Luật 117/2025/QH15"

IDENTITY: Final = Forbidden(
    _PRIVACY, Text("số căn cước hoặc chứng minh nhân dân", "an identity-card number")
)
PHONE: Final = Forbidden(_PRIVACY, Text("số điện thoại", "a telephone number"))
ACCOUNT: Final = Forbidden(_PRIVACY, Text("số tài khoản ngân hàng", "a bank-account number"))
SECRET: Final = Forbidden(
    _SECRETS, Text("dấu chỉ độ mật của tài liệu", "the marking of a state secret")
)

_GAP: Final = r"[ .\-]?"
_NUMBER_FOLLOWS: Final = r"[\s:.]*(?:(?:số|no)[\s:.]*)?"

_SAID: Final = {
    IDENTITY: re.compile(
        r"\b(?:cccd|cmnd|cmt|căn cước(?: công dân)?|chứng minh (?:nhân dân|thư))\b"
        rf"{_NUMBER_FOLLOWS}[0-9](?:{_GAP}[0-9]){{8}}",
        re.IGNORECASE,
    ),
    PHONE: re.compile(
        r"\b(?:sđt|sdt|đt|đtdđ|điện thoại|di động|tel|phone|zalo)\b"
        rf"{_NUMBER_FOLLOWS}[(+]?[0-9](?:{_GAP}[0-9]){{8}}",
        re.IGNORECASE,
    ),
    ACCOUNT: re.compile(
        r"\b(?:stk|số tk|tài khoản|account)\b"
        rf"{_NUMBER_FOLLOWS}[0-9](?:[ .]?[0-9]){{5}}",
        re.IGNORECASE,
    ),
    SECRET: re.compile(
        r"""
        \b (?: tuyệt | tối ) \s+ mật \b
        | \b độ \s+ mật \s* :
        | (?: ^ | [-–—:;,/|(\[“"] ) \s* mật \s* (?: $ | [-–—:;,/|)\]”"] )
        """,
        re.VERBOSE | re.IGNORECASE,
    ),
}
"""What says itself what it is; looked for in every text."""

# A number stands by itself: no letter, digit or underscore touches it. Money may be long.
_ALONE: Final = r"(?<!\w)"
_ENDS: Final = r"(?!\w)"
_NO_MONEY: Final = r"(?!\s*(?:đồng|đ|vnđ|vnd)\b)"
_NO_DAY: Final = r"(?!(?:19|20|21)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))"
"""Twelve digits and more often begin with a day: 202412160001."""
_MOBILE: Final = r"(?:3[2-9]|5[25689]|7[06-9]|8[0-9]|9[0-9])"

_SEEN: Final = {
    PHONE: re.compile(
        rf"{_ALONE}\(?(?:\+?84\)?{_GAP}0?|0){_GAP}(?:"
        # Mobile: nine digits after the 0. Landline: 24, 28 or 2xx, ten digits in all.
        rf"{_MOBILE}(?:{_GAP}[0-9]){{7}}|2[0-9]{{1,2}}\)?{_GAP}[0-9](?:{_GAP}[0-9]){{6,7}}"
        rf"){_ENDS}"
    ),
    IDENTITY: re.compile(
        rf"{_ALONE}(?:{_NO_DAY}[0-9]{{12}}|[0-9]{{9}}|[0-9]{{3}} [0-9]{{3}} [0-9]{{3}}"
        rf"|[0-9]{{3}}([ .\-])[0-9]{{3}}\1[0-9]{{3}}\1[0-9]{{3}}){_ENDS}{_NO_MONEY}",
        re.IGNORECASE,
    ),
    ACCOUNT: re.compile(
        rf"{_ALONE}{_NO_DAY}[0-9]{{13,19}}{_ENDS}{_NO_MONEY}",
        re.IGNORECASE,
    ),
    SECRET: re.compile(
        r"(?<!BÍ )(?<!BẢO )(?<!CƠ )\bMẬT\b(?! (?:KHẨU|MÃ|ONG|THIẾT))|\b(?:TUYET|TOI) MAT\b"
    ),
}
"""What only looks like it, and the stamp in capitals anywhere; looked for in labels."""


_DIGITS: Final = re.compile(r"[0-9](?:[ .\-()]{0,3}[0-9]){5}")
_MARKS: Final = ("mật", "mat")
_WORDS: Final = (
    *("cccd", "cmnd", "cmt", "căn cước", "chứng minh"),
    *("đt", "sdt", "điện thoại", "di động", "tel", "phone", "zalo"),
    *("stk", "tk", "tài khoản", "account"),
)
_TELLING: Final = re.compile("|".join((*_MARKS, *_WORDS)))
"""Any of them, in one pass: a text without is asked for nothing else but bare digits."""


def screen(text: str, kind: TextKind) -> Forbidden | None:
    """What the text holds that it may not, or None. The text is in NFC, as every label is."""
    lower = text.lower()
    if kind is TextKind.KEY and _TELLING.search(lower) is None:
        return None  # as nearly every key
    marked = any(mark in lower for mark in _MARKS)
    if not marked and _DIGITS.search(text) is None:
        return None  # as nearly every label
    patterns = _worth(text, lower, kind, marked=marked)
    return next((found for found, pattern in patterns if pattern.search(text)), None)


def _worth(
    text: str, lower: str, kind: TextKind, *, marked: bool
) -> Iterator[tuple[Forbidden, re.Pattern[str]]]:
    """The patterns that may match at all."""
    label = kind is TextKind.LABEL
    if marked:
        yield SECRET, _SAID[SECRET]
        if label:
            yield SECRET, _SEEN[SECRET]
    if not _DIGITS.search(text):
        return
    if any(word in lower for word in _WORDS):
        yield from ((found, _SAID[found]) for found in (IDENTITY, PHONE, ACCOUNT))
    if label:
        yield from ((found, _SEEN[found]) for found in (PHONE, IDENTITY, ACCOUNT))
