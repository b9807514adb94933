"""Which attacks are tried where.

The usual run tries every attack at every level, each once, at places that the seed chooses, so that
each attack is tried on a node's own stream, on one from below and on one from above. With
ANTQ_TAMPER=all every attack is tried on every stream of every level at every place where something
may be different: it takes an hour. ANTQ_TAMPER=3 tries every stream at three places each.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random
from typing import Final

from tests.tamper.attacks import ATTACKS, Attack
from tests.tamper.history import BACKUPS, LEVELS, ROUNDS, History
from tests.tamper.matrix import Bench, Outcome

_USUAL_SEED: Final = 20250101
SEED: Final = int(os.environ.get("ANTQ_TAMPER_SEED", _USUAL_SEED))
_ASKED: Final = os.environ.get("ANTQ_TAMPER", "")
WHOLE: Final = bool(_ASKED)
"""Whether every attack is tried on every stream of every level."""
DOCUMENTED: Final = SEED == _USUAL_SEED and not WHOLE
"""Whether this is the run whose outcome the document tells."""
_TOGETHER: Final = len(LEVELS)
"""Attacks of one trial: one on each stream."""
_SQUARE: Final = ((0, 3, 1, 2), (2, 1, 3, 0), (3, 0, 2, 1), (1, 2, 0, 3))
"""By attack and level, both modulo four, the stream: a Latin square whose diagonal is the level's
own stream, and each of whose rows also holds one from below and one from above."""

BACKUP: Final = Attack(
    "backup",
    "khôi phục bản sao lưu cũ của cả nút",
    "restore an old backup of the whole node",
    lambda _: None,
)
Plan = dict[str, tuple[Attack, int]]


def plans(history: History, node: str, chance: Random) -> Iterator[Plan]:
    """What to try at a node, trial by trial."""
    turns = range(_TOGETHER) if WHOLE else [0]
    for turn in turns:
        for place in range(_places(history)):
            for start in range(0, len(ATTACKS), _TOGETHER):
                attacks = ATTACKS[start : start + _TOGETHER]
                yield from _plan(history, node, attacks, turn, place, chance)


def _places(history: History) -> int:
    if _ASKED == "all":
        return max(len(history.positions(name)) for name in LEVELS)
    return int(_ASKED or 1)


def _plan(
    history: History,
    node: str,
    attacks: tuple[Attack, ...],
    turn: int,
    place: int,
    chance: Random,
) -> Iterator[Plan]:
    recorders, level = list(LEVELS), list(LEVELS).index(node)
    plan: Plan = {}
    for place_of, attack in enumerate(attacks):
        wanted = recorders[_SQUARE[(place_of + turn) % _TOGETHER][level]]
        fit = [one for one in recorders if one not in plan and (attack.own or one != node)]
        if not fit or (place and not attack.everywhere):
            continue
        recorder = wanted if wanted in fit else fit[0]
        numbers = history.positions(recorder)
        number = numbers[place % len(numbers)] if _ASKED == "all" else chance.choice(numbers)
        plan[recorder] = attack, min(number, ROUNDS[recorder][-1] - (not attack.last))
    if plan:
        yield plan


def outcomes(bench: Bench, node: str) -> Iterator[Outcome]:
    """Try everything at a node; the seed gives the same places every time."""
    bench.chance = Random(f"{SEED} {node}")
    for plan in plans(bench.history, node, bench.chance):
        yield from bench.try_attacks(node, plan)
    for number in BACKUPS if WHOLE else BACKUPS[:1]:
        yield bench.try_backup(node, number, BACKUP)
