"""`antq demo`: the whole hierarchy on one machine, from one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from services.node.cli.helptext import HelpfulCommand
from services.node.cli.language import both
from services.node.cli.terminal import terminal_of

HELP: Final = both(
    "Chạy thử cả hệ thống trên một máy.\n\n"
    "Khởi động sáu nút (trung ương, TP. Hồ Chí Minh, Quận 5 và các phường, Tây Ninh và các xã), "
    "gửi sự kiện của nửa năm báo cáo 2025 qua API công khai, in số liệu từng cấp khi đến nơi và "
    "đối chiếu, rồi tiếp tục phục vụ trang của từng nút đến khi bấm Ctrl-C. Mã kết thúc 1 nếu có "
    "số liệu không đúng.",
    "Try the whole system on one machine.\n\n"
    "Starts six nodes (the centre, Hồ Chí Minh City, Quận 5 and its wards, Tây Ninh and some "
    "communes), pushes the events of half the report year 2025 through the public API, prints the "
    "figures level by level as they arrive and compares them, then goes on serving each node's "
    "pages until Ctrl-C. Ends with 1 if a figure is not as expected.",
)


def _demo(
    context: typer.Context,
    kafka: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            envvar="ANTQ_DEMO_KAFKA",
            help=both("Chạy trên Kafka này.", "Carry through this Kafka."),
        ),
    ] = None,
    postgres: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="ANTQ_DEMO_POSTGRES",
            help=both(
                "Lưu trên máy chủ PostgreSQL này, mỗi nút một cơ sở dữ liệu mới.",
                "Store on this PostgreSQL server, a new database for each node.",
            ),
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar=both("THƯ_MỤC", "FOLDER"),
            file_okay=False,
            help=both(
                "Giữ dữ liệu ở thư mục này để lần sau chạy tiếp.",
                "Keep the data in this folder and go on with it next time.",
            ),
        ),
    ] = None,
    no_serve: Annotated[
        bool,
        typer.Option(
            "--no-serve",
            help=both("Kết thúc ngay sau khi đối chiếu.", "End after the comparison."),
        ),
    ] = False,
    port_base: Annotated[
        int,
        typer.Option(
            min=1024,
            max=65000,
            metavar=both("CỔNG", "PORT"),
            help=both(
                "Cổng của nút đầu tiên; các nút sau lấy các cổng tiếp theo.",
                "Port of the first node; the others take those behind it.",
            ),
        ),
    ] = 8080,
) -> None:
    from services.demo.supervisor import Plan, run_demo  # noqa: PLC0415 - quick start

    plan = Plan(kafka, postgres, keep, serve=not no_serve, port_base=port_base)
    raise typer.Exit(run_demo(plan, terminal_of(context)))


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("demo", cls=HelpfulCommand, help=HELP)(_demo)
