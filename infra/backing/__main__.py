"""The backing services in the foreground, ended with this process.

python -m infra.backing up              print how to reach them, stay until SIGINT or SIGTERM
python -m infra.backing run -- COMMAND  run a command that finds them in its environment
"""

import argparse
import json
import os
import shlex
import signal
import subprocess
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
            variables = _start(services, options)
            if options.command == "run":
                return _run(options.arguments, variables)
            sys.stdout.write(_formatted(variables, as_json=options.json))
            sys.stdout.flush()
            while True:
                signal.pause()
    except KeyboardInterrupt:
        return _ENDED_WELL
    except BackingError as error:
        sys.stderr.write(f"{error}\n")
    return _FAILED


def _start(services: ExitStack, options: argparse.Namespace) -> dict[str, str]:
    """Start what was asked for; the environment variables that say how to reach it.

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
    return variables


def _run(command: Sequence[str], variables: dict[str, str]) -> int:
    """Run a command with these variables; its exit status. Ctrl-C is the command's to answer."""
    with subprocess.Popen(command, env={**os.environ, **variables}) as process:  # noqa: S603 # the user's own command
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def _formatted(variables: dict[str, str], *, as_json: bool) -> str:
    if as_json:
        return json.dumps({**variables, "pid": os.getpid()}) + "\n"
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.backing", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")
    up = commands.add_parser("up", help="start the services and stay until SIGINT or SIGTERM")
    up.add_argument("--kafka", action="store_true", help="only this one, or with --postgres both")
    up.add_argument("--postgres", action="store_true", help="only this one, or with --kafka both")
    up.add_argument("--json", action="store_true", help="one JSON object instead of export lines")
    run = commands.add_parser("run", help="run a command with the services in its environment")
    for name in ("--kafka", "--postgres"):
        run.add_argument(name, action="store_true", help="only this one")
    run.add_argument("arguments", nargs="+", metavar="COMMAND", help="behind --")
    return parser


if __name__ == "__main__":
    sys.exit(main())
