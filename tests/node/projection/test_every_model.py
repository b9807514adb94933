"""Every read model: live in any order, rebuilt, and by the plainest fold, the same rows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from contracts.envelope import encode
from domain.assignments import ASSIGNED
from domain.effective import AMENDMENTS
from domain.events import Record
from services.node.entities import grown_by
from services.node.eventlog import NewEvent
from services.node.readmodel import CellModel, Entity, ReadModel, applies
from services.node.readmodels import READ_MODELS
from tests.node.figures.projected import entities, projected
from tests.node.projection.test_projector import Rig, rows
from tests.node.readmodels.test_rows import BUSY

_BY_ARRIVAL = {"timeline"}
"""Its rows hold positions, which depend on the order of arrival."""
_WITHOUT_ROWS = {"report_status", "obligation_notes"}
"""Models of events that the story leaves out; every other must have rows to compare."""


def recorded(record: Record) -> NewEvent:
    """The event of a record, as its origin's log holds it."""
    raw = encode(
        event_id=record.event_id,
        origin=UUID(record.origin),
        sequence=record.sequence,
        type=record.type,
        version=1,
        aggregate_id=record.aggregate_id,
        recorded_at=record.recorded_at,
        data=record.data,
    )
    return NewEvent(UUID(record.origin), record.sequence, record.type, raw)


def mixed(records: list[Record], chance: Random) -> list[NewEvent]:
    """Each origin's stream in its own order, all of them mixed at random."""
    origins = sorted({record.origin for record in records})
    streams = [iter([r for r in records if r.origin == origin]) for origin in origins]
    arrived: list[NewEvent] = []
    while streams:
        stream = chance.choice(streams)
        record = next(stream, None)
        if record is None:
            streams.remove(stream)
        else:
            arrived.append(recorded(record))
    return arrived


@pytest.mark.parametrize(
    "model", [model for model in READ_MODELS if model.by_record], ids=lambda model: model.name
)
def test_what_reads_each_record_by_itself_adds_up(model: ReadModel) -> None:
    def of(entity: Entity) -> Counter[str]:
        parts = model.contributions if isinstance(model, CellModel) else model.rows
        return Counter(map(repr, parts(entity)))

    compared = 0
    for entity in entities([r for r in BUSY if r.type not in {*AMENDMENTS, ASSIGNED}]):
        if not applies(model, entity.kind) or grown_by(entity, list(entity.placed)) is None:
            continue
        added = [grown_by(entity, [item]) for item in entity.placed]
        by_itself = Counter[str]()
        for one in added:
            assert one is not None
            by_itself += of(one)
        assert of(entity) == by_itself
        compared += bool(by_itself)
    assert compared > 0


def test_what_says_something_about_another_record_is_no_mere_growth() -> None:
    for entity in entities(BUSY):
        mixed_in = [item.record.type in {*AMENDMENTS, ASSIGNED} for item in entity.placed]
        assert (grown_by(entity, list(entity.placed[-1:])) is None) >= any(mixed_in)


@pytest.mark.parametrize("seed", range(3))
def test_every_model_has_the_rows_of_the_plainest_fold(tmp_path: Path, seed: int) -> None:
    # A receipt names a digest of bytes, which these records do not have.
    kept = [record for record in BUSY if not record.type.startswith("Report")]
    names = [model.name for model in READ_MODELS if model.name not in _BY_ARRIVAL]
    with projected(kept) as view:
        expected = {
            name: sorted(map(tuple, view.connection.execute(view.tables[name].select())))
            for name in names
        }
    rig = Rig(tmp_path)
    try:
        events, chance = mixed(kept, Random(seed)), Random(-seed)
        while events:
            number = chance.randint(1, 40)
            rig.log.append(events[:number])
            rig.project()
            events = events[number:]
        assert rows(rig, *names) == expected
        assert rows(rig, "unreadable") == {"unreadable": []}
        rebuilt = rig.projector.rebuild()
        assert (rebuilt.comparable, rebuilt.differing) == (True, ())
        assert {name for name in names if not expected[name]} <= _WITHOUT_ROWS
    finally:
        rig.close()
