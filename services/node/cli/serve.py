"""`antq serve LEVEL`: run one node."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from domain.levels import Level
from services.node.cli.envfile import EnvFile, settings_from, tell_strangers
from services.node.cli.helptext import HelpfulCommand
from services.node.cli.language import both
from services.node.cli.terminal import terminal_of

HELP = both(
    "Chạy một nút của một cấp.\n\n"
    "Cấu hình bằng biến môi trường ANTQ_*: ANTQ_NODE (tên nút), ANTQ_PARENT (nút cấp trên), "
    "ANTQ_UNITS hoặc ANTQ_UNITS_UNDER (đơn vị được ghi), ANTQ_DATA_DIR hoặc ANTQ_DATABASE, "
    "ANTQ_KAFKA hoặc ANTQ_LOCAL_CARRIER, ANTQ_HOST, ANTQ_PORT.",
    "Run one node of a level.\n\n"
    "Set it up with environment variables ANTQ_*: ANTQ_NODE (its name), ANTQ_PARENT (the node "
    "above), ANTQ_UNITS or ANTQ_UNITS_UNDER (units it records for), ANTQ_DATA_DIR or "
    "ANTQ_DATABASE, ANTQ_KAFKA or ANTQ_LOCAL_CARRIER, ANTQ_HOST, ANTQ_PORT.",
)


def _serve(
    context: typer.Context,
    level: Annotated[
        Level,
        typer.Argument(
            metavar=both("CẤP", "LEVEL"),
            help=both(
                "commune (xã), district (huyện), province (tỉnh) hoặc central (trung ương).",
                "commune, district, province or central.",
            ),
        ),
    ],
    env_file: EnvFile = None,
    stop_with_parent: Annotated[
        bool,
        typer.Option(
            "--stop-with-parent",
            help=both(
                "Dừng khi đầu vào chuẩn đóng, tức là khi tiến trình khởi động nó kết thúc.",
                "Stop when standard input closes: when the process that started it ends.",
            ),
        ),
    ] = False,
) -> None:
    terminal = terminal_of(context)
    # The node's libraries take a second to load; other commands need none of them.
    from services.node.errors import SettingsError  # noqa: PLC0415

    try:
        settings = settings_from(env_file)
    except SettingsError as error:
        terminal.fail(
            f"Cấu hình chưa đúng: {error.text.vi}. Xem: antq serve --help",
            f"The settings are not right: {error.text.en}. See: antq serve --help",
        )
    tell_strangers(terminal, env_file, os.environ)
    from services.node.cli.serving import serve_node  # noqa: PLC0415

    code = serve_node(settings, terminal.spec_of(level), terminal, with_parent=stop_with_parent)
    raise typer.Exit(code)


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("serve", cls=HelpfulCommand, help=HELP)(_serve)
