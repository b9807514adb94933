"""Copies of a story as events in their own right: other units, days and identifiers, valid bytes.

Where `bench.multiply` copies the rows that were folded, this copies what is to be folded. The copy
of an event differs from it in every identifier, in its days and in its place in its stream;
answers to reports name the digest of the copied report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from bench.country import COMMUNES, DISTRICTS, organisation_of, unit_of
from bench.happenings import Recorded
from contracts.envelope import digest_of
from services.node.hosting import origin_of

_TOKEN: Final = re.compile(
    rb"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|sha256:[0-9a-f]{64}"
    rb'|(?<=")[0-9]{4}-[0-9]{2}-[0-9]{2}|(?<="sequence":")[0-9]+)'
)
_IDENTIFIER: Final = 36
_DAY: Final = 10
_SCRAMBLE: Final = 2_654_435_761
"""Odd, so that no two copies of one identifier are the same."""
_LIMIT: Final = 2**32


class Copies:
    """A story and the copies that can be made of it."""

    def __init__(self, story: Sequence[Recorded], provinces: int) -> None:
        """Copies go through so many further provinces, and then again through later days."""
        self._story = [(event, _TOKEN.split(event.raw)) for event in story]
        self._provinces = provinces
        days = sorted(
            token
            for _, parts in self._story
            for token in parts[1::2]
            if len(token) == _DAY and token[4:5] == b"-"
        )
        first, last = (date.fromisoformat(day.decode()) for day in (days[0], days[-1]))
        self._span = (last - first).days + 1
        self._heads: dict[str, int] = {}
        for event in story:
            self._heads[str(event.origin)] = event.sequence

    def copy(self, number: int) -> Iterator[Recorded]:
        """The copy of a number, from 1 on."""
        later, province = divmod(number - 1, self._provinces)
        table = _units(province + 1)
        heads = {origin: later * head for origin, head in self._heads.items()}
        shift = timedelta(days=later * self._span)
        mask = number * _SCRAMBLE % _LIMIT
        for event, parts in self._story:
            made = list(parts)
            sequence = event.sequence + heads[str(event.origin)]
            for place in range(1, len(made), 2):
                token = made[place]
                known = table.get(token)
                if known is None:
                    if len(token) == _IDENTIFIER:
                        known = b"%08x" % (int(token[:8], 16) ^ mask) + token[8:]
                    elif token[4:5] == b"-":
                        day = date.fromisoformat(token.decode()) + shift
                        known = day.isoformat().encode()
                    elif token.isdigit():
                        made[place] = b"%0*d" % (len(token), sequence)
                        continue
                    else:
                        continue  # the digest of a report that was not copied
                    table[token] = known
                made[place] = known
            raw = b"".join(made)
            if event.type == "ReportSubmitted":
                table[digest_of(event.raw).encode()] = digest_of(raw).encode()
            yield Recorded(
                UUID(table[str(event.origin).encode()].decode()),
                sequence,
                event.type,
                table[event.event_id.encode()].decode(),
                table[event.aggregate_id.encode()].decode(),
                raw,
            )


def _units(number: int) -> dict[bytes, bytes]:
    """Units, organisations and streams of the first province, and those of another one."""
    table: dict[bytes, bytes] = {}
    for kind, count in (("commune", COMMUNES), ("district", DISTRICTS)):
        for unit in range(count):
            was, is_now = unit_of(kind, unit), unit_of(kind, unit + number * count)
            pairs = [(was, is_now), (origin_of(was, "main"), origin_of(is_now, "main"))]
            pairs += [
                (organisation_of(was, category), organisation_of(is_now, category))
                for category in ("police", "front")
            ]
            table.update((str(a).encode(), str(b).encode()) for a, b in pairs)
    return table
