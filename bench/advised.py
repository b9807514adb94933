"""A PostgreSQL server set up as the operator's manual advises (`docs/operators-manual.md`,
"PostgreSQL's own settings"): everything is measured on the same one, the yardsticks too."""

from __future__ import annotations

import os
from typing import Final

from infra.backing import PostgresBacking, resolve_postgres

_MOST: Final = 8 * 2**30


def advised() -> dict[str, str]:
    """The settings, for the memory of this machine. Whatever makes a commit durable keeps its
    default."""
    memory: int = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "shared_buffers": f"{min(memory // 4, _MOST) >> 20}MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
    }


def advised_postgres() -> PostgresBacking:
    """A server with these settings; one that was found instead of started keeps its own.

    Raises BackingError where none can be provided.
    """
    return resolve_postgres(settings=advised())
