"""The six nodes: who hears whom, how each is set up, on which port."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from domain.levels import Level
from services.demo.nodes import NODES, Stores, heard_by
from services.demo.processes import choose_ports
from services.node.settings import load_settings


def test_up_and_down_but_not_sideways() -> None:
    assert heard_by("central") == set(NODES)
    assert heard_by("q5") == {"q5", "q5-wards", "hcm", "central"}
    assert heard_by("tayninh-communes") == {"tayninh-communes", "tayninh", "central"}


def test_every_node_gets_settings_that_the_node_accepts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = Stores(tmp_path)
    for node in NODES.values():
        with monkeypatch.context() as patch:
            for name, value in node.environment(stores, 8080).items():
                patch.setenv(name, value)
            settings = load_settings()
        assert settings.node == node.name
        assert settings.data_dir == tmp_path / node.name
        assert settings.carrier_path == tmp_path / "carrier.db"


def test_the_server_profile_gives_each_node_its_own_database(tmp_path: Path) -> None:
    addresses = {name: f"postgresql://host/{name}" for name in NODES}
    environ = NODES["q5"].environment(Stores(tmp_path, "broker:9092", addresses), 8080)
    assert environ["ANTQ_DATABASE"] == "postgresql://host/q5"
    assert environ["ANTQ_KAFKA"] == "broker:9092"
    assert "ANTQ_LOCAL_CARRIER" not in environ


def test_runs_on_one_broker_do_not_hear_each_other(tmp_path: Path) -> None:
    first, second = (Stores(tmp_path, "broker:9092", {"q5": "x"}, run) for run in ("a1", "b2"))
    assert NODES["q5"].environment(first, 8080)["ANTQ_NODE"] == "q5-a1"
    assert NODES["q5"].environment(second, 8080)["ANTQ_PARENT"] == "hcm-b2"


def test_all_four_levels_take_part() -> None:
    assert {node.level for node in NODES.values()} == set(Level)


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        base = taken.getsockname()[1]
        ports = choose_ports(base)
    assert base not in ports.values()
    assert len(set(ports.values())) == len(NODES)
