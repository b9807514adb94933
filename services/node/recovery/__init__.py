"""A log that was lost or restored from an old backup: noticed, fenced, fetched back, verified.

`marker` is what a node keeps beside its stores to know them again. `guard` stands before recording.
`recovery` decides whether the guard is closed and what opens it. `answering` is the parent's part.
Decision 0022.
"""

from services.node.recovery.answering import Answers
from services.node.recovery.guard import Guard
from services.node.recovery.marker import Fence, Marker, MarkerFile, Reason, seat_of
from services.node.recovery.recovery import Recovery
from services.node.recovery.resuming import Resumer
from services.node.recovery.texts import Standing
from services.node.recovery.verifying import Verifier

__all__ = [
    "Answers",
    "Fence",
    "Guard",
    "Marker",
    "MarkerFile",
    "Reason",
    "Recovery",
    "Resumer",
    "Standing",
    "Verifier",
    "seat_of",
]
