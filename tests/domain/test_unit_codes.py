"""A code means the unit that bore it on that day (storyline 11): Quận 5 through two mergers."""

from __future__ import annotations

import pytest

from tests.domain.directories import bearer
from tests.domain.scenario import Log, day, ident, new_unit

P2_2025 = {"p2": "27313", "p3": "27307"}
P7_2025 = {"p7": "27322", "p8": "27316"}


@pytest.fixture
def quan_5() -> Log:
    """Wards 2, 3, 7, 8 and 9 in 2024; two in place of four on 1/1/2025; three units on 1/7/2025."""
    log = Log().at("2025-07-05")
    log.create("centre", "central", "00", None, "2004-07-08")
    log.establish("centre", "2004-07-08", centre="police")
    wards = {**P2_2025, **P7_2025, "p9": "27304"}
    log.given(
        "UnitReorganised",
        "centre",
        kind="created",
        to=[
            new_unit("city", "province", "79", "centre"),
            new_unit("quan 5", "district", "774", "city"),
            *(new_unit(name, "ward", code, "quan 5") for name, code in wards.items()),
        ],
        effective_on="2004-07-08",
    )

    def merge(names: list[str], new: str, code: str, parent: str, on: str) -> None:
        log.given(
            "UnitReorganised",
            "centre",
            kind="merge",
            **{"from": [{"unit_id": ident(name)} for name in names]},
            to=[new_unit(new, "ward", code, parent)],
            effective_on=on,
        )

    merge(list(P2_2025), "p2 of 2025", "27307", "quan 5", "2025-01-01")
    merge(list(P7_2025), "p7 of 2025", "27316", "quan 5", "2025-01-01")
    merge(["p7 of 2025", "p9"], "an dong", "27316", "city", "2025-07-01")
    merge(["p2 of 2025"], "cho quan", "27301", "city", "2025-07-01")
    return log


@pytest.mark.parametrize(
    ("code", "on", "unit"),
    [
        ("27316", "2024-12-16", "p8"),
        ("27316", "2024-12-31", "p8"),
        ("27316", "2025-01-01", "p7 of 2025"),
        ("27316", "2025-06-30", "p7 of 2025"),
        ("27316", "2025-07-03", "an dong"),
        ("27307", "2024-12-31", "p3"),
        ("27307", "2025-06-30", "p2 of 2025"),
        ("27307", "2025-07-05", None),
        ("27316", "2004-07-07", None),
    ],
)
def test_a_code_and_a_day_mean_one_unit(quan_5: Log, code: str, on: str, unit: str | None) -> None:
    found = bearer(quan_5.directory, code, day(on))
    assert found == (None if unit is None else ident(unit))


def test_every_holder_of_a_code_is_known_with_its_days(quan_5: Log) -> None:
    holders = list(quan_5.directory.bearers("27316"))
    assert [(h.unit_id, h.valid_from, h.valid_to) for h in holders] == [
        (ident("p8"), day("2004-07-08"), day("2024-12-31")),
        (ident("p7 of 2025"), day("2025-01-01"), day("2025-06-30")),
        (ident("an dong"), day("2025-07-01"), None),
    ]
    assert not list(quan_5.directory.bearers("99999"))


def test_what_an_expired_unit_records_is_refused_and_the_heir_is_named(quan_5: Log) -> None:
    """27307 dated 5/7: the sender learns that it ended on 30/6 and that 27301 is to be used."""
    refusal = quan_5.refused(
        "MeetingHeld", "p2 of 2025", kind="briefing", attendees=9, mode="online"
    )
    assert (refusal.code, refusal.field) == ("unit-not-active", "/data/unit_id")
    assert "27307" in refusal.detail.vi
    assert "30/6/2025" in refusal.detail.vi
    assert "cho quan (mã 27301)" in refusal.detail.vi
    assert "cho quan (code 27301)" in refusal.detail.en


def test_a_unit_that_has_not_begun_has_no_heir_to_name(quan_5: Log) -> None:
    refusal = quan_5.refused(
        "MeetingHeld",
        "an dong",
        kind="briefing",
        attendees=9,
        mode="online",
        occurred_on="2025-06-30",
    )
    assert refusal.code == "unit-not-active"
    assert refusal.detail.en.endswith("….")
