"""python -m bench [STAGE…]: measure the node beside the plain library and the machine's floor.

Stages: ingest, receive, hop, latency, cutoff, project, rebuild, ledger, audit; all of these if
none is named. And growth, only when it is named: the same work on a log of more and more events
(--sizes), which takes long and much disk; and endurance, only when it is named: a rebuild of the
first of --sizes beside a node that serves, and the memory it takes. The database and the broker are
found as the tests find them (infra.backing).
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench import (
    audit,
    curves,
    cutoff,
    endurance,
    growth,
    hop,
    ingest,
    latency,
    ledger,
    machine,
    picture,
    project,
    rebuild,
    receive,
    report,
)
from bench.advised import advised_postgres
from bench.measuring import Case, alternate
from bench.profiling import profiles
from bench.stores import PostgresStore, SQLiteStore, Store
from infra.backing import BackingError, KafkaBacking, resolve_kafka

_STAGES: Final = (
    "ingest",
    "receive",
    "hop",
    "latency",
    "cutoff",
    "project",
    "rebuild",
    "ledger",
    "audit",
)
_GROWTH: Final = "growth"
_ENDURANCE: Final = "endurance"
_ON_A_BROKER: Final = {
    "receive": receive.cases,
    "hop": hop.cases,
    "latency": latency.cases,
    "ledger": ledger.cases,
    "cutoff": cutoff.cases,
}
_ON_A_STORE: Final = {
    "ingest": ingest.cases,
    "project": project.cases,
    "rebuild": rebuild.cases,
    "audit": audit.cases,
}
_STORES: Final = ("postgresql", "sqlite")
_DOCS: Final = Path(__file__).parents[1] / "docs"
_DOCUMENT: Final = _DOCS / "performance.md"
_PICTURE: Final = _DOCS / "diagrams" / "performance.svg"
_CURVE: Final = _DOCS / "diagrams" / "growth.svg"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status (1: a server could not be provided)."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if unknown := set(options.stages) - {*_STAGES, _GROWTH, _ENDURANCE}:
        parser.error(f"no such stage: {', '.join(sorted(unknown))}")
    logging.basicConfig(level=logging.WARNING)
    try:
        with ExitStack() as servers:
            _run(options, servers)
    except BackingError as error:
        _tell(str(error))
        return 1
    return 0


def _run(options: argparse.Namespace, servers: ExitStack) -> None:
    stages, kinds = set(options.stages or _STAGES), set(options.store or _STORES)
    if _GROWTH in stages:
        _grow(options, servers)
        stages.remove(_GROWTH)
    if _ENDURANCE in stages:
        server = servers.enter_context(advised_postgres())
        endured = endurance.endure(PostgresStore(server), options.sizes[0], tell=_tell)
        sys.stdout.write(endured.as_text() + "\n")
        stages.remove(_ENDURANCE)
    if not stages:
        return
    stores: list[Store] = []
    address = broker = None
    if "postgresql" in kinds:
        server = servers.enter_context(advised_postgres())
        _tell(server.describe())
        stores.append(PostgresStore(server))
        address = server.dsn("postgres")
    if "sqlite" in kinds:
        stores.append(SQLiteStore())
    if options.profile:
        for store in stores:
            for profile in profiles(store, options.events, stages):
                sys.stdout.write(profile.text() + "\n\n")
        return
    if stages & _ON_A_BROKER.keys():
        broker = servers.enter_context(resolve_kafka())
        _tell(broker.describe())
    facts = machine.facts(address, None if broker is None else broker.describe())
    results = [
        alternate(case, options.runs, _tell)
        for stage in _STAGES
        if stage in stages
        for store in stores
        for case in _cases(stage, broker)(store, options.events)
    ]
    sys.stdout.write(report.as_text(results) + "\n")
    if options.json is not None:
        asked = {"events": options.events, "runs": options.runs}
        options.json.write_text(report.as_json(results, facts, asked), encoding="utf-8")
    earlier = [r for file in options.earlier for r in report.from_json(file.read_text("utf-8"))]
    results = sorted([*earlier, *results], key=lambda result: _STAGES.index(result.stage))
    if options.markdown:
        _PICTURE.write_text(picture.as_svg(results), encoding="utf-8")
        report.refresh(_DOCUMENT, report.as_markdown(results, facts))


def _grow(options: argparse.Namespace, servers: ExitStack) -> None:
    server = servers.enter_context(advised_postgres())
    _tell(server.describe())
    facts = machine.facts(server.dsn("postgres"), None)
    points = growth.curve(PostgresStore(server), sorted(options.sizes), tell=_tell)
    sys.stdout.write(curves.as_text(points) + "\n")
    if options.json is not None:
        options.json.write_text(curves.as_json(points, facts), encoding="utf-8")
    if options.markdown:
        report.refresh(_DOCUMENT, curves.as_markdown(points, facts), curves.MARKS)
        _CURVE.write_text(curves.as_svg(points), encoding="utf-8")


def _cases(stage: str, broker: KafkaBacking | None) -> Callable[[Store, int], Iterator[Case]]:
    if broker is not None and stage in _ON_A_BROKER:
        found, on_a_broker = broker, _ON_A_BROKER[stage]
        return lambda store, events: on_a_broker(store, events, found)
    return _ON_A_STORE[stage]


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    named = ", ".join((*_STAGES, _GROWTH, _ENDURANCE))
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=named)
    parser.add_argument("--store", action="append", choices=_STORES, help="only this one")
    parser.add_argument(
        "--events",
        type=_positive,
        default=20_000,
        metavar="N",
        help="events a run; the library gets a tenth, single pushes a quarter"
        " (default %(default)s)",
    )
    parser.add_argument(
        "--runs", type=_positive, default=5, metavar="N", help="of each (default %(default)s)"
    )
    parser.add_argument(
        "--sizes",
        type=_positive,
        nargs="+",
        default=[1_000_000, 5_000_000, 10_000_000, 20_000_000],
        metavar="N",
        help="growth, endurance: events in the log (default %(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every run there")
    parser.add_argument(
        "--markdown", action="store_true", help="refresh table and picture of docs/performance.md"
    )
    parser.add_argument(
        "--with",
        dest="earlier",
        action="append",
        type=Path,
        default=[],
        metavar="JSON",
        help="show what --json wrote in an earlier run on the same machine as well",
    )
    parser.add_argument(
        "--profile", action="store_true", help="do not measure; show where the time goes"
    )
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


if __name__ == "__main__":
    sys.exit(main())
