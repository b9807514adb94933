"""A PostgreSQL database for each node of the demonstration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from services.demo.nodes import NODES


@contextmanager
def databases(server: str, run: str, *, kept: bool) -> Iterator[Mapping[str, str]]:
    """The address of each node's database of a run on a server.

    They are made where they are missing, and dropped in the end unless they are to be kept. A crash
    leaves them behind, named "antq_demo_…". Raises psycopg.Error.
    """
    names = {node: f"antq_demo_{node.replace('-', '_')}_{run}" for node in NODES}
    _create(server, names.values())
    try:
        yield {node: _address(server, name) for node, name in names.items()}
    finally:
        if not kept:
            _drop(server, names.values())


def _address(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def _create(server: str, names: Iterable[str]) -> None:
    with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
        known = {row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()}
        for name in names:
            if name not in known:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(
                        sql.Identifier(name)
                    )
                )


def _drop(server: str, names: Iterable[str]) -> None:
    with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
        for name in names:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
