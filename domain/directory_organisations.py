"""The directory's organisations: those of a unit on any day, and what took their place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from domain.books import Id, key
from domain.organisation_book import OrganisationBook, OrganisationHistory


class DirectoryOrganisations:
    """See the module. Days are calendar days in Vietnam."""

    _organisations: OrganisationBook

    def organisations(self) -> Iterator[OrganisationHistory]:
        """Every organisation there ever was."""
        return iter(self._organisations.organisations.values())

    def organisation(self, org_id: Id) -> OrganisationHistory | None:
        """The organisation through time, or None if it is not known."""
        return self._organisations.organisations.get(key(org_id))

    def organisations_of(self, unit_id: Id, day: date | None = None) -> tuple[str, ...]:
        """The unit's organisations that are active on that day; all of them without a day."""
        ids = self._organisations.by_unit.get(key(unit_id), ())
        if day is None:
            return ids
        number = day.toordinal()
        return tuple(
            org_id for org_id in ids if self._organisations.organisations[org_id].active(number)
        )

    def org_heir(self, org_id: Id, day: date) -> str | None:
        """The organisation that stands in this one's place on that day; itself while active."""
        current = key(org_id)
        number = day.toordinal()
        passed: set[str] = set()
        while current not in passed:
            passed.add(current)
            found = self._organisations.organisations.get(current)
            if found is None:
                return None
            if found.stop > number:
                return current
            if found.successor_id is None:
                return None
            current = found.successor_id
        return None
