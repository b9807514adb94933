"""A node's first page, a figure's own page, and the state of synchronisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.labels import label
from domain.refusals import Text
from domain.standard import StandardStage
from services.node.figures import Cut
from services.node.notary.receipts import StreamLedger, stream_ledgers
from services.node.originsync import OriginSync
from services.node.web.choosing import asked_cut, figure_named
from services.node.web.completeness import completeness
from services.node.web.figures import figure_table
from services.node.web.site import Asked
from services.node.web.texts import DIRECTIONS, RECEIVERS, REPORT_STATUSES, WORKERS


def overview_page(asked: Asked) -> Mapping[str, Any]:
    """The committee's figures for the unit and period, in the order its level's spec gives."""
    figures = [figure for figure in asked.node.spec.figures if figure.opens_the_page]
    cut = Cut(today=asked.today)
    tables = [figure_table(asked, figure, cut, whole=False) for figure in figures]
    others = [
        (figure.name, asked.language.of(figure.title), figure.formula)
        for figure in asked.node.spec.figures
        if not figure.opens_the_page
    ]
    return {"tables": tables, "held": tables[0].completeness, "others": others}


def figure_page(asked: Asked, name: str) -> Mapping[str, Any]:
    """One figure with its finer division. Raises PageProblemError for an unknown one."""
    figure = figure_named(asked, name)
    table = figure_table(asked, figure, asked_cut(asked), whole=True)
    return {
        "table": table,
        "reports": [
            {
                "line": line,
                "status": asked.language.of(REPORT_STATUSES[line.status]),
                "receivers": [
                    (asked.language.of(RECEIVERS.get(role, Text(role, role))), day)
                    for role, day in line.receivers
                ],
            }
            for line in table.result.reports
        ],
        "subjects": [
            {
                "line": line,
                "unit": asked.unit_name(line.unit_id),
                "stage": "–"
                if line.stage is None
                else asked.language.of(label(StandardStage(line.stage))),
            }
            for line in table.result.subjects
        ],
    }


def sync_page(asked: Asked) -> Mapping[str, Any]:
    """Every stream this node knows: how far it is here, and what it waits for."""
    node = asked.node
    streams = node.origins_sync()
    ledgers = stream_ledgers(node)
    return {
        "held": completeness(streams),
        "unsigned": sum(not one.announced for one in ledgers.values()),
        "streams": sorted(
            (_stream(asked, stream, ledgers.get(stream.origin)) for stream in streams),
            key=lambda row: (row["order"], row["code"], row["unit"], row["origin"]),
        ),
        "backlog": [
            (asked.language.of(WORKERS.get(name, Text(name, name))), behind)
            for name, behind in sorted(node.backlog().items())
        ],
        "health": node.health(),
        "position": asked.view.position,
        "quarantined": node.sync.quarantine_count(),
    }


def _stream(asked: Asked, stream: OriginSync, ledger: StreamLedger | None) -> Mapping[str, Any]:
    unit = asked.directory.attributes(stream.unit_id, asked.today)
    return {
        "origin": str(stream.origin),
        "unit": stream.unit_id if unit is None else unit.name,
        "code": "" if unit is None else unit.code,
        "order": list(DIRECTIONS).index(stream.direction.value),
        "direction": asked.language.of(DIRECTIONS[stream.direction.value]),
        "received": stream.received_through,
        "announced": max(stream.announced, stream.received_through),
        "waiting": stream.waiting,
        "seen": asked.language.moment(stream.last_seen),
        "state": completeness([stream]).state.value,
        "forked": stream.forked,
        "announced_key": ledger is not None and ledger.announced,
        "sealed": 0 if ledger is None else ledger.sealed,
        "disputed": ledger is not None and ledger.disputed,
        "receipts": [
            (asked.unit_name(one.unit_id), one.through, asked.language.moment(one.at))
            for one in (() if ledger is None else ledger.receipts)
        ],
    }
