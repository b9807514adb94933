"""The figures once more, from nothing but the communes' logs. Knows nothing of the project's code.

    python tests/e2e/recompute.py postgresql://… postgresql://…    prints them as JSON

Whoever doubts a figure reads this page, runs it on the communes' databases and compares.
"""

import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import psycopg

Event = dict[str, Any]
Counts = dict[str, Counter[str]]  # by unit, by measure

ADDED_UP = {"MeetingHeld": ("attendees",), "ModelReplicated": ("group_count", "member_count")}
NOT_COUNTED = ("EventRetracted", "EventCorrected", "EventErased")
CATALOGUE = ("UnitReorganised", "OrganisationChanged", "RuleDefined")


def read_logs(addresses: Iterable[str]) -> list[Event]:
    """Every event of every log once, in the order of recording."""
    found: dict[tuple[str, str], Event] = {}
    for address in addresses:
        with psycopg.connect(address) as connection:
            for (raw,) in connection.execute("SELECT state FROM stored_events"):
                event = json.loads(raw)
                event["name"] = event["type"].removeprefix("vn.antq.")
                event["digest"] = "sha256:" + hashlib.sha256(raw).hexdigest()
                found[event["source"], event["sequence"]] = event
    return sorted(found.values(), key=lambda e: (e["time"], e["source"], e["sequence"]))


def what_holds(events: list[Event]) -> list[Event]:
    """Without what was retracted or erased, with what was corrected; the last correction holds."""
    retracted = {e["data"]["target_event_id"] for e in events if e["name"] == "EventRetracted"}
    corrected = {
        e["data"]["target_event_id"]: e["data"]["replacement"]
        for e in events
        if e["name"] == "EventCorrected" and e["id"] not in retracted
    }
    return [
        {**e, "data": corrected.get(e["id"], e["data"])}
        for e in events
        if e["name"] not in NOT_COUNTED and e["id"] not in retracted
    ]


def parents(events: list[Event]) -> dict[str, str | None]:
    """Of each unit the one above."""
    return {
        unit["unit_id"]: unit.get("parent_id")
        for e in events
        if e["name"] == "UnitReorganised"
        for unit in e["data"]["to"]
    }


def activity(holding: list[Event], first: str, last: str) -> Counts:
    """Events and what they count, by unit and type, within the days."""
    counts: Counts = defaultdict(Counter)
    for e in holding:
        data = e["data"]
        if e["name"] in CATALOGUE or not first <= data["occurred_on"] <= last:
            continue
        counts[data["unit_id"]][e["name"] + ".events"] += 1
        for measure in ADDED_UP.get(e["name"], ()):
            counts[data["unit_id"]][f"{e['name']}.{measure}"] += data[measure]
    return counts


def meetings(holding: list[Event], first: str, last: str, communes: Iterable[str]) -> Counts:
    """One periodic meeting a month is due to every commune; `first` to `last` are whole months."""
    months = [
        f"{year}-{month:02}"
        for year in range(int(first[:4]), int(last[:4]) + 1)
        for month in range(1, 13)
        if first[:7] <= f"{year}-{month:02}" <= last[:7]
    ]
    held: dict[str, Counter[str]] = defaultdict(Counter)
    for e in holding:
        if e["name"] == "MeetingHeld" and e["data"]["kind"] == "committee_periodic":
            held[e["data"]["unit_id"]][e["data"]["occurred_on"][:7]] += 1
    return {
        unit: Counter(
            due=len(months),
            met=sum(held[unit][month] > 0 for month in months),
            meetings=sum(held[unit][month] for month in months),
        )
        for unit in communes
    }


def stock(holding: list[Event], first: str, last: str) -> Counts:
    """Models, points and groups on the last day, and what was opened and retired in the span."""
    counts: Counts = defaultdict(Counter)
    for unit, what, number, opened, retired in _lives(holding):
        if opened <= last:
            counts[unit][what] += number
            counts[unit][what + "_opened"] += number * (opened >= first)
        if retired <= last:
            counts[unit][what] -= number
            counts[unit][what + "_retired"] += number * (retired >= first)
    return counts


def _lives(holding: list[Event]) -> Iterator[tuple[str, str, int, str, str]]:
    """Unit, what, how many, the day it opened, the day it was retired ("9" if never)."""
    models: dict[str, list[Event]] = defaultdict(list)
    for e in holding:
        if e["name"] in ("ModelEstablished", "ModelReplicated", "ModelRetired"):
            models[e["subject"]].append(e)
    for history in models.values():
        ends = {
            e["data"].get("point_id"): e["data"]["occurred_on"]
            for e in history
            if e["name"] == "ModelRetired"
        }
        whole = ends.get(None, "9")
        for e in history:
            data = e["data"]
            if e["name"] == "ModelEstablished":
                yield data["unit_id"], "models", 1, data["opened_on"], whole
            elif e["name"] == "ModelReplicated":
                unit = data.get("point_unit_id", data["unit_id"])
                since = data.get("opened_on", data["occurred_on"])
                until = min(whole, ends.get(data["point_id"], "9"))
                yield unit, "points", 1, since, until
                yield unit, "groups", data["group_count"], since, until


def reports(
    holding: list[Event], period: str, last_good_day: str, communes: Iterable[str]
) -> tuple[Counts, dict[str, str]]:
    """How the communes reported for a period, and the standing of each one's report."""
    receipts: dict[str, set[str]] = defaultdict(set)
    versions: dict[str, list[Event]] = defaultdict(list)
    for e in holding:
        if e["name"] in ("ReportReturned", "ReportAccepted"):
            receipts[e["data"]["report_digest"]].add(e["name"])
        elif e["name"] == "ReportSubmitted" and e["data"]["period"] == period:
            versions[e["data"]["unit_id"]].append(e)
    counts: Counts = {}
    standings: dict[str, str] = {}
    for unit in communes:
        sent = sorted(versions[unit], key=lambda e: int(e["data"]["report_version"]))
        got = [receipts[e["digest"]] for e in sent]
        standings[unit] = (
            "missing"
            if not sent
            else "returned"
            if "ReportReturned" in got[-1]
            else "accepted"
            if "ReportAccepted" in got[-1]
            else "submitted"
        )
        returned = any("ReportReturned" in g for g in got)
        accepted = any("ReportAccepted" in g for g in got)
        on_time = bool(sent) and sent[0]["data"]["occurred_on"] <= last_good_day
        counts[unit] = Counter(
            expected=1,
            actual=bool(sent),
            missing=not sent,
            on_time=on_time,
            late=bool(sent) and not on_time,
            returned=returned,
            accepted=accepted,
            judged=returned or accepted,
            first_pass=bool(sent) and "ReportAccepted" in got[0] and not returned,
        )
    return counts, standings


def rolled_up(counts: Counts, parent: dict[str, str | None], root: str) -> Counter[str]:
    """The sum over a unit and everything below it, without what is 0."""
    total: Counter[str] = Counter()
    for unit, numbers in counts.items():
        above: str | None = unit
        while above is not None and above != root:
            above = parent[above]
        if above == root:
            total.update(numbers)
    return Counter({measure: number for measure, number in total.items() if number})


if __name__ == "__main__":
    everything = what_holds(read_logs(sys.argv[1:]))
    years = sorted({e["data"]["occurred_on"][:4] for e in everything})
    for year in years:
        span = (f"{year}-01-01", f"{year}-12-31")
        counts = {"activity": activity(everything, *span), "stock": stock(everything, *span)}
        sys.stdout.write(json.dumps({year: counts}, indent=1) + "\n")
