"""The program `antq`: its commands, and how a run of it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final

import typer
from typer.main import get_command

from services.node.cli.audit import register as register_audit
from services.node.cli.bundle import register as register_bundle
from services.node.cli.forks import register as register_forks
from services.node.cli.helptext import HelpfulGroup, complaint
from services.node.cli.history import register as register_history
from services.node.cli.keys import register as register_keys
from services.node.cli.language import OPTION, VARIABLE, both, choose
from services.node.cli.oserrors import complaint as os_complaint
from services.node.cli.proof import register as register_proof
from services.node.cli.push import register as register_push
from services.node.cli.rebuild import register as register_rebuild
from services.node.cli.recover import register as register_recover
from services.node.cli.redact import register as register_redact
from services.node.cli.replay import register as register_replay
from services.node.cli.reports import register as register_reports
from services.node.cli.serve import register as register_serve
from services.node.cli.status import register as register_status
from services.node.cli.terminal import ExitCode, SpecOf, Terminal
from services.node.cli.units import register as register_units
from services.node.cli.verify import register as register_verify
from services.node.cli.version import register as register_version
from services.node.language import Language

Register = Callable[[typer.Typer], None]
"""Adds a command to the program."""

_COMMANDS: Final[tuple[Register, ...]] = (
    register_serve,
    register_push,
    register_status,
    register_rebuild,
    register_replay,
    register_reports,
    register_forks,
    register_history,
    register_proof,
    register_redact,
    register_keys,
    register_bundle,
    register_recover,
    register_audit,
    register_units,
    register_verify,
    register_version,
)

_ABOUT: Final = both(
    "Đồng bộ số liệu phong trào toàn dân bảo vệ an ninh Tổ quốc từ cấp xã đến trung ương.",
    "Synchronises the figures of the all-people movement to protect national security, from "
    "commune to centre.",
)
_MORE: Final = both(
    "antq LỆNH --help giải thích từng lệnh. English: antq --lang en --help",
    "antq COMMAND --help explains each command. Tiếng Việt: antq --lang vi --help",
)


def _program(
    lang: Annotated[
        Language,
        typer.Option(
            OPTION, envvar=VARIABLE, help=both("Ngôn ngữ: vi hoặc en.", "Language: vi or en.")
        ),
    ] = Language.VI,
) -> None:
    del lang  # chosen before parsing; declared so that the parser knows and explains it


def _command(commands: Sequence[Register]) -> Any:
    program = typer.Typer(
        name="antq",
        cls=HelpfulGroup,
        help=_ABOUT,
        epilog=_MORE,
        add_completion=False,
        no_args_is_help=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    program.callback(cls=HelpfulGroup, help=_ABOUT)(_program)
    for register in commands:
        register(program)
    return get_command(program)


def run(
    spec_of: SpecOf, arguments: Sequence[str] | None = None, more: Sequence[Register] = ()
) -> int:
    """Run one command; the exit code (see `ExitCode`).

    `arguments`: those behind the program's name; of this process if None. `more` registers
    commands that belong to the whole installation and not to a node.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    terminal = Terminal(choose(given, os.environ), spec_of)
    command = _command((*_COMMANDS, *more))
    try:
        code = command.main(
            given or ["--help"], prog_name="antq", standalone_mode=False, obj=terminal
        )
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except OSError as error:
        # A full stick, a read-only folder: nothing is wrong with the program, and no traceback
        # helps whoever sits before it.
        said = os_complaint(error)
        terminal.tell(f"Lỗi: {said.vi}", f"Error: {said.en}", style="red")
        return ExitCode.FAILED
    except typer.TyperException as error:
        terminal.tell(
            f"{complaint(error, terminal.language)} Xem: antq --help",
            f"{complaint(error, terminal.language)} See: antq --help",
            style="red",
        )
        return ExitCode.FAILED
    return int(code) if isinstance(code, int) else ExitCode.DONE
