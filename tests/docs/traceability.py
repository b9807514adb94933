"""Which code serves which requirement: read from docstrings, written as docs/traceability.md.

python -m tests.docs.traceability          write the document
python -m tests.docs.traceability --check  say whether it is up to date (exit status 1 if not)

A docstring that names a row ("R76", "R53–R55") says that what it describes serves that row.
"""

from __future__ import annotations

import ast
import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.docs.texts import ROOT

REQUIREMENTS: Final = ROOT / "docs" / "requirements.tsv"
DOCUMENT: Final = ROOT / "docs" / "traceability.md"
_CODE: Final = ("domain", "services", "contracts")
_NOT_IN_USE: Final = "demo"
"""The demonstration plays requirements; it does not serve them."""
_ROW: Final = re.compile(r"\bR(\d{2,3})(?:\s*[–-]\s*R?(\d{2,3}))?")
_MOST: Final = 4
"""Places shown of a row; the first are the domain's."""


class Requirement(NamedTuple):
    """One row: the first quotation it stands on, and what has to be recorded or computed."""

    number: str
    quote: str
    asks: str


def requirements() -> list[Requirement]:
    """Every row once, in order."""
    found: dict[str, Requirement] = {}
    with REQUIREMENTS.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            row = Requirement(line["id"], line["quote"], line["records_or_computes"])
            found.setdefault(row.number, row)
    return list(found.values())


def served() -> dict[str, list[str]]:
    """By row: the places whose docstrings name it, as "path: name"."""
    places: dict[str, list[str]] = defaultdict(list)
    for folder in _CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if _NOT_IN_USE in path.parts:
                continue
            for name, text in _docstrings(path):
                place = f"{path.relative_to(ROOT).as_posix()}" + (f": {name}" if name else "")
                for row in rows_named(text):
                    if place not in places[row]:
                        places[row].append(place)
    return places


def rows_named(text: str) -> Iterator[str]:
    """The rows that a text names, ranges written out."""
    for first, last in _ROW.findall(text):
        for number in range(int(first), int(last or first) + 1):
            yield f"R{number:0{len(first)}d}"


def _docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """Every docstring of a file, those of attributes included, each with the name it describes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))

    def walk(body: Sequence[ast.stmt], name: str) -> Iterator[tuple[str, str]]:
        described = name
        for statement in body:
            match statement:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    yield described, text
                case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                    inner = f"{name}.{statement.name}" if name else statement.name
                    yield from walk(statement.body, inner)
                case ast.AnnAssign(target=ast.Name(id=target)):
                    described = f"{name}.{target}" if name else target
                case ast.Assign(targets=[ast.Name(id=target), *_]):
                    described = f"{name}.{target}" if name else target
                case _:
                    pass

    yield from walk(tree.body, "")


def unserved(places: Mapping[str, Sequence[str]]) -> list[str]:
    """The rows that no docstring names."""
    return [row.number for row in requirements() if row.number not in places]


def document() -> str:
    """The whole document."""
    places = served()
    rows = requirements()
    missing = unserved(places)
    lines = [
        "# Traceability",
        "",
        "Which code serves which requirement of the source documents. The rows and their quotations"
        " stand in [requirements.tsv](requirements.tsv); the places come from docstrings that name"
        " a row. Written by `python -m tests.docs.traceability`, checked by the tests.",
        "",
        f"{len(rows) - len(missing)} of {len(rows)} rows are served."
        + (f" Not yet: {', '.join(missing)}." if missing else ""),
        "",
        "| row | quotation | asks for | served by |",
        "|---|---|---|---|",
    ]
    for row in rows:
        shown = places.get(row.number, [])
        more = f" and {len(shown) - _MOST} more" if len(shown) > _MOST else ""
        served_by = "<br>".join(f"`{place}`" for place in shown[:_MOST]) + more or "–"
        lines.append(f"| {row.number} | {_cell(row.quote)} | {_cell(row.asks)} | {served_by} |")
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def main(arguments: Sequence[str]) -> int:
    """Write the document, or check it."""
    text = document()
    if "--check" not in arguments:
        DOCUMENT.write_text(text, encoding="utf-8")
        return 0
    return 0 if DOCUMENT.exists() and DOCUMENT.read_text(encoding="utf-8") == text else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
