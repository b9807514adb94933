"""How a figure's page is asked: which figure, by which category or organisation."""

from __future__ import annotations

from domain.refusals import Text
from services.node.figures import Cut, Figure, FigureResult
from services.node.web.site import Asked, PageProblemError


def figure_named(asked: Asked, name: str) -> Figure:
    """The figure of this node's committee with this name. Raises PageProblemError.

    Others there may be, but this node keeps no tables for them.
    """
    for figure in asked.node.spec.figures:
        if figure.name == name:
            return figure
    raise PageProblemError(
        404, Text("Nút này không có số liệu đó.", "This node has no such figure.")
    )


def asked_cut(asked: Asked) -> Cut:
    """How a figure's own page asks for it: by category and organisation, what is not due yet
    apart."""
    return Cut(
        today=asked.today,
        category=asked.parameter("category"),
        organisation=asked.parameter("organisation"),
    )


def category_name(asked: Asked, figure: Figure, result: FigureResult) -> str | None:
    """What the category and organisation answered are called; None where all is."""
    shown = (
        figure.categories.get(result.cut.category or ""),
        figure.organisations.get(result.cut.organisation or ""),
    )
    return ", ".join(asked.language.of(text) for text in shown if text is not None) or None


def choices(asked: Asked, figure: Figure, result: FigureResult) -> list[tuple[str, str, bool]]:
    """Links to the figure by category and by organisation, one chosen beside the other kept."""
    cut, everything = result.cut, Text("Tất cả", "All")
    found: list[tuple[str, str, bool]] = []

    def offer(text: Text, category: str | None, organisation: str | None) -> None:
        href = asked.url(
            f"/figures/{figure.name}",
            unit=asked.unit_id,
            period=asked.span.code,
            category=category,
            organisation=organisation,
        )
        shown = (category, organisation) == (cut.category, cut.organisation)
        found.append((asked.language.of(text), href, shown))

    if (figure.categories and figure.opening_category is None) or figure.organisations:
        offer(everything, figure.opening_category, None)
    for name, text in figure.categories.items():
        offer(text, name, cut.organisation)
    for name, text in figure.organisations.items():
        offer(text, cut.category, name)
    return found
