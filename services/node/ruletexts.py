"""Rules in words, for the API and the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.directory import Directory
from domain.labels import label
from domain.levels import Level
from domain.names import LEVEL_NAMES
from domain.organisations import Category
from domain.refusals import Text
from domain.rule_params import Recurring, RuleKind
from domain.rules import Rule
from services.node.language import Language

_ABOUT: Final[Mapping[str, Text]] = {
    "half_year:1": Text("6 tháng đầu năm", "for the first half-year"),
    "half_year:2": Text("6 tháng cuối năm", "for the second half-year"),
    "annual": Text("năm", "for the year"),
    "plan": Text("kế hoạch năm", "for the plan of the year"),
    **{recurring.value: label(recurring) for recurring in Recurring},
}
"""What rules of periods and due dates are about (`domain.rules.about`)."""


def rule_title(directory: Directory, rule_id: str) -> Text:
    """A rule in words: what it fixes, for whom, and since when; its id if it is not known here."""
    rule = next((rule for rule in directory.rules() if rule.rule_id == rule_id), None)
    return Text(rule_id, rule_id) if rule is None else version_title(directory, rule)


def version_title(directory: Directory, rule: Rule) -> Text:
    """One version of a rule in words."""
    unit = directory.attributes(rule.unit_id, rule.valid_from)
    scope = Text("", "") if unit is None else Text(f", {unit.name}", f", {unit.name}")
    if rule.level is not None:
        level = LEVEL_NAMES[Level(rule.level)]
        scope = Text(f"{scope.vi}: {level.vi}", f"{scope.en}: {level.en}")
    if rule.organisation is not None:
        category = label(Category(rule.organisation))
        scope = Text(f"{scope.vi} ({category.vi})", f"{scope.en} ({category.en})")
    about = _ABOUT.get(rule.about, Text(rule.about, rule.about))
    kind = label(RuleKind(rule.kind))
    if rule.kind == RuleKind.CADENCE and rule.about:
        kind = Text("chế độ", "cadence of")
    return Text(
        f"{kind.vi} {about.vi}".rstrip() + f"{scope.vi}, từ {Language.VI.day(rule.valid_from)}",
        f"{kind.en} {about.en}".rstrip() + f"{scope.en}, from {Language.EN.day(rule.valid_from)}",
    )
