"""Who signs another history than the one it sent is found out, stopped, and decided about."""

from __future__ import annotations

from uuid import UUID

from contracts.control import Checkpoints
from services.node.ledger.checkpoint import Checkpoint, SignedCheckpoint
from services.node.ledger.names import origin_name
from services.node.ledger.note import Note, Signature
from services.node.node import Node
from services.node.notary.evidence import ForkReason
from services.node.syncstate import Direction
from tests.node.notary.country import latest, meeting, origin_of, vouching
from tests.node.sync.hierarchy import Hierarchy, push


def sealed_commune(country: Hierarchy) -> UUID:
    commune = country.nodes["commune"]
    meeting(commune)
    country.settle()
    country.settle()
    return origin_of(commune)


def signed_by(node: Node, origin: UUID, size: int, root: bytes) -> SignedCheckpoint:
    """What a node signs with its own key, whatever it holds."""
    assert node.notary.keyring is not None
    checkpoint = Checkpoint(origin_name(origin), size, root)
    text = checkpoint.text()
    key = node.notary.keyring.for_origin(origin)
    return SignedCheckpoint(checkpoint, Note(text, (key.sign(text),)))


def show(node: Node, sender: str, signed: SignedCheckpoint) -> None:
    """Let a checkpoint arrive from below."""
    node.notary.show(Checkpoints(sender, [signed.note.encode()]), Direction.BELOW)
    node.notary.run_once()


def test_another_history_under_the_own_key_stops_the_stream(country: Hierarchy) -> None:
    origin = sealed_commune(country)
    commune, district = country.nodes["commune"], country.nodes["district"]
    forged = signed_by(commune, origin, 2, b"x" * 32)
    show(district, "commune", forged)
    (fork,) = district.notary.evidence.of(origin)
    assert (fork.size, fork.reason, fork.sender) == (2, ForkReason.ROOT, "commune")
    assert fork.note == forged.note.encode()
    assert fork.held_root == district.trees.root(origin, 2)
    state = district.origins.state(origin)
    assert state is not None
    assert state.forked
    assert district.notary.standing().disputed == 1
    assert any(str(origin) in notice.en for notice in district.health().notices)
    meeting(commune)
    country.settle()
    assert len(district.log.read_stream(origin, 1, 99)) == 2, "nothing more of it is taken"


def test_a_wrong_signature_of_a_known_key_is_noise_and_stops_nothing(country: Hierarchy) -> None:
    """Whoever may write to a topic can make one up: it proves nothing about the stream."""
    origin = sealed_commune(country)
    commune, district = country.nodes["commune"], country.nodes["district"]
    right = latest(commune, origin)
    name, key_id = right.note.signatures[0].name, right.note.signatures[0].key_id
    wrong = SignedCheckpoint(
        right.checkpoint, Note(right.note.text, (Signature(name, key_id, bytes(64)),))
    )
    show(district, "commune", wrong)
    assert district.notary.evidence.of(origin) == []
    state = district.origins.state(origin)
    assert state is not None
    assert not state.forked
    standing = district.notary.standing()
    assert (standing.wrongly_signed, standing.waiting, standing.disputed) == (1, 0, 0)
    assert any("wrong signature came from commune" in n.en for n in district.health().notices)
    meeting(commune)
    for _ in range(3):
        country.settle()
    assert vouching(commune, latest(commune, origin)) == {"district", "province", "central"}


def test_a_checkpoint_by_an_unknown_key_only_waits(country: Hierarchy) -> None:
    origin = sealed_commune(country)
    province, district = country.nodes["province"], country.nodes["district"]
    foreign = signed_by(province, origin, 2, district.trees.root(origin, 2))
    show(district, "commune", foreign)
    assert district.notary.evidence.of(origin) == []
    assert district.notary.standing().waiting == 1
    for number in range(100):
        show(district, "commune", signed_by(province, origin, 2, number.to_bytes(32)))
    assert district.notary.standing().waiting == 8, "of one stream no more are kept"


def test_a_person_lets_the_stream_go_on(country: Hierarchy) -> None:
    origin = sealed_commune(country)
    commune, district = country.nodes["commune"], country.nodes["district"]
    forged = signed_by(commune, origin, 2, b"x" * 32)
    show(district, "commune", forged)
    decide(district, origin, "stays_stopped")
    district.notary.run_once()
    state = district.origins.state(origin)
    assert state is not None
    assert state.forked
    decide(district, origin, "goes_on")
    district.notary.run_once()
    state = district.origins.state(origin)
    assert state is not None
    assert not state.forked
    assert district.notary.standing().disputed == 0
    show(district, "commune", forged)
    assert district.notary.standing().disputed == 0, "the same evidence is decided"
    meeting(commune)
    for _ in range(3):
        country.settle()
    assert vouching(commune, latest(commune, origin)) == {"district", "province", "central"}


def decide(node: Node, stream: UUID, outcome: str) -> None:
    unit_id = node.settings.units[0]
    push(
        node,
        "ForkDecided",
        {
            "unit_id": str(unit_id),
            "org_id": node.directory.organisations_of(unit_id)[0],
            "actor_account": "tests",
            "occurred_on": "2025-01-01",
            "stream_id": str(stream),
            "outcome": outcome,
        },
    )


def test_nobody_below_can_stop_a_stream_from_above(country: Hierarchy) -> None:
    sealed_commune(country)
    district, central = country.nodes["district"], country.nodes["central"]
    stream = origin_of(central)
    forged = signed_by(central, stream, 1, b"x" * 32)
    show(district, "commune", forged)
    own = signed_by(district, origin_of(district), 1, b"x" * 32)
    show(district, "commune", own)
    assert district.notary.evidence.of() == []
    state = district.origins.state(stream)
    assert state is not None
    assert not state.forked
