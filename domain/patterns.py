"""What the forms of text fields are in words: a regular expression tells nobody what to write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.refusals import Text

_ONE_LINE: Final = Text(
    "một dòng chữ, không xuống dòng và không có ký tự điều khiển",
    "one line of text, without line breaks or control characters",
)
_WORDS: Final[Mapping[str, Text]] = {
    r"^[a-z0-9][a-z0-9_.:@/-]{0,99}$": Text(
        "chữ thường không dấu, chữ số và _ . : @ / -, bắt đầu bằng chữ hoặc số, không có dấu cách,"
        " tối đa 100 ký tự",
        "lower-case letters a–z, digits and _ . : @ / -, beginning with a letter or digit, without"
        " spaces, at most 100 characters",
    ),
    r"^[^\x00-\x1f\x7f]+$": _ONE_LINE,
    r"^[0-9]{2,5}$": Text(
        "mã đơn vị hành chính gồm 2 đến 5 chữ số", "a unit's code of 2 to 5 digits"
    ),
    r"^sha256:[0-9a-f]{64}$": Text(
        "sha256: và 64 chữ số thập lục phân viết thường",
        "sha256: and 64 hexadecimal digits in lower case",
    ),
    r"^[0-9a-f]{64}$": Text(
        "64 chữ số thập lục phân viết thường", "64 hexadecimal digits in lower case"
    ),
    r"^(19|20|21)[0-9]{2}(-H[12])?$": Text(
        "một năm hoặc nửa năm, ví dụ 2025, 2025-H1", "a year or half of one: 2025, 2025-H1"
    ),
    r"^((19|20|21)[0-9]{2}(-H[12])?|[0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9]{4}-[0-9]{2}-[0-9]{2})$": Text(
        "một năm, nửa năm, hoặc ngày đầu/ngày cuối, ví dụ 2025, 2025-H1, 2025-01-01/2025-03-31",
        "a year, half of one, or first day/last day: 2025, 2025-H1, 2025-01-01/2025-03-31",
    ),
    r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$": Text(
        "tháng và ngày dạng TT-NN, ví dụ 06-15", "a month and day written MM-DD: 06-15"
    ),
    r"^F([1-9]|1[0-6])$": Text("mã chỉ số từ F1 đến F16", "the code of a figure, F1 to F16"),
    r"^[A-Za-z0-9][A-Za-z0-9._+/-]{0,49}$": Text(
        "mã gồm chữ không dấu, chữ số và . _ + / -, tối đa 50 ký tự",
        "a code of letters a–z, digits and . _ + / -, at most 50 characters",
    ),
    r"^[A-Z][A-Za-z]{0,63}$": Text(
        "tên loại sự kiện, ví dụ MeetingHeld", "the name of an event type: MeetingHeld"
    ),
    (
        r"^antq-sync/(origin|node)/[a-z0-9][a-z0-9-]{0,62}"
        r"\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$"
    ): Text(
        "khóa công khai như `antq keys show` in ra", "a public key as `antq keys show` prints it"
    ),
}
_OTHER: Final = Text("đúng dạng quy định", "of the form that is laid down")


def pattern_words(pattern: str) -> Text:
    """What a text that fits a regular expression is, in words."""
    return _WORDS.get(pattern, _OTHER)
