"""What tests ask of a directory."""

from __future__ import annotations

from datetime import date

from domain.books import Id
from domain.directory import Directory


def bearer(directory: Directory, code: str, day: date) -> str | None:
    """The unit that bears the code on that day: codes are used again, so a day is needed."""
    for unit in directory.bearers(code):
        number = day.toordinal()
        if unit.active(number) and unit.at(number).code == code:
            return unit.unit_id
    return None


def has_role(directory: Directory, org_id: Id, role: str, day: date) -> bool:
    """Whether the organisation exists on that day and is charged with the role."""
    found, number = directory.organisation(org_id), day.toordinal()
    return (
        found is not None
        and found.active(number)
        and any(one.role == role and one.start <= number < one.stop for one in found.roles)
    )
