"""`python -m infra.backing up`: the backing services in the foreground.

Prints how to reach them once they answer, then stays until SIGINT or SIGTERM, and ends them.
"""

import argparse
import json
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from infra.backing import BackingError, resolve_kafka, resolve_postgres

_ENDED_WELL = 0
_FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status (1: a service could not be provided)."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: KeyboardInterrupt
    try:
        with ExitStack() as services:
            _serve(services, options)
    except KeyboardInterrupt:
        return _ENDED_WELL
    except BackingError as error:
        sys.stderr.write(f"{error}\n")
    return _FAILED


def _serve(services: ExitStack, options: argparse.Namespace) -> None:
    """Start what was asked for, say how to reach it, and stay until KeyboardInterrupt.

    A local service ends with this process however it ends; see `infra.backing.supervisor`.
    """
    both = not options.kafka and not options.postgres
    variables: dict[str, str] = {}
    if options.kafka or both:
        broker = services.enter_context(resolve_kafka())
        sys.stderr.write(f"{broker.describe()}\n")
        variables["ANTQ_TEST_KAFKA"] = broker.bootstrap
    if options.postgres or both:
        server = services.enter_context(resolve_postgres())
        sys.stderr.write(f"{server.describe()}\n")
        variables["ANTQ_TEST_POSTGRES"] = server.dsn("postgres")
    sys.stdout.write(_formatted(variables, as_json=options.json))
    sys.stdout.flush()
    while True:
        signal.pause()


def _formatted(variables: dict[str, str], *, as_json: bool) -> str:
    if as_json:
        return json.dumps({**variables, "pid": os.getpid()}) + "\n"
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.backing", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    up = commands.add_parser("up", help="start the services and stay until SIGINT or SIGTERM")
    up.add_argument("--kafka", action="store_true", help="only this one, or with --postgres both")
    up.add_argument("--postgres", action="store_true", help="only this one, or with --kafka both")
    up.add_argument("--json", action="store_true", help="one JSON object instead of export lines")
    return parser


if __name__ == "__main__":
    sys.exit(main())
