"""What a node asks of its sessions with PostgreSQL."""

from __future__ import annotations

import psycopg
import pytest

from services.node.database import Database

pytestmark = pytest.mark.integration


def _setting(database: Database, name: str) -> str:
    with database.reading() as connection:
        return str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())


def _of_database(address: str, setting: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET {setting}'.encode())


def test_sessions_have_memory_to_sort_in_and_compile_nothing(database_address: str) -> None:
    database = Database(database_address)
    assert _setting(database, "jit") == "off"
    assert _setting(database, "work_mem") == "32MB"
    assert _setting(database, "hash_mem_multiplier") == "4"
    database.close()


def test_more_memory_of_the_operators_stays(database_address: str) -> None:
    _of_database(database_address, "work_mem = '64MB'")
    _of_database(database_address, "hash_mem_multiplier = 8")
    database = Database(database_address)
    assert _setting(database, "work_mem") == "64MB"
    assert _setting(database, "hash_mem_multiplier") == "8"
    database.close()


def test_what_is_long_is_compressed_by_lz4_if_the_server_can(database_address: str) -> None:
    database = Database(database_address)
    with database.transaction() as connection:
        known = connection.exec_driver_sql(
            "SELECT enumvals FROM pg_settings WHERE name = 'default_toast_compression'"
        ).scalar_one()
        connection.exec_driver_sql("CREATE TABLE long (history bytea)")
        connection.exec_driver_sql("INSERT INTO long VALUES (%s)", (b'{"unit_id": 1}' * 1_000,))
        used = connection.exec_driver_sql(
            "SELECT pg_column_compression(history) FROM long"
        ).scalar_one()
    database.close()
    assert used == ("lz4" if "lz4" in known else "pglz")
