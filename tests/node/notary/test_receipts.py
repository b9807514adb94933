"""What a commune records is sealed and vouched for by every level above; the receipt comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
import sqlalchemy as sa

from services.node.errors import CarrierUnavailableError
from services.node.ledger.names import origin_name
from tests.node.notary.country import ABOVE_A_COMMUNE, latest, meeting, origin_of, vouching
from tests.node.sync.hierarchy import Hierarchy, held


def test_every_level_above_vouches_for_a_communes_stream(country: Hierarchy) -> None:
    commune = country.nodes["commune"]
    origin = origin_of(commune)
    for _ in range(3):
        meeting(commune)
    country.settle()
    country.settle()
    size = commune.trees.size(origin)
    assert size == len(held(commune, origin)) == 4  # the key's announcement is one of them
    for name, node in country.nodes.items():
        signed = latest(node, origin)
        assert signed.checkpoint.size == size, name
        assert signed.checkpoint.root == commune.trees.root(origin)
        assert signed.checkpoint.origin == origin_name(origin)
    receipt = latest(commune, origin)
    assert vouching(commune, receipt) == set(ABOVE_A_COMMUNE)
    assert commune.notary.standing().unconfirmed == 0
    assert all(not node.notary.standing().disputed for node in country.nodes.values())


def test_the_streams_of_superiors_are_vouched_for_too(country: Hierarchy) -> None:
    district = country.nodes["district"]
    meeting(district)
    country.settle()
    country.settle()
    receipt = latest(district, origin_of(district))
    assert vouching(district, receipt) == {"province", "central"}


def test_those_below_hold_the_checkpoints_of_what_comes_down(country: Hierarchy) -> None:
    """With them a commune sees that nobody has altered a superior's record on its way."""
    for name in ABOVE_A_COMMUNE:
        meeting(country.nodes[name])
    country.settle()
    country.settle()
    commune = country.nodes["commune"]
    for name in ABOVE_A_COMMUNE:
        origin = origin_of(country.nodes[name])
        assert latest(commune, origin) == latest(country.nodes[name], origin), name
        assert latest(commune, origin).checkpoint.size == commune.log.head(origin)


def test_a_child_that_missed_superiors_checkpoints_is_told_again(country: Hierarchy) -> None:
    origin = origin_of(country.nodes["central"])
    commune = country.nodes["commune"]
    known = latest(commune, origin)
    with commune.database.transaction() as connection:
        connection.execute(sa.text("DELETE FROM ledger_checkpoints"))
    for name in ("district", "commune"):
        country.crash(name)  # each asks the one above when it opens its topic again
    country.settle()
    country.settle()
    assert latest(country.nodes["commune"], origin) == known


def test_a_superiors_checkpoint_that_got_lost_as_it_was_sent_is_sent_again(
    country: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    central, commune = country.nodes["central"], country.nodes["commune"]
    central.notary._next_telling = 0.0  # as if children had not been told within the half minute
    origin = origin_of(central)
    meeting(central)
    (down,) = central.forwarders
    take = down._checkpoints
    lost: list[Mapping[str, Sequence[bytes]]] = []

    def failing() -> Mapping[str, Sequence[bytes]]:
        """What is taken never reaches the carrier."""
        taken = take()
        if taken and not lost:
            lost.append(taken)
            raise CarrierUnavailableError("gone")
        return taken

    monkeypatch.setattr(down, "_checkpoints", failing)
    country.settle()
    country.settle()
    assert lost
    assert latest(commune, origin).checkpoint.size == central.log.head(origin)
