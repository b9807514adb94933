"""Organisations through time, apart from their units."""

from __future__ import annotations

from typing import Any

import pytest

from domain.organisations import HELPING_ORG
from tests.domain.directories import has_role
from tests.domain.scenario import Log, day, ident, org


def named(unit: str, category: str, **more: Any) -> dict[str, Any]:
    return {"org_id": ident(f"{unit} {category}"), "unit_id": ident(unit), **more}


def change(kind: str, effective_on: str, *orgs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": kind, "effective_on": effective_on, "organisations": list(orgs), **more}


def test_district_police_end_before_the_district_does(log: Log) -> None:
    """R18, R56: Công an Quận 5 was dissolved on 1/3/2025, the district on 1/7/2025."""
    log.given(
        "OrganisationChanged",
        "centre",
        **change(
            "merged",
            "2025-03-01",
            named("quan 5", "police"),
            successor_org_id=ident("city police"),
        ),
    )
    directory, police = log.directory, ident("quan 5 police")
    found = directory.organisation(police)
    assert found is not None
    assert (found.valid_from, found.valid_to) == (day("1990-01-01"), day("2025-02-28"))
    assert police in directory.organisations_of(ident("quan 5"), day("2025-02-28"))
    assert police not in directory.organisations_of(ident("quan 5"), day("2025-03-01"))
    assert directory.active(ident("quan 5"), day("2025-03-01"))
    assert directory.org_heir(police, day("2025-02-28")) == police
    assert directory.org_heir(police, day("2025-03-01")) == ident("city police")
    assert directory.organisations_of(ident("quan 5"), day("2025-03-01")) == (
        ident("quan 5 front"),
    )


def test_the_standing_role_passes_from_one_organisation_to_another(log: Log) -> None:
    for since, holder in (("2020-01-01", "police"), ("2025-03-01", "front")):
        log.given(
            "OrganisationChanged",
            "city",
            **change("role_assigned", since, named("quan 5", holder), role="standing_org"),
        )
    held = {
        (holder, on): has_role(log.directory, ident(f"quan 5 {holder}"), "standing_org", day(on))
        for holder in ("police", "front")
        for on in ("2019-12-31", "2025-02-28", "2025-03-01")
    }
    assert [key for key, has in held.items() if has] == [
        ("police", "2025-02-28"),
        ("front", "2025-03-01"),
    ]


def test_other_roles_are_held_side_by_side_and_end_when_said(log: Log) -> None:
    for holder in ("police", "front"):
        log.given(
            "OrganisationChanged",
            "centre",
            **change("role_assigned", "2020-01-01", named("city", holder), role="report_receiver"),
        )
    log.given(
        "OrganisationChanged",
        "centre",
        **change(
            "role_assigned",
            "2025-06-30",
            named("city", "front"),
            role="report_receiver",
            role_until="2025-06-30",
        ),
    )
    directory = log.directory
    for holder, last, after in (("police", True, True), ("front", True, False)):
        org_id = ident(f"city {holder}")
        assert has_role(directory, org_id, "report_receiver", day("2025-06-30")) is last
        assert has_role(directory, org_id, "report_receiver", day("2025-07-01")) is after


def test_a_role_given_leaves_the_others_as_they_are(log: Log) -> None:
    for role, since in (("report_receiver", "2020-01-01"), ("standing_org", "2021-01-01")):
        for holder in ("police", "front"):
            log.given(
                "OrganisationChanged",
                "centre",
                **change("role_assigned", since, named("city", holder), role=role),
            )
    held = {
        (holder, role)
        for holder in ("police", "front")
        for role in ("report_receiver", "standing_org")
        if has_role(log.directory, ident(f"city {holder}"), role, day("2024-01-01"))
    }
    assert held == {
        ("police", "report_receiver"),
        ("front", "report_receiver"),
        ("front", "standing_org"),
    }


def test_a_role_ends_with_its_organisation(log: Log) -> None:
    log.given(
        "OrganisationChanged",
        "centre",
        **change("established", "2020-01-01", org("city", "committee", roles=["receiver"])),
    )
    log.given(
        "OrganisationChanged",
        "centre",
        **change("dissolved", "2024-01-01", named("city", "committee")),
    )
    committee = ident("city committee")
    assert has_role(log.directory, committee, "receiver", day("2023-12-31"))
    assert not has_role(log.directory, committee, "receiver", day("2024-01-01"))


def test_a_name_is_dated(log: Log) -> None:
    log.given(
        "OrganisationChanged",
        "city",
        **change("renamed", "2024-05-01", named("p8", "front", name="Tên mới")),
    )
    found = log.directory.organisation(ident("p8 front"))
    assert found is not None
    assert found.name_at(day("2024-04-30").toordinal()) == "front p8"
    assert found.name_at(day("2024-05-01").toordinal()) == "Tên mới"


@pytest.mark.parametrize(
    ("recorder", "fields", "code", "field"),
    [
        (
            "tay ninh",
            change("established", "2024-01-01", org("p8", "elderly")),
            "unit-not-hosted",
            "/data/organisations/0/unit_id",
        ),
        (
            "city",
            change("established", "2024-01-01", org("city", "elderly"), org("nowhere", "labour")),
            "unknown-unit",
            "/data/organisations/1/unit_id",
        ),
        (
            "city",
            change("established", "1989-01-01", org("p8", "elderly")),
            "unit-not-active",
            "/data/organisations/0/unit_id",
        ),
        (
            "city",
            change("established", "2024-01-01", org("p8", "police")),
            "already-exists",
            "/data/organisations/0/org_id",
        ),
        (
            "city",
            change("established", "2024-01-01", named("p8", "labour")),
            "invalid-field",
            "/data/organisations/0",
        ),
        (
            "city",
            change("established", "2024-01-01", org("p8", "labour"), org("p8", "labour")),
            "invalid-field",
            "/data/organisations",
        ),
        (
            "city",
            change("dissolved", "2024-01-01", named("p8", "labour")),
            "unknown-organisation",
            "/data/organisations/0/org_id",
        ),
        (
            "city",
            change("dissolved", "1990-01-01", named("p8", "police")),
            "organisation-not-active",
            "/data/organisations/0/org_id",
        ),
        (
            "city",
            change("renamed", "2024-01-01", named("p8", "police")),
            "invalid-field",
            "/data/organisations/0/name",
        ),
        (
            "city",
            change("dissolved", "2024-01-01", named("p8", "police", name="A")),
            "invalid-field",
            "/data/organisations/0",
        ),
        (
            "city",
            change("merged", "2024-01-01", named("p8", "police")),
            "invalid-field",
            "/data/successor_org_id",
        ),
        (
            "city",
            change(
                "merged",
                "2024-01-01",
                named("p8", "police"),
                successor_org_id=ident("p8 police"),
            ),
            "organisation-not-active",
            "/data/successor_org_id",
        ),
        (
            "city",
            change("merged", "2024-01-01", named("p8", "police"), successor_org_id=ident("nobody")),
            "unknown-organisation",
            "/data/successor_org_id",
        ),
        (
            "city",
            change("role_assigned", "2024-01-01", named("p8", "police")),
            "invalid-field",
            "/data/role",
        ),
        (
            "city",
            change(
                "role_assigned",
                "2024-01-02",
                named("p8", "police"),
                role="standing_org",
                role_until="2024-01-01",
            ),
            "invalid-field",
            "/data/role_until",
        ),
    ],
)
def test_what_a_change_may_not_be(
    log: Log, recorder: str, fields: dict[str, Any], code: str, field: str
) -> None:
    refusal = log.refused("OrganisationChanged", recorder, **fields)
    assert (refusal.code, refusal.field) == (code, field)


def test_several_offices_help_at_once(log: Log) -> None:
    """R85: the police's staff office and the Front's department help the parties of a programme."""
    for category in ("police", "front"):
        log.given(
            "OrganisationChanged",
            "tay ninh",
            kind="role_assigned",
            organisations=[{"org_id": ident(f"tay ninh {category}"), "unit_id": ident("tay ninh")}],
            role=HELPING_ORG,
            effective_on="2024-12-01",
        )
        helping = has_role(
            log.directory, ident(f"tay ninh {category}"), HELPING_ORG, day("2024-12-16")
        )
        assert helping
    assert has_role(log.directory, ident("tay ninh police"), HELPING_ORG, day("2024-12-16"))


@pytest.mark.parametrize("category", ["front_work_committee", "mass_org_branch"])
def test_those_below_the_commune_record_for_it(log: Log, category: str) -> None:
    """R05: "Ban công tác Mặt trận", "chi hội", "chi đoàn"."""
    log.establish("tay ninh", "2024-01-01", tan_ninh=category)
    log.given(
        "PropagandaConducted",
        "tan ninh",
        org_id=ident(f"tan ninh {category}"),
        kind="session",
        topics=["movement"],
        sessions=1,
        participants=30,
    )
