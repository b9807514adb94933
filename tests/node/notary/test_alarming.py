"""Alarms: told above, all of them each time, repeated, and taken back."""

from __future__ import annotations

from uuid import UUID

from contracts.control import Alarm, Alarms
from services.node.notary.alarming import AlarmBook, text_of
from services.node.notary.evidence import ForkReason
from services.node.syncstate import Direction
from tests.node.notary.country import meeting, origin_of
from tests.node.notary.test_sealing import rewrite
from tests.node.sync.hierarchy import Hierarchy

HERE = Alarm("h-001", UUID(int=1), 5, 9, "changed")
BELOW = Alarm("x-001", UUID(int=2), 3, 3, "missing")


class Situation:
    """What is wrong at a node, and its clock."""

    def __init__(self) -> None:
        self.alarms: list[Alarm] = []
        self.sure = False
        self.moment = 0.0
        self.book = AlarmBook(
            lambda: self.alarms, lambda: self.sure, seconds=5, now=lambda: self.moment
        )


def test_alarms_are_told_when_they_change_and_repeated_while_they_last() -> None:
    here = Situation()
    assert here.book.take() is None
    here.alarms = [HERE]
    assert here.book.take() == (HERE,)
    assert here.book.take() is None
    here.book.hear(Alarms("x-001", [BELOW]))
    assert here.book.take() == (HERE, BELOW)
    here.moment = 61
    assert here.book.take() == (HERE, BELOW)


def test_that_nothing_is_wrong_any_more_is_told_once() -> None:
    here = Situation()
    here.alarms = [HERE]
    here.book.take()
    here.alarms = []
    assert here.book.take() == ()
    here.moment = 1_000
    assert here.book.take() is None


def test_after_a_start_nothing_wrong_is_told_once_the_whole_log_was_read() -> None:
    """The level above may still hold an alarm from before."""
    here = Situation()
    assert here.book.take() is None
    here.sure = True
    assert here.book.take() == ()
    assert here.book.take() is None


def test_the_last_message_of_a_node_is_all_there_is_to_say_of_it() -> None:
    here = Situation()
    here.book.hear(Alarms("x-001", [BELOW]))
    here.book.hear(Alarms("x-002", [HERE]))
    here.book.hear(Alarms("x-001", []))
    assert here.book.heard() == [HERE]
    assert "byte đã bị thay đổi" in text_of(HERE).vi
    assert "strange-new-word" in text_of(Alarm("x", UUID(int=1), 0, 0, "strange-new-word")).en


def test_nobody_above_raises_alarms_here(country: Hierarchy) -> None:
    district = country.nodes["district"]
    district.notary.show(Alarms("province", [BELOW]), Direction.ABOVE)
    assert district.notary.standing().below == 0


def test_an_edit_at_the_commune_is_known_at_the_centre_and_stops_its_sealing(
    country: Hierarchy,
) -> None:
    commune = country.nodes["commune"]
    origin = origin_of(commune)
    meeting(commune)
    country.settle()
    raw = commune.log.read_stream(origin, 1, 1)[0].raw
    rewrite(country, "commune", origin.hex, 1, raw.replace(b'"attendees":12', b'"attendees":13'))
    commune = country.nodes["commune"]
    commune.notary.patrol.complete()
    country.settle()
    for name in ("district", "province", "central"):
        (alarm,) = country.nodes[name].notary.alarm_book.heard()
        assert (alarm.node, alarm.origin) == ("commune", origin), name
        assert any("commune" in notice.en for notice in country.nodes[name].health().notices)
        assert country.nodes[name].health().ready, "their own work goes on"
    assert not commune.health().ready
    sealed = commune.notary.checkpoints.latest(origin)
    country.settle()
    assert commune.notary.checkpoints.latest(origin) == sealed, "nothing more is signed"


def test_what_comes_from_above_is_checked_below(country: Hierarchy) -> None:
    """A district that alters an instruction in passing is found out by the commune."""
    central, commune = country.nodes["central"], country.nodes["commune"]
    stream = origin_of(central)
    meeting(central)
    country.settle()
    newest = commune.notary.checkpoints.latest(stream)
    assert newest is not None
    assert newest.checkpoint.size == central.trees.size(stream)
    last = commune.log.head(stream)
    raw = commune.log.read_stream(stream, last, last)[0].raw
    rewrite(country, "commune", stream.hex, last, raw.replace(b'"attendees":12', b'"attendees":13'))
    meeting(central)
    country.settle()
    (fork, *_) = country.nodes["commune"].notary.evidence.of(stream)
    assert fork.reason is ForkReason.ROOT
