"""What a person may decide where the node above cannot be asked, or has not what was lost.

Both are written in the marker, so that they hold for the next start whatever happens in between.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from contracts.envelope import format_time
from services.node.recovery.marker import Marker, MarkerFile, SeatChange, seat_of


def nothing_lost(file: MarkerFile) -> None:
    """The log that is there is the whole log. How far own streams went is forgotten: it is the
    person who knows. Raises OSError."""
    marker = file.read() or Marker()
    file.write(replace(marker, heads={}, fence=None, copied=False))


def new_seat(file: MarkerFile, configured: str, account: str, at: datetime) -> SeatChange:
    """The node goes on in new streams, named after the moment, so that a second loss cannot lead
    back into them. Raises OSError.

    `configured`: the seat in the settings. The fence goes: nobody can hold a number of a stream
    that is new.
    """
    marker = file.read() or Marker()
    name = f"{configured}-{at:%Y%m%d%H%M%S}"
    change = SeatChange(configured, seat_of(marker, configured), name, format_time(at), account)
    file.write(replace(marker, heads={}, fence=None, seat=change, copied=False))
    return change
