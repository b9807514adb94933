"""How much of what units recorded has arrived: so that "not done" and "not arrived" look different.

A number on a page is only as good as the streams behind it; every row of a figure says which of
them this node holds, through which number, and which it waits for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.refusals import Text
from services.node.language import Language
from services.node.originsync import OriginSync


class State(StrEnum):
    """What a reader must know before reading a number."""

    COMPLETE = "complete"
    """Everything that was announced is here."""
    BEHIND = "behind"
    """Something is on its way or missing."""
    FORKED = "forked"
    """A stream says two things in one place; it has stopped until a person looks."""
    NOTHING = "nothing"
    """No stream of these units has arrived, so a 0 says nothing."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """What is held of the streams of some units."""

    state: State
    streams: int
    received: int
    """Events held."""
    through: int | None
    """The number received through, when it is one stream."""
    missing: int
    """Events announced or waiting that are not in the figures yet."""
    last_seen: str
    """When anything of them last arrived (RFC 3339); "" if never."""

    def text(self, language: Language) -> str:
        """How much is held, in a few words."""
        return language.of(self._text(language))

    def seen(self, language: Language) -> str:
        """When something of it last arrived, in a few words; "" if nothing ever did."""
        if not self.last_seen:
            return ""
        when = language.moment(self.last_seen)
        return language.of(Text(f"lần cuối thấy {when}", f"last seen {when}"))

    def _text(self, language: Language) -> Text:
        number = language.number
        if self.through is not None:
            held = Text(
                f"đã nhận đến số {number(self.through)}",
                f"received through number {number(self.through)}",
            )
        else:
            held = Text(
                f"đã nhận {number(self.received)} sự kiện của {number(self.streams)} luồng",
                f"{number(self.received)} events of {number(self.streams)} streams received",
            )
        match self.state:
            case State.NOTHING:
                return Text("chưa nhận được gì", "nothing received yet")
            case State.FORKED:
                return Text(
                    f"phân nhánh, đã dừng nhận; {held.vi}",
                    f"forked, reception stopped; {held.en}",
                )
            case State.BEHIND:
                missing = number(self.missing)
                return Text(f"{held.vi}, đang chờ {missing}", f"{held.en}, waiting for {missing}")
            case _:
                return held


def completeness(streams: Iterable[OriginSync]) -> Completeness:
    """What is held of these streams."""
    held = list(streams)
    missing = sum(max(s.announced - s.received_through, s.waiting, 0) for s in held)
    if not any(s.received_through or s.announced or s.waiting for s in held):
        state = State.NOTHING
    elif any(s.forked for s in held):
        state = State.FORKED
    else:
        state = State.BEHIND if missing else State.COMPLETE
    return Completeness(
        state,
        len(held),
        sum(s.received_through for s in held),
        held[0].received_through if len(held) == 1 else None,
        missing,
        max((s.last_seen for s in held), default=""),
    )


def by_row(
    streams: Sequence[OriginSync], rows: Mapping[str, str]
) -> tuple[Completeness, Mapping[str, Completeness]]:
    """The completeness of all units of a figure together, and of each of its rows.

    `rows`: the row that each covered unit's numbers add to.
    """
    grouped: dict[str, list[OriginSync]] = defaultdict(list)
    for stream in streams:
        row = rows.get(stream.unit_id)
        if row is not None:
            grouped[row].append(stream)
    together = completeness(s for group in grouped.values() for s in group)
    return together, {row: completeness(grouped.get(row, ())) for row in set(rows.values())}
