"""The tables as events that the centre records.

Every identifier is derived from a code and the day it means the unit, every event id from what the
event is about: planning again gives the same events, and a node answers them as duplicates.

What the tables do not say is not made up. They give the units of 30/6/2025, not when each of them
began: `since` is the day from which the catalogue knows them. A commune that went to several ends
without a whole heir, and its parts are lineage without a formula.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from contracts.envelope import TYPE_PREFIX
from domain.events import derive_id
from domain.units import Share, UnitKind
from services.node.unitcatalogue.earlier import Merger
from services.node.unitcatalogue.names import commune_kind, same_key
from services.node.unitcatalogue.tables import Tables, Unit

REFORM: Final = date(2025, 7, 1)
"""Districts end, communes and provinces merge (Law 72/2025/QH15, Resolution 202/2025/QH15)."""
FIRST_DAY: Final = date(2004, 7, 8)
"""Decision 124/2004/QĐ-TTg: the list of units and their codes begins."""
SOURCE: Final = "unit-catalogue"

Event = dict[str, Any]
"""A CloudEvent that is not recorded yet."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """The centre that records, and the organisation that signs."""

    unit_id: str
    org_id: str
    account: str
    first_day: date
    """The first day on which both exist; nothing can be recorded as done before."""
    centre_from: date
    """The centre's own first day: no unit can be under it before."""
    founding: bool = False
    """Whether the centre creates itself first."""


def plan_events(
    tables: Tables, recorder: Recorder, since: date, mergers: Sequence[Merger] = ()
) -> tuple[Event, ...]:
    """Every event of the catalogue, in the order of the days they take effect."""
    return tuple(_Plan(tables, recorder, since, mergers).events())


def unit_id(code: str, begun: date | None = None) -> str:
    """The unit that bears the code from that day; without a day, the one of before the reform."""
    return str(derive_id(SOURCE, "unit", code, "before" if begun is None else begun))


class _Plan:
    def __init__(
        self, tables: Tables, recorder: Recorder, since: date, mergers: Sequence[Merger]
    ) -> None:
        self._tables = tables
        self._recorder = recorder
        self._since = since
        self._mergers = {m.code: m for m in mergers if m.code in tables.before}

    def events(self) -> Iterator[Event]:
        yield from self._before()
        for merger in sorted(self._mergers.values(), key=lambda m: (m.day, m.code)):
            yield self._merged_earlier(merger)
        yield from self._provinces_after()
        yield from self._divided()
        yield from self._communes_after()
        yield from self._went_on()
        yield from self._special_zones()
        yield from self._districts_end()

    # Before the reform

    def _before(self) -> Iterator[Event]:
        tables, centre = self._tables, self._recorder.unit_id
        if self._recorder.founding:
            unit = {"unit_id": centre, "code": "00", "name": "Trung ương", "kind": "central"}
            yield self._event("centre", "created", self._since, to=[unit])
        yield self._event(
            "provinces",
            "created",
            self._since,
            to=[
                _begun(unit_id(unit.code), unit, UnitKind.PROVINCE, centre)
                for unit in _by_code(tables.provinces_before.values())
            ],
        )
        for province, districts in _grouped(tables.districts.values()):
            parent = unit_id(province)
            to = [_begun(unit_id(u.code), u, UnitKind.DISTRICT, parent) for u in districts]
            yield self._event(f"districts:{province}", "created", self._since, to=to)
        for district, communes in _grouped(tables.before.values()):
            first = [unit for commune in communes for unit in self._at_first(commune)]
            to = [_commune(unit_id(u.code), u, unit_id(district)) for u in first]
            yield self._event(f"communes:{district}", "created", self._since, to=to)

    def _at_first(self, commune: Unit) -> Sequence[Unit]:
        """The communes that stood where this one stands since a merger before the reform."""
        merger = self._mergers.get(commune.code)
        return (commune,) if merger is None else merger.members

    def _merged_earlier(self, merger: Merger) -> Event:
        commune = self._tables.before[merger.code]
        return self._event(
            f"merge:{merger.day}:{merger.code}",
            "merge",
            merger.day,
            giving=[_giving(unit_id(member.code), Share.FULL) for member in merger.members],
            to=[_commune(self._old(merger.code), commune, unit_id(commune.parent))],
        )

    def _old(self, code: str) -> str:
        """The commune that bore the code on the eve of the reform."""
        merger = self._mergers.get(code)
        return unit_id(code) if merger is None else unit_id(code, merger.day)

    # The reform

    def _province(self, code: str) -> str:
        """The province of after: the one of before where nothing was merged into it."""
        return unit_id(code) if self._givers(code) == [code] else unit_id(code, REFORM)

    def _givers(self, code: str) -> list[str]:
        return sorted(old for old, new in self._tables.provinces.items() if new == code)

    def _provinces_after(self) -> Iterator[Event]:
        for code, province in sorted(self._tables.provinces_after.items()):
            givers = self._givers(code)
            begun = _begun(
                self._province(code), province, UnitKind.PROVINCE, self._recorder.unit_id
            )
            if givers != [code]:
                giving = [_giving(unit_id(old), Share.FULL) for old in givers]
                key = f"merge:{REFORM}:{code}"
                yield self._event(key, "merge", REFORM, giving=giving, to=[begun])
            elif same_key(self._tables.provinces_before[code].name) != same_key(province.name):
                to = [{"unit_id": unit_id(code), "name": province.name}]
                yield self._event(f"rename:{REFORM}:{code}", "rename", REFORM, to=to)

    def _divided(self) -> Iterator[Event]:
        """Divided communes end first, which frees their codes for the communes made of them."""
        whole = {move.old for move in self._tables.moves if move.share is Share.FULL}
        ending = [u for u in self._tables.before.values() if u.code not in whole]
        for province, communes in self._by_new_province(ending):
            giving = [_giving(self._old(unit.code), Share.FULL) for unit in communes]
            key = f"divided:{REFORM}:{province}"
            yield self._event(key, "abolish", REFORM, giving=giving)

    def _communes_after(self) -> Iterator[Event]:
        givers: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
        for move in sorted(self._tables.moves, key=lambda move: move.old):
            if not (move.old == move.new and move.old in self._tables.staying):
                givers[move.new].append(_giving(self._old(move.old), move.share))
        for code, giving in sorted(givers.items()):
            commune = self._tables.after[code]
            to = [_commune(unit_id(code, REFORM), commune, self._province(commune.parent))]
            key = f"merge:{REFORM}:{code}"
            yield self._event(key, "merge", REFORM, giving=giving, to=to)

    def _went_on(self) -> Iterator[Event]:
        tables = self._tables
        for province, communes in _grouped(tables.after[code] for code in tables.staying):
            changed = [
                {"unit_id": self._old(u.code), "name": u.name, "kind": _kind(u.name)}
                for u in communes
                if same_key(u.name) != same_key(tables.before[u.code].name)
            ]
            if changed:
                key = f"renamed:{REFORM}:{province}"
                yield self._event(key, "rename", REFORM, to=changed)
            parent = self._province(province)
            to = [{"unit_id": self._old(u.code), "parent_id": parent} for u in communes]
            yield self._event(f"reparent:{REFORM}:{province}", "reparent", REFORM, to=to)

    def _special_zones(self) -> Iterator[Event]:
        """A district without communes ends in the special zone that takes its place."""
        for district, zone in sorted(self._tables.zones.items()):
            unit = self._tables.after[zone]
            begun = _commune(unit_id(zone, REFORM), unit, self._province(unit.parent))
            yield self._event(f"zone:{REFORM}:{zone}", "created", REFORM, to=[begun])
            yield self._event(
                f"abolish:{REFORM}:{district}",
                "abolish",
                REFORM,
                giving=[_giving(unit_id(district), Share.FULL)],
                to=[{"unit_id": unit_id(zone, REFORM)}],
            )

    def _districts_end(self) -> Iterator[Event]:
        """What a district leaves open goes to its province."""
        ending = (u for u in self._tables.districts.values() if u.code not in self._tables.zones)
        heirs: defaultdict[str, list[Unit]] = defaultdict(list)
        for district in _by_code(ending):
            heirs[self._tables.provinces[district.parent]].append(district)
        for province, districts in sorted(heirs.items()):
            yield self._event(
                f"districts-end:{REFORM}:{province}",
                "abolish",
                REFORM,
                giving=[_giving(unit_id(district.code), Share.FULL) for district in districts],
                to=[{"unit_id": self._province(province)}],
            )

    def _by_new_province(self, communes: Iterable[Unit]) -> Iterator[tuple[str, list[Unit]]]:
        found: defaultdict[str, list[Unit]] = defaultdict(list)
        for unit in _by_code(communes):
            old_province = self._tables.districts[unit.parent].parent
            found[self._tables.provinces[old_province]].append(unit)
        yield from sorted(found.items())

    def _event(
        self,
        key: str,
        kind: str,
        effective: date,
        *,
        giving: Sequence[Mapping[str, str]] = (),
        to: Sequence[Mapping[str, str]] = (),
    ) -> Event:
        recorder = self._recorder
        data: dict[str, Any] = {
            "unit_id": recorder.unit_id,
            "org_id": recorder.org_id,
            "actor_account": recorder.account,
            "occurred_on": max(effective, recorder.first_day).isoformat(),
            "source_system": SOURCE,
            "source_record_id": key,
            "kind": kind,
            "effective_on": effective.isoformat(),
        }
        if giving:
            data["from"] = list(giving)
        if to:
            data["to"] = list(to)
        return {
            "specversion": "1.0",
            "id": str(derive_id(SOURCE, "event", UUID(recorder.unit_id), key)),
            "source": SOURCE,
            "type": f"{TYPE_PREFIX}UnitReorganised",
            "data": data,
        }


def _begun(identity: str, unit: Unit, kind: UnitKind, parent: str) -> dict[str, str]:
    return {
        "unit_id": identity,
        "code": unit.code,
        "name": unit.name,
        "kind": kind.value,
        "parent_id": parent,
    }


def _commune(identity: str, unit: Unit, parent: str) -> dict[str, str]:
    return _begun(identity, unit, UnitKind(_kind(unit.name)), parent)


def _kind(name: str) -> str:
    return (commune_kind(name) or UnitKind.COMMUNE).value


def _giving(identity: str, share: Share) -> dict[str, str]:
    return {"unit_id": identity, "share": share.value}


def _by_code(units: Iterable[Unit]) -> list[Unit]:
    return sorted(units, key=lambda unit: unit.code)


def _grouped(units: Iterable[Unit]) -> Iterator[tuple[str, list[Unit]]]:
    """Units under each parent, both in the order of their codes."""
    found: defaultdict[str, list[Unit]] = defaultdict(list)
    for unit in _by_code(units):
        found[unit.parent].append(unit)
    yield from sorted(found.items())
