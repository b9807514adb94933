"""The error tree of this package.

BackingError            the service cannot do what was asked: stop and read the message
└── UnavailableError    this way of serving does not exist here: the next way may be tried
"""


class BackingError(Exception):
    """A backing service failed, or was asked for what its way of serving cannot do."""


class UnavailableError(BackingError):
    """This machine cannot serve in the way tried; the message is the reason, one short clause."""
