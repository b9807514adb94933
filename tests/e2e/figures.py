"""Every level's figures beside those recomputed from the communes' logs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.e2e import recompute
from tests.e2e.places import COMMUNE_SERVICES, COMMUNES, LAST_GOOD_DAY, SERVICES, ident
from tests.e2e.world import World

_SPANS: Final[Mapping[str, tuple[str, str]]] = {
    "2023-Q1": ("2023-01-01", "2023-03-31"),
    "2023-11": ("2023-11-01", "2023-11-30"),
    "2024-Q4": ("2024-10-01", "2024-12-31"),
    "2023-01-01..2025-12-31": ("2023-01-01", "2025-12-31"),
}
_STOCK: Final = tuple(
    f"{what}{change}"
    for what in ("models", "points", "groups")
    for change in ("", "_opened", "_retired")
)
_REPORTING: Final = (
    "expected",
    "actual",
    "missing",
    "on_time",
    "late",
    "returned",
    "accepted",
    "judged",
    "first_pass",
)
Answer = Mapping[str, Any]


def check_figures(world: World) -> int:
    """Compare every figure at every level; how many numbers were compared.

    Raises AssertionError that names the first that differs.
    """
    holding = recompute.what_holds(
        recompute.read_logs(world.dsn(name) for name in COMMUNE_SERVICES)
    )
    checker = _Checker(world, recompute.parents(holding))
    communes = [ident(unit) for unit in COMMUNES]
    for span, days in _SPANS.items():
        activity = recompute.activity(holding, *days)
        checker.compare("activity", span, activity)
        stock = recompute.stock(holding, *days)
        checker.compare("model-stock", span, stock, _STOCK)
        meetings = recompute.meetings(holding, *days, communes)
        checker.compare("meeting-compliance", span, meetings, ("due", "met", "meetings"))
    for period, last_good_day in LAST_GOOD_DAY.items():
        counts, standings = recompute.reports(holding, period, last_good_day, communes)
        checker.compare("report-status", period, counts, _REPORTING, standings)
    return checker.compared


class _Checker:
    def __init__(self, world: World, parents: dict[str, str | None]) -> None:
        self.compared = 0
        self._world = world
        self._parents = parents

    def compare(
        self,
        figure: str,
        period: str,
        counts: recompute.Counts,
        measures: Sequence[str] | None = None,
        standings: Mapping[str, str] | None = None,
    ) -> None:
        """A figure at every level, the total and each row, in the measures named, or in all.

        With `standings`, also how each commune's report stands, wherever its line is shown.
        """
        for where, unit, answer in self._answers(figure, period):
            rows = {unit: answer["total"], **_rows(answer)}
            for row, numbers in rows.items():
                found = _chosen(numbers["values"], measures)
                expected = recompute.rolled_up(counts, self._parents, row)
                assert found == expected, f"{where}, row {row}: {found} instead of {expected}"
                self.compared += len(found)
            if standings is not None:
                self._compare_lines(where, answer["reports"], standings)

    def _compare_lines(
        self, where: str, lines: Sequence[Answer], standings: Mapping[str, str]
    ) -> None:
        for line in lines:
            assert line["status"] == standings[line["unit"]["unit_id"]], f"{where}: {line}"
            self.compared += 1

    def _answers(self, figure: str, period: str) -> list[tuple[str, str, Answer]]:
        found = []
        for service in SERVICES.values():
            for unit in service.units:
                answer = self._world.nodes[service.name].get(
                    f"/v1/figures/{figure}", unit=ident(unit), period=period
                )
                assert answer["completeness"]["missing_events"] == 0, answer["completeness"]
                where = f"{figure} {period} of {unit} at {service.name}"
                found.append((where, ident(unit), answer))
        return found


def _rows(answer: Answer) -> dict[str, Any]:
    return {row["unit"]["unit_id"]: row for row in answer["children"]}


def _chosen(values: Mapping[str, int], measures: Sequence[str] | None) -> Counter[str]:
    wanted = values if measures is None else measures
    return Counter({measure: values[measure] for measure in wanted if values.get(measure)})
