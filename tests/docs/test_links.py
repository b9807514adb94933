"""Links lead somewhere, pictures can be read aloud, and nothing names a machine."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.docs.texts import ROOT, documents

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_SVG = "{http://www.w3.org/2000/svg}"
_MACHINE = re.compile(r"(?<![\w.:/-])/(?:work|root|home|tmp|usr|opt|var|etc|Users)/|[A-Z]:\\")


def _anchors(text: str) -> set[str]:
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(text))
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("path", documents(), ids=lambda p: str(p.relative_to(ROOT)))
def test_relative_links_resolve(path: Path) -> None:
    text = path.read_text("utf-8")
    for link in _LINK.findall(text):
        if link.startswith(("http://", "https://")):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        if anchor:
            assert anchor in _anchors(target.read_text("utf-8")), link


@pytest.mark.parametrize(
    "path",
    [
        *documents(),
        ROOT / "publiccode.yaml",
        *sorted(ROOT.glob("docs/**/*.svg")),
    ],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_nothing_names_a_machine(path: Path) -> None:
    assert not _MACHINE.search(path.read_text("utf-8"))


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("docs/diagrams/*.svg")), ids=lambda p: str(p.name)
)
def test_pictures_have_a_title_and_a_description(path: Path) -> None:
    root = ElementTree.parse(path).getroot()  # noqa: S314 # our own file
    named = (root.get("aria-labelledby") or "").split()
    found = {e.get("id") for e in root if e.tag in (f"{_SVG}title", f"{_SVG}desc") and e.text}
    assert root.get("role") == "img"
    assert len(named) == 2
    assert set(named) == found


def test_every_picture_is_shown_somewhere() -> None:
    shown = "\n".join(path.read_text("utf-8") for path in documents())
    for path in ROOT.glob("docs/diagrams/*.svg"):
        assert f"diagrams/{path.name})" in shown
