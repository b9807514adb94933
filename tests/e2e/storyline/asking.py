"""What the steps ask the nodes, and how they read the answers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from domain.refusals import Text
from services.demo.making.places import Place
from services.demo.reading import Read, at
from services.demo.story import Check


def figure(
    vi: str,
    en: str,
    name: str,
    asked: Mapping[str, str],
    read: Read,
    expected: str,
    nodes: tuple[str, ...],
) -> Check:
    """A number of a figure, and what it must be at each of some nodes."""
    return asking(vi, en, f"/v1/figures/{name}", asked, read, expected, nodes)


def asking(
    vi: str,
    en: str,
    path: str,
    asked: Mapping[str, str],
    read: Read,
    expected: str,
    nodes: tuple[str, ...],
) -> Check:
    """Something that an address of the API answers."""
    return Check(Text(vi, en), path, MappingProxyType(dict(asked)), read, expected, nodes)


def row(place: Place, measure: str, part: str = "values") -> Read:
    """A number in the row of a unit; `part` is "ratios" for a share."""
    return at("children", f"unit.unit_id={place.unit_id}", part, measure)


def row_percent(place: Place, share: str) -> Read:
    """A share in the row of a unit, in percent as the node says it."""
    return at("children", f"unit.unit_id={place.unit_id}", "ratios", share, "percent")
