"""The documents and what stands in them: marked tables, code, links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED: Final = re.compile(r"^ {4}(\S.*)$", re.MULTILINE)
_SPAN: Final = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")


def documents() -> list[Path]:
    """Every text of the documentation."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def read(name: str) -> str:
    """A document by its path below the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def table(name: str, mark: str) -> list[list[str]]:
    """The cells of the table behind a mark `<!-- mark -->`, without its head."""
    text = read(name).split(f"<!-- {mark} -->\n", 1)[1]
    lines = text.split("\n\n", 1)[0].strip().splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines[2:]]


def blocks(name: str, kind: str) -> dict[str, str]:
    """Fenced blocks behind marks `<!-- kind: label -->`, by label."""
    marked = re.compile(rf"<!-- {kind}: (\S+) -->\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return dict(marked.findall(read(name)))


def code(text: str) -> list[str]:
    """Everything written as code: fenced, indented by four, or between backticks."""
    fenced = [body for _, body in _FENCE.findall(text)]
    rest = _FENCE.sub("", text)
    indented = _INDENTED.findall(rest)
    spans = [span.replace("\n", " ") for span in _SPAN.findall(_INDENTED.sub("", rest))]
    return [*fenced, *indented, *spans]


def prose_and_code() -> list[tuple[str, str]]:
    """Every document's path below the root, and its text."""
    return [(str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in documents()]
