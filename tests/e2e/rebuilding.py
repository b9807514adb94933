"""`antq rebuild` beside running nodes, and the rows before and after it, byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from subprocess import CompletedProcess

import psycopg
from psycopg import sql

from tests.e2e.places import SERVICES
from tests.e2e.world import World


def live_generation(address: str) -> int:
    """The number of the generation of tables that figures are read from."""
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT number FROM projection_generations WHERE live").fetchone()
    assert row is not None
    return int(row[0])


def live_rows(address: str) -> Mapping[str, str]:
    """Of each table of the live generation: SHA-256 of its rows as PostgreSQL's binary COPY."""
    suffix = f"_g{live_generation(address)}"
    found: dict[str, str] = {}
    with psycopg.connect(address) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
            " AND right(tablename, length(%s)) = %s",
            (suffix, suffix),
        ).fetchall()
        for (table,) in tables:
            statement = sql.SQL(
                "COPY (SELECT * FROM {table} ORDER BY {key}) TO STDOUT (FORMAT binary)"
            ).format(table=sql.Identifier(table), key=_primary_key(connection, table))
            digest = hashlib.sha256()
            with connection.cursor().copy(statement) as rows:
                for part in rows:
                    digest.update(part)
            found[table.removesuffix(suffix)] = digest.hexdigest()
    assert found, f"no tables of generation {suffix}"
    return found


def _primary_key(connection: psycopg.Connection, table: str) -> sql.Composed:
    columns = connection.execute(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
        " AND a.attnum = ANY(i.indkey) WHERE i.indrelid = %s::regclass AND i.indisprimary"
        " ORDER BY array_position(i.indkey::int2[], a.attnum)",
        (table,),
    ).fetchall()
    return sql.SQL(", ").join(sql.Identifier(name) for (name,) in columns)


def rebuild(world: World, services: Iterable[str]) -> Mapping[str, CompletedProcess[str]]:
    """`antq rebuild` for services, two at a time; what each printed."""
    with ThreadPoolExecutor(2) as pool:
        runs = {
            name: pool.submit(world.nodes[name].run, "rebuild", SERVICES[name].level, seconds=300)
            for name in services
        }
    return {name: run.result() for name, run in runs.items()}


def check_rebuild(world: World) -> int:
    """Rebuild every service of a quiet world; the rows stay the same. How many tables there are."""
    before = {name: live_rows(world.dsn(name)) for name in SERVICES}
    generations = {name: live_generation(world.dsn(name)) for name in SERVICES}
    for name, ran in rebuild(world, SERVICES).items():
        assert ran.returncode == 0, f"{name}: {ran.stdout}{ran.stderr}"
        assert "byte for byte" in ran.stdout, f"{name}: {ran.stdout}{ran.stderr}"
        assert live_generation(world.dsn(name)) > generations[name]
        assert live_rows(world.dsn(name)) == before[name], name
    return sum(map(len, before.values()))
