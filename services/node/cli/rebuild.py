"""`antq rebuild`: compute the read models anew from the log, beside the running node."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from domain.levels import Level
from services.node.cli.helptext import HelpfulCommand
from services.node.cli.language import both
from services.node.cli.terminal import ExitCode, Terminal, terminal_of

if TYPE_CHECKING:
    from services.node.projector import Rebuilt
    from services.node.settings import Settings

HELP: Final = both(
    "Dựng lại các bảng số liệu từ nhật ký.\n\n"
    "Chạy trên kho của nút theo ANTQ_*, kể cả khi nút đang phục vụ: bản mới được dựng bên cạnh "
    "rồi thay trong một bước. Nếu hai bản cùng mã nguồn, cùng sự kiện mà khác nhau thì lệnh nêu "
    "bảng khác và kết thúc với mã 1.",
    "Build the tables of figures anew from the log.\n\n"
    "Works on the node's stores named by ANTQ_*, also while the node serves: the new tables are "
    "built beside the old ones and swapped in one step. If both were made by the same code from "
    "the same events and differ, it names the tables and ends with 1.",
)


def _rebuild(
    context: typer.Context,
    level: Annotated[
        Level,
        typer.Argument(
            metavar=both("CẤP", "LEVEL"),
            help=both("Cấp của nút.", "The node's level."),
        ),
    ],
    env_file: Annotated[
        Path | None,
        typer.Option(
            metavar=both("TỆP", "FILE"),
            exists=True,
            dir_okay=False,
            help=both("Đọc thêm biến ANTQ_* từ tệp này.", "Read ANTQ_* from this file too."),
        ),
    ] = None,
) -> None:
    terminal = terminal_of(context)
    from services.node.errors import NodeError, SettingsError  # noqa: PLC0415 - quick start
    from services.node.settings import load_settings  # noqa: PLC0415

    try:
        settings = load_settings() if env_file is None else load_settings(_env_file=env_file)
        rebuilt = _run(settings, level, terminal)
    except SettingsError as error:
        terminal.fail(f"Cấu hình chưa đúng: {error}", f"The settings are not right: {error}")
    except NodeError as error:
        terminal.fail(f"Không dựng lại được: {error}", f"Could not rebuild: {error}")
    raise typer.Exit(_report(terminal, rebuilt))


def _run(settings: Settings, level: Level, terminal: Terminal) -> Rebuilt:
    from services.node.cli.progress import position_progress  # noqa: PLC0415 - quick start
    from services.node.node import Node  # noqa: PLC0415

    node = Node(settings, terminal.spec_of(level))
    try:
        node.open()
        with position_progress(terminal, terminal.text("dựng lại", "rebuilding")) as advance:
            return node.projector.rebuild(advance)
    finally:
        node.close()


def _report(terminal: Terminal, rebuilt: Rebuilt) -> ExitCode:
    events = terminal.language.number(rebuilt.events)
    terminal.say(
        f"Đã dựng lại từ {events} sự kiện, bản số {rebuilt.generation}.",
        f"Rebuilt from {events} events, generation {rebuilt.generation}.",
    )
    if not rebuilt.comparable:
        terminal.say(
            "Bản cũ do mã nguồn khác dựng, hoặc từ ít sự kiện hơn; không so sánh được.",
            "The old tables were made by other code or from fewer events; nothing to compare.",
        )
        return ExitCode.DONE
    if rebuilt.differing:
        names = ", ".join(rebuilt.differing)
        terminal.say(
            f"Khác bản cũ: {names}. Bản mới đang được dùng; hãy báo cho người phát triển.",
            f"Differs from the old tables: {names}. The new ones serve now; report it.",
            style="bold red",
        )
        return ExitCode.INCOMPLETE
    terminal.say(
        "Giống hệt bản cũ, từng byte.", "The same as the old tables, byte for byte.", style="green"
    )
    return ExitCode.DONE


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("rebuild", cls=HelpfulCommand, help=HELP)(_rebuild)
