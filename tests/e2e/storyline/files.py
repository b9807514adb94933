"""The events of the storyline: the demonstration's files, and those made here, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import orjson

from services.demo.build import DATA
from services.demo.making.drafts import Event
from tests.e2e.storyline import december, hung_yen, nghe_an, standard, tay_ninh, three_wards

_MADE: Final[dict[str, Callable[[], Iterable[Event]]]] = {
    **three_wards.FILES,
    **december.FILES,
    **nghe_an.FILES,
    **standard.FILES,
    **tay_ninh.FILES,
    **hung_yen.FILES,
}


def events_of(file: str) -> list[Any]:
    """The events of a file."""
    if file in _MADE:
        return list(_MADE[file]())
    return [orjson.loads(line) for line in (DATA / f"{file}.jsonl").read_bytes().splitlines()]
