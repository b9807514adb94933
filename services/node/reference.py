"""Units, organisations and rules: the aggregates that the directory is folded from."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from domain.directory import Directory
from domain.events import Record, recorded_order

_log = logging.getLogger(__name__)
REFERENCE_KINDS: Final = frozenset({"unit", "organisation", "rule"})
NOTARY_KINDS: Final = frozenset({"signing_key", "fork"})
"""What is known of keys and forks is folded from these."""


def directory_with(directory: Directory, records: Sequence[Record]) -> Directory:
    """The directory with these records, without those that cannot be understood.

    Another node may have recorded a malformed one; no decision must wait for it for ever.
    """
    try:
        return directory.with_records(records)
    except Exception:  # see above: find out which, one by one
        for record in sorted(records, key=recorded_order):
            try:
                directory = directory.with_records([record])
            except Exception:  # logged; its aggregate shows among the unreadable ones
                _log.exception("left out of the directory: %s %s", record.type, record.event_id)
        return directory
