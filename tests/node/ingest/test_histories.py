"""Histories in one exchange with PostgreSQL: the same rows as a view's, whatever happened since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.levels import Level
from domain.refusals import Text
from services.node.carriers.local import LocalCarrier
from services.node.histories import Histories
from services.node.levelspec import LevelSpec
from services.node.node import Node
from services.node.settings import Settings
from tests.node.sync.hierarchy import push

pytestmark = pytest.mark.integration

CENTRE = str(uuid4())


@pytest.fixture
def node(database_address: str, tmp_path: Path) -> Iterator[Node]:
    """The centre with one folded aggregate, its own unit."""
    settings = Settings(
        node="centre",
        units=(UUID(CENTRE),),
        data_dir=tmp_path,
        database=database_address,
        local_carrier=tmp_path / "carrier.db",
    )
    node = Node(
        settings,
        LevelSpec(Level.CENTRAL, Text("centre", "centre"), (), ()),
        carrier=LocalCarrier(tmp_path / "carrier.db"),
    )
    node.open()
    yield node
    node.close()


def found_unit(node: Node) -> str:
    """Record the centre's unit and fold it; its aggregate."""
    unit = {"unit_id": CENTRE, "code": "00", "name": "Trung ương", "kind": "central"}
    verdict = push(
        node,
        "UnitReorganised",
        {
            "unit_id": CENTRE,
            "org_id": str(uuid4()),
            "actor_account": "catalogue",
            "occurred_on": "2024-01-01",
            "kind": "created",
            "to": [unit],
            "effective_on": "2024-01-01",
        },
    )
    assert node.projector.run_once() == 1
    return verdict.aggregate_id


def connections(address: str) -> list[int]:
    """The processes of the server that last read histories."""
    with psycopg.connect(address, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE query LIKE '%AS live_number%'"
            " AND pid <> pg_backend_pid() AND datname = current_database()"
        ).fetchall()
    return [row[0] for row in rows]


def asked(histories: Histories, *aggregate_ids: str) -> list[str]:
    return [row.aggregate_id for row in histories.rows(aggregate_ids)]


def test_the_rows_are_those_of_a_view(node: Node, database_address: str) -> None:
    aggregate = found_unit(node)
    histories = Histories(node.projector)
    by_view = histories.rows([aggregate])
    at_once = histories.rows([aggregate, str(uuid4())])
    assert connections(database_address)
    assert [(row.kind, bytes(row.history)) for row in at_once] == [
        (row.kind, bytes(row.history)) for row in by_view
    ]
    assert asked(histories, str(uuid4())) == []
    assert asked(histories) == []
    histories.close()


def test_a_connection_that_died_while_it_lay_idle_is_replaced(
    node: Node, database_address: str
) -> None:
    aggregate = found_unit(node)
    histories = Histories(node.projector)
    for _ in range(2):
        assert asked(histories, aggregate) == [aggregate]
    with psycopg.connect(database_address, autocommit=True) as connection:
        for process in connections(database_address):
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    for _ in range(2):
        assert asked(histories, aggregate) == [aggregate]
    histories.close()


def test_after_a_rebuild_the_rows_are_those_of_the_new_generation(
    node: Node, database_address: str
) -> None:
    aggregate = found_unit(node)
    histories = Histories(node.projector)
    for _ in range(2):
        assert asked(histories, aggregate) == [aggregate]
    with node.projector.view() as view:
        before = view.tables["entities"].name
    node.projector.rebuild()
    with psycopg.connect(database_address, autocommit=True) as connection:
        connection.execute(f"DELETE FROM {before}")  # noqa: S608 # our own table
    for _ in range(2):
        assert asked(histories, aggregate) == [aggregate]
    histories.close()
