"""F6, organisation quota: mass organisations that carry as many active models as the quota rule
asks ÷ mass organisations (R113: "mỗi đoàn thể đảm nhận một mô hình"; Quận 5 has five).

Which mass organisations there are on the last day, the registry of organisations says; how many
models each is to carry, the quota rule "organisation_models". A model counts for its host, or for
the organisation that has since taken the host's place. Where no rule holds nothing is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, ClassVar, Final, Literal

import sqlalchemy as sa

from domain.directory import Directory
from domain.labels import label
from domain.organisation_book import OrganisationHistory
from domain.organisations import MASS_ORGANISATIONS, Category
from domain.refusals import Text
from domain.rule_params import QuotaSubject, RuleKind
from domain.rules import Rule
from services.node.figures.details import parts_of
from services.node.figures.facts import FactFigure, Facts, Source
from services.node.figures.figure import of_units
from services.node.figures.placement import Placement
from services.node.figures.result import NO_RULE, Cut, Note, Ratio, ratio
from services.node.figures.span import Span
from services.node.views import View

_NO_ORGANISATIONS: Final = Note(
    "no-mass-organisations",
    Text("Danh mục cơ quan chưa có đoàn thể nào.", "The registry has no mass organisation here."),
)
_MASS: Final = tuple(one for one in Category if one in MASS_ORGANISATIONS)


class OrganisationQuota(FactFigure):
    """See the module. Details: organisations and those that meet the quota, by category."""

    name: ClassVar[str] = "organisation-quota"
    formula: ClassVar[str] = "F6"
    title: ClassVar[Text] = Text(
        "Đoàn thể đảm nhận mô hình", "Mass organisations that carry a model"
    )
    explanation: ClassVar[Text] = Text(
        "Đoàn thể đảm nhận đủ số mô hình đang hoạt động theo quy định ÷ số đoàn thể, vào "
        "ngày cuối kỳ.",
        "Mass organisations that carry as many active models as the rule asks ÷ mass "
        "organisations, on the last day.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        "organisations": Text("Đoàn thể", "Mass organisations"),
        "met": Text("Đoàn thể đạt chỉ tiêu", "Organisations that meet the quota"),
        "models": Text("Mô hình do đoàn thể đảm nhận", "Models they carry"),
        "units_without_rule": Text("Đơn vị chưa có quy định", "Units without a rule"),
    }
    details: ClassVar[Mapping[str, Text]] = parts_of(
        measures, {"organisations": _MASS, "met": _MASS}
    )
    shares: ClassVar[Mapping[str, Text]] = {
        "quota_met": Text("Tỷ lệ đoàn thể đạt chỉ tiêu", "Share that meets the quota"),
    }
    headline: ClassVar[str] = "quota_met"
    organisations: ClassVar[Mapping[str, Text]] = {
        category.value: label(category) for category in _MASS
    }
    moment: ClassVar[Literal["span", "last day"]] = "last day"

    def facts(self, view: View, span: Span, placement: Placement, cut: Cut) -> Facts:
        found = Facts()
        directory, last = view.directory, span.last
        hosts = _hosts(view, placement, last)
        for unit_id in placement.homes:
            ruled = False
            organisations = [
                organisation
                for organisation in _mass_organisations(directory, unit_id, last)
                if cut.organisation in (None, organisation.category.value)
            ]
            for organisation in organisations:
                rule = _quota(directory, unit_id, last, organisation.category)
                if rule is not None:
                    ruled = True
                    found.rules.add(rule.rule_id)
                    _judge(organisation, hosts[organisation.org_id], rule.params["minimum"], found)
            if organisations and not ruled:
                found.add(unit_id, "units_without_rule")
        return found

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        return {"quota_met": ratio(values["met"], values["organisations"])}

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        if not values["organisations"]:
            yield NO_RULE if values["units_without_rule"] else _NO_ORGANISATIONS


def _quota(directory: Directory, unit_id: str, day: date, category: Category) -> Rule | None:
    """The quota of a category of organisations: its own rule, else that of all of them."""
    about = QuotaSubject.ORGANISATION_MODELS.value
    return directory.rule(
        RuleKind.QUOTA, unit_id, day, about=about, organisation=category
    ) or directory.rule(RuleKind.QUOTA, unit_id, day, about=about)


def _mass_organisations(
    directory: Directory, unit_id: str, day: date
) -> Iterator[OrganisationHistory]:
    """A unit's mass organisations on a day; none of a unit that has ended."""
    if not directory.active(unit_id, day):
        return
    for org_id in directory.organisations_of(unit_id, day):
        organisation = directory.organisation(org_id)
        if organisation is not None and organisation.category in MASS_ORGANISATIONS:
            yield organisation


def _hosts(view: View, placement: Placement, day: date) -> dict[str, list[sa.Row[Any]]]:
    """The models active on that day, the earliest first, by the organisation that carries them."""
    table = view.tables["model_hosts"]
    rows = view.connection.execute(
        sa.select(table)
        .where(
            table.c.opened_on <= day.isoformat(),
            sa.or_(table.c.retired_on.is_(None), table.c.retired_on > day.isoformat()),
            *of_units(table.c.unit_id, placement.homes),
        )
        .order_by(table.c.opened_on, table.c.event_id)
    )
    hosts: dict[str, list[sa.Row[Any]]] = defaultdict(list)
    for row in rows:
        hosts[view.directory.org_heir(row.host_org_id, day) or row.host_org_id].append(row)
    return hosts


def _judge(
    organisation: OrganisationHistory, models: list[sa.Row[Any]], minimum: int, found: Facts
) -> None:
    unit_id, category = organisation.unit_id, organisation.category.value
    found.add(unit_id, "organisations")
    found.add_detail(unit_id, f"organisations.{category}", 1, None)
    for row in models:
        key = (organisation.org_id, row.opened_on)
        found.add(unit_id, "models", 1, Source(row.event_id, row.model_id, key))
    if len(models) < minimum:
        return
    if not models:  # a rule that asks for none is met by nobody's deed
        found.add(unit_id, "met")
        found.add_detail(unit_id, f"met.{category}", 1, None)
    for place, row in enumerate(models, start=1):
        # The model that fills the quota meets it; the others are shown with 0.
        value = int(place == max(minimum, 1))
        source = Source(row.event_id, row.model_id, (organisation.org_id, row.opened_on))
        found.add(unit_id, "met", value, source)
        found.add_detail(unit_id, f"met.{category}", value, source)
