"""docs/tampering.md: who notices which attack, when, as the trials came out.

python -m tests.tamper.document    try attacks and write what came out

What is tried is the usual run (`tests.tamper.selection`). A cell tells the worst that was seen. The
tests fail if something comes out otherwise than the document has it.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from tests.docs.texts import ROOT
from tests.tamper.attacks import ATTACKS, Attack
from tests.tamper.history import LEVELS, make
from tests.tamper.matrix import Audit, Bench, Kind, Outcome, When
from tests.tamper.selection import BACKUP, DOCUMENTED, SEED, outcomes

DOCUMENT: Final = ROOT / "docs" / "tampering.md"
_BEGIN, _END = "<!-- tried -->", "<!-- end of tried -->"

WHEN: Final = {
    When.START: "at start",
    When.VERIFIED: "verifying its log",
    When.TALK: "the next announcement",
    When.NEXT: "the next checkpoint",
    When.NEVER: "–",
}
AUDIT: Final = {
    Audit.EXACT: "the event",
    Audit.RANGE: "between two checkpoints",
    Audit.UNPROVEN: "nobody vouches",
    Audit.NOTHING: "–",
    Audit.WRONG: "WRONG",
}
TITLES: Final = {
    Kind.OWN: "In the recording node's own database",
    Kind.BELOW: "In the database of a level above, on a stream from below",
    Kind.ABOVE: "In the database of a level below, on a stream from above",
}
_HEADINGS: Final = (
    "what is done",
    "việc làm",
    "the node itself",
    "levels above",
    "audit: its folder alone",
    "with a checkpoint of another level",
    "with another level's folder",
)


class Cells(NamedTuple):
    """One row's answers."""

    itself: When
    above: When
    alone: Audit
    received: Audit
    compared: Audit


Row = tuple[Kind, str]


def cells(outcome: Outcome) -> Cells:
    """What stands in the table for one outcome."""
    compared = outcome.later if outcome.compared is Audit.UNPROVEN else outcome.compared
    return Cells(outcome.itself, outcome.above, outcome.alone, outcome.received, compared)


def worst(found: Iterable[Outcome]) -> dict[Row, Cells]:
    """By kind of stream and attack, the latest and the least of what was seen. The centre has no
    level above: that nobody there notices does not count."""
    rows: dict[Row, Cells] = {}
    for outcome in found:
        row, new = (outcome.kind, outcome.attack.name), cells(outcome)
        held = rows.get(row)
        if outcome.node == "central":
            new = new._replace(above=When.START if held is None else held.above)
        rows[row] = new if held is None else _worse(held, new)
    return rows


def _worse(one: Cells, other: Cells) -> Cells:
    later, less = list(When).index, list(Audit).index
    return Cells(
        max(one.itself, other.itself, key=later),
        max(one.above, other.above, key=later),
        max(one.alone, other.alone, key=less),
        max(one.received, other.received, key=less),
        max(one.compared, other.compared, key=less),
    )


def tables(rows: Mapping[Row, Cells]) -> str:
    """The rows as Markdown."""
    lines: list[str] = []
    for kind, title in TITLES.items():
        lines += ["", f"### {title}", "", _line(_HEADINGS), "|" + "---|" * len(_HEADINGS)]
        for attack in (*ATTACKS, BACKUP):
            held = rows.get((kind, attack.name))
            if held is not None:
                lines.append(_line((attack.en, attack.vi, *_words(held))))
    return "\n".join([*lines, ""])


def _words(row: Cells) -> tuple[str, ...]:
    itself, above, *audits = row
    return WHEN[itself], WHEN[above], *(AUDIT[one] for one in audits)


def _line(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def read() -> dict[Row, Cells]:
    """The rows that the document holds."""
    names: dict[str, Attack] = {attack.en: attack for attack in (*ATTACKS, BACKUP)}
    kinds = {title: kind for kind, title in TITLES.items()}
    whens = {text: when for when, text in WHEN.items()}
    audits = {text: audit for audit, text in AUDIT.items()}
    rows: dict[Row, Cells] = {}
    kind = Kind.OWN
    for line in _tried().splitlines():
        if line.startswith("### "):
            kind = kinds[line.removeprefix("### ")]
        texts = [text.strip() for text in line.split("|")[1:-1]]
        if texts and texts[0] in names:
            itself, above, alone, received, compared = texts[2:]
            rows[kind, names[texts[0]].name] = Cells(
                whens[itself],
                whens[above],
                audits[alone],
                audits[received],
                audits[compared],
            )
    return rows


def _tried() -> str:
    return DOCUMENT.read_text("utf-8").partition(_BEGIN)[2].partition(_END)[0]


def write(rows: Mapping[Row, Cells]) -> None:
    """Put the tables into the document."""
    before, _, rest = DOCUMENT.read_text("utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    DOCUMENT.write_text(f"{before}{_BEGIN}\n{tables(rows)}\n{_END}{after}", "utf-8")


def main() -> None:
    """Try and write."""
    if not DOCUMENTED:
        sys.exit("the document tells of the usual run: unset ANTQ_TAMPER and ANTQ_TAMPER_SEED")
    logging.disable(logging.CRITICAL)  # every trial raises alarms
    with tempfile.TemporaryDirectory() as place:
        bench = Bench(make(Path(place), SEED), Path(place), Random(SEED))  # repeatable
        found: list[Outcome] = []
        for node in LEVELS:
            for outcome in outcomes(bench, node):
                sys.stdout.write(f"{outcome}\n")
                sys.stdout.flush()
                found.append(outcome)
    write(worst(found))


if __name__ == "__main__":
    main()
