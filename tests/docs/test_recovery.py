"""The manual's way back after a loss: an old backup, a new seat, everything pushed again."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import UUID

from domain.samples import CENTRE, WARD, WARD_FRONT
from services.central.spec import SPEC as CENTRAL
from services.commune.spec import SPEC as COMMUNE
from services.node.node import Node
from services.node.settings import Settings
from tests.node.api.serving import Served, catalogue, make_node, meeting, serve, until


def _ward(folder: Path, seat: str) -> Node:
    settings = Settings(
        node="ward",
        parent="centre",
        units=(UUID(WARD),),
        seat=seat,
        data_dir=folder / "ward",
        local_carrier=folder / "carrier.db",
        announce_seconds=0.2,
    )
    return Node(settings, COMMUNE)


def _attendees(served: Served) -> int:
    served.projected()
    figure = served.json("/v1/figures/activity", unit=WARD, period="2025-03")
    return int(figure["total"]["values"].get("MeetingHeld.attendees", 0))


def test_the_manuals_way_back_after_a_loss(tmp_path: Path) -> None:
    events = [meeting(attendees=attendees) for attendees in range(1, 6)]
    with serve(make_node(tmp_path, "centre", CENTRAL, CENTRE)) as centre:
        with serve(_ward(tmp_path, "main")) as ward:
            assert centre.push_all(catalogue()).status_code == 200
            until(lambda: ward.node.directory.organisation(WARD_FRONT) is not None)
            until(lambda: not ward.node.recovery.reasons())
            assert ward.push_all(events[:2]).status_code == 200
        shutil.copytree(tmp_path / "ward", tmp_path / "backup")  # the node is stopped
        with serve(_ward(tmp_path, "main")) as ward:
            assert ward.push_all(events[2:]).status_code == 200
            until(lambda: _attendees(centre) == 15)
        shutil.rmtree(tmp_path / "ward")
        (tmp_path / "ward").mkdir()
        for name in ("log.db", "log.db-wal"):  # no state.db beside it
            if (tmp_path / "backup" / name).exists():
                shutil.copy(tmp_path / "backup" / name, tmp_path / "ward" / name)
        with serve(_ward(tmp_path, "b")) as ward:
            until(lambda: ward.node.directory.organisation(WARD_FRONT) is not None)
            until(lambda: not ward.node.recovery.reasons())
            again = ward.push_all(events).json()
            # What was lost has come back from above before the ward records in its new stream.
            assert (again["summary"]["duplicate"], again["summary"]["recorded"]) == (5, 0)
            more = ward.push_all([meeting(attendees=6)]).json()["items"][0]
            assert more["sequence"] == 1
            assert more["origin"] != again["items"][0]["origin"]
            assert _attendees(ward) == 21
            until(lambda: centre.node.log.head(UUID(more["origin"])) == 1)
            assert _attendees(centre) == 21
            assert centre.json("/v1/forks")["items"] == []
