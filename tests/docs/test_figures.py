"""The page about the figures says which there are, who reads them, and what their notes mean."""

from __future__ import annotations

import sys

from domain.levels import Level
from services.app import spec_of
from services.node.figures import FIGURES
from services.node.figures.result import Note
from tests.docs.texts import table

PAGE = "docs/figures.md"


def test_the_figures_are_those_of_the_program() -> None:
    documented = {row[0].strip("`"): row[1:] for row in table(PAGE, "figures")}
    expected = {}
    for name, figure in FIGURES.items():
        readers = [
            level.value
            for level in Level
            if name in {figure.name for figure in spec_of(level).figures}
        ]
        opening = figure.opening_category
        categories = sorted(figure.categories, key=lambda category: category != opening)
        expected[name] = [
            figure.formula or "–",
            ", ".join(readers),
            ", ".join(f"`{category}`" for category in categories) or "none",
        ]
    assert documented == expected


def test_every_figure_says_what_it_counts() -> None:
    for figure in FIGURES.values():
        assert figure.explanation.vi.endswith("."), figure.name
        assert figure.explanation.en.endswith("."), figure.name


def test_the_notes_are_those_of_the_program() -> None:
    codes = {
        note.code
        for name, module in sys.modules.items()
        if name.startswith("services.node.figures")
        for note in vars(module).values()
        if isinstance(note, Note)
    }
    assert {row[0].strip("`") for row in table(PAGE, "notes")} == codes
