"""Every error of the node, drawn once.

    NodeError
    ├── RetryLaterError          the same call may succeed later; nothing was lost
    │   ├── CarrierUnavailableError   broker away, topic missing, acknowledgement not seen in time
    │   ├── StoreUnavailableError     database away or its answer not seen
    │   ├── MovedError                another process went on with it; nothing was written here
    │   ├── BusyError                 more work is queued than the node takes on
    │   └── InterruptedRebuildError   a rebuild was interrupted; the next one goes on with it
    ├── RefusedError             the input will never be taken as it is; the message says why
    │   ├── SettingsError             a setting is missing or contradicts another
    │   ├── NotFoundError             what was asked for is not held here
    │   ├── AsOfQuestionError         an earlier state is asked for wrongly (`asof.asking`)
    │   └── TooFarBackError           an earlier state lies too far back (`asof.cutoff`)
    └── StopError                going on could damage something; a person must look
        ├── LogDamagedError           the log contradicts itself
        └── FencedError               recording now might give a number out again

Refusals of the domain are values (`domain.refusals`), not errors.
"""

from __future__ import annotations

from domain.refusals import Text
from services.node.problems import Problem


class NodeError(Exception):
    """Base of the node's errors."""


class RetryLaterError(NodeError):
    """The same call may succeed later."""


class CarrierUnavailableError(RetryLaterError):
    """The carrier did not confirm. Any part of what was sent may have arrived; send it all again.

    After it, close the sender or inbox that raised it and open a new one.
    """


class StoreUnavailableError(RetryLaterError):
    """The database is away, or its answer was not seen: the write may or may not have happened."""


class MovedError(RetryLaterError):
    """Another process went on with it; nothing was written here."""


class BusyError(RetryLaterError):
    """More work is waiting than the node takes on; slow down and send again."""


class InterruptedRebuildError(RetryLaterError):
    """A rebuild was interrupted; what is done is kept, and the next one goes on with it."""


class RefusedError(NodeError):
    """The input will never be taken as it is."""


class SettingsError(RefusedError):
    """A setting is missing or contradicts another. `text` says it to a person."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class NotFoundError(RefusedError):
    """What was asked for is not held here."""


class StopError(NodeError):
    """Going on could damage something."""


class LogDamagedError(StopError):
    """The log contradicts itself: a hole in a stream, or a head that went back."""


class FencedError(StopError):
    """Recording now might give a number out again: nothing was recorded. `problem` is what a sender
    is told: it keeps what it has, and sends it again."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail.en)
        self.problem = problem
