"""What a commune records is sealed and vouched for by every level above; the receipt comes back."""

from __future__ import annotations

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
