"""`antq bundle`: files carried by hand between nodes that no network joins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final

import typer

from domain.levels import Level
from services.node.cli.bundletelling import report, say
from services.node.cli.envfile import EnvFile
from services.node.cli.helptext import HelpfulCommand, add_group
from services.node.cli.language import both
from services.node.cli.options import DEFAULT_URL, Origins, Url
from services.node.cli.oserrors import reason
from services.node.cli.terminal import Terminal, terminal_of

if TYPE_CHECKING:
    from services.node.bundles.exporting import Order
    from services.node.bundles.importing import Contents

HELP: Final = both("Tệp gói chuyển tay giữa các nút.", "Files carried by hand between nodes.")
EXPORT_HELP: Final = both(
    "Xuất một tệp gói.\n\n"
    "--up cho cấp trên, --to NÚT cho một nút bên dưới, --down cho mọi nút bên dưới. Mặc định: "
    "những gì bên nhận chưa xác nhận trong tệp gói nó gửi về. Tệp được ghi xong và kiểm tra rồi "
    "mới mang tên đã nêu; tệp đã có thì không bị ghi đè, trừ khi có --force. Nút đang chạy thì hỏi "
    "nút (--url); nút đang dừng thì thêm --level.\n\n"
    "Mã kết thúc: 0 đã xuất, 2 không xuất được.",
    "Export a bundle.\n\n"
    "--up for the node above, --to NODE for one below, --down for all below. By default: what the "
    "other side has not confirmed in a bundle that came back. The file is written and checked "
    "before it gets its name; one that is there is not written over without --force. A running "
    "node is asked (--url); for one that is stopped add --level.\n\n"
    "Exit code: 0 exported, 2 could not export.",
)
IMPORT_HELP: Final = both(
    "Nhập một tệp gói.\n\n"
    "Cả tệp được kiểm tra trước khi nhận bất cứ gì: tệp bị cắt, bị sửa hoặc của nút khác bị từ "
    "chối, kèm chỗ hỏng. Nhập lại là vô hại; bị ngắt giữa chừng thì chạy lại lệnh. Nút đang chạy "
    "thì gửi cho nút (--url); nút đang dừng thì thêm --level.\n\n"
    "Mã kết thúc: 0 đã nhận hết, 1 có sự kiện phải chờ, phân nhánh hoặc bị để riêng, 2 bị từ chối.",
    "Import a bundle.\n\n"
    "All of the file is checked before anything is taken in: one that is cut off, altered or for "
    "another node is refused, naming the place. Importing again is harmless; after an interruption "
    "run the command again. A running node gets it sent (--url); for one that is stopped add "
    "--level.\n\n"
    "Exit code: 0 all taken in, 1 some events wait, are forked or were set aside, 2 refused.",
)
SHOW_HELP: Final = both(
    "Kiểm tra một tệp gói và cho biết nó chứa gì; không cần nút.",
    "Check a bundle and say what it holds; needs no node.",
)

StoppedLevel = Annotated[
    Level | None,
    typer.Option(
        metavar=both("CẤP", "LEVEL"),
        help=both(
            "Làm việc thẳng trên kho của nút theo ANTQ_*; cấp của nút.",
            "Work on the node's own stores named by ANTQ_*; the node's level.",
        ),
    ),
]


def _export(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar=both("TỆP", "FILE"), dir_okay=False, help=both("Tệp được ghi.", "The file.")
        ),
    ],
    up: Annotated[
        bool, typer.Option("--up", help=both("Cho nút cấp trên.", "For the node above."))
    ] = False,
    down: Annotated[
        bool, typer.Option("--down", help=both("Cho mọi nút bên dưới.", "For all nodes below."))
    ] = False,
    to: Annotated[
        str | None,
        typer.Option(
            metavar=both("NÚT", "NODE"),
            help=both(
                "Cho một nút bên dưới, kèm xác nhận những gì nó đã gửi; tên nút cấp trên thì như "
                "--up.",
                "For one node below, with the confirmation of what it has sent; with the name of "
                "the node above, as --up.",
            ),
        ),
    ] = None,
    new: Annotated[
        bool,
        typer.Option(
            "--new",
            help=both(
                "Nút nêu ở --to là nút mới, chưa gửi gì lên bao giờ.",
                "The node of --to is new and has never sent anything.",
            ),
        ),
    ] = False,
    origin: Origins = None,
    first: Annotated[
        int | None,
        typer.Option(min=1, metavar=both("SỐ", "NUMBER"), help=both("Từ số này.", "From here on.")),
    ] = None,
    last: Annotated[
        int | None,
        typer.Option(min=1, metavar=both("SỐ", "NUMBER"), help=both("Đến số này.", "To here.")),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--everything",
            help=both("Cả những gì đã được xác nhận.", "Also what was confirmed."),
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help=both("Ghi đè tệp đã có.", "Write over the file."))
    ] = False,
    url: Url = DEFAULT_URL,
    level: StoppedLevel = None,
    env_file: EnvFile = None,
) -> None:
    terminal = terminal_of(context)
    if sum((up, down, to is not None)) != 1:
        terminal.fail("Nêu đúng một trong --up, --down, --to.", "Give one of --up, --down, --to.")
    if file.exists() and not force:
        terminal.fail(
            f"{file} đã có và không bị ghi đè: có thể chưa được mang đi. Nêu tên khác, hoặc "
            "--force.",
            f"{file} is there and is not written over: perhaps nobody has carried it yet. Give "
            "another name, or --force.",
        )
    from services.node.bundles.exporting import Order, Way  # noqa: PLC0415 - quick start

    way = Way.UP if up else Way.DOWN
    order = Order(way, to or "", tuple(origin or ()), first, last, everything, new)
    with _written(file, terminal) as out:
        if level is not None:
            from services.node.cli.stores import opened  # noqa: PLC0415

            with opened(terminal, level, env_file, settle=True) as node:
                for part in node.exporter.export(order):
                    out.write(part)
        else:
            from services.node.cli.client import node_client  # noqa: PLC0415

            with node_client(url, terminal) as node_there:
                for chunk in node_there.download("/v1/bundles", _question(order)):
                    out.write(chunk)
    say(terminal, _checked(terminal, file))


def _question(order: Order) -> dict[str, Any]:
    asked: dict[str, Any] = {"way": order.way.value, "everything": str(order.everything).lower()}
    if order.to:
        asked |= {"to": order.to, "new": str(order.new).lower()}
    if order.origins:
        asked["origin"] = [str(origin) for origin in order.origins]
    return asked | {
        name: number
        for name, number in (("first", order.first), ("last", order.last))
        if number is not None
    }


@contextmanager
def _written(file: Path, terminal: Terminal) -> Iterator[BinaryIO]:
    """A file that gets its name once all of it is on the disk and was read back whole.

    A crash in the middle leaves FILE.part, which nobody takes for a bundle.
    """
    part = file.with_name(file.name + ".part")
    try:
        with part.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        _checked(terminal, part)
        part.replace(file)
    except OSError as error:
        why = reason(error)
        terminal.fail(f"Không ghi được {file}: {why.vi}.", f"{file} cannot be written: {why.en}.")
    finally:
        # On a read-only stick there is nothing to remove, and the system refuses that as well.
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _import(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar=both("TỆP", "FILE"),
            exists=True,
            dir_okay=False,
            help=both("Tệp gói.", "The bundle."),
        ),
    ],
    url: Url = DEFAULT_URL,
    level: StoppedLevel = None,
    env_file: EnvFile = None,
) -> None:
    terminal = terminal_of(context)
    if level is not None:
        from services.node.api.bundles import answer  # noqa: PLC0415 - quick start
        from services.node.cli.stores import opened  # noqa: PLC0415

        with opened(terminal, level, env_file, settle=True) as node, file.open("rb") as raw:
            found = answer(node.importer.take(raw, file.name)).model_dump(mode="json")
    else:
        from services.node.cli.client import node_client  # noqa: PLC0415

        _checked(terminal, file)  # a damaged file need not be sent
        with node_client(url, terminal) as there, file.open("rb") as raw:
            found = there.upload("/v1/bundles", raw)
    raise typer.Exit(report(terminal, found))


def _show(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar=both("TỆP", "FILE"),
            exists=True,
            dir_okay=False,
            help=both("Tệp gói.", "The bundle."),
        ),
    ],
) -> None:
    terminal = terminal_of(context)
    say(terminal, _checked(terminal, file))


def _checked(terminal: Terminal, file: Path) -> Contents:
    """What a file holds, all of it read. Ends the command, naming the place, if it is not whole."""
    from services.node.bundles.format import BundleError  # noqa: PLC0415 - quick start
    from services.node.bundles.importing import inspect  # noqa: PLC0415

    try:
        with file.open("rb") as raw:
            return inspect(raw)
    except BundleError as error:
        terminal.fail(f"{file}: {error.text.vi}", f"{file}: {error.text.en}")


def register(program: typer.Typer) -> None:
    """Add the commands."""
    group = add_group(program, "bundle", HELP)
    group.command("export", cls=HelpfulCommand, help=EXPORT_HELP)(_export)
    group.command("import", cls=HelpfulCommand, help=IMPORT_HELP)(_import)
    group.command("show", cls=HelpfulCommand, help=SHOW_HELP)(_show)
