"""`antq status`: how complete a node is, and whether it works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import typer
from rich.markup import escape

from domain.refusals import Text
from services.node.cli.helptext import HelpfulCommand
from services.node.cli.language import both
from services.node.cli.options import DEFAULT_URL, Url
from services.node.cli.terminal import ExitCode, Terminal, terminal_of

if TYPE_CHECKING:
    from services.node.cli.client import NodeClient

HELP: Final = both(
    "In tình trạng đồng bộ của một nút.\n\n"
    "Mỗi luồng: đã nhận đến số nào, cấp dưới hoặc cấp trên đã có đến số nào, đang chờ, phân nhánh; "
    "và cấp trên nào xác nhận đã nhận. "
    "Mã kết thúc: 0 mọi thứ đủ, 1 có gì đó còn thiếu, cách ly, phân nhánh hoặc nút chưa sẵn sàng, "
    "2 nút không trả lời.",
    "Print a node's state of synchronisation.\n\n"
    "For each stream: received through which number, how far its sender is, waiting, forked; and "
    "which levels above vouch. Exit code: 0 all complete, 1 something is missing, in quarantine, "
    "forked, or the node is not ready, 2 the node does not answer.",
)

_UNIT: Final = "Đơn vị"
_UNITS_A_PAGE: Final = 1_000
_STATES: Final = {
    "complete": ("đủ", "complete", "green"),
    "behind": ("đang đến", "coming", "yellow"),
    "waiting": ("thiếu đoạn", "gap", "yellow"),
    "forked": ("phân nhánh", "forked", "bold red"),
}
_DIRECTIONS: Final = {
    "own": ("tại đây", "here"),
    "below": ("dưới", "below"),
    "above": ("trên", "above"),
}


def _status(
    context: typer.Context,
    url: Url = DEFAULT_URL,
) -> None:
    terminal = terminal_of(context)
    from services.node.cli.client import node_client  # noqa: PLC0415 - quick start

    with node_client(url, terminal) as node:
        answer = node.get("/v1/sync")
        names = _names(node)
        receipts = node.get("/v1/receipts")["items"]
    _print(terminal, answer, names)
    if answer["parent"]:
        _print_receipts(terminal, receipts, names)
    whole = (
        answer["ready"]
        and not answer["quarantined"]
        and all(origin["state"] == "complete" for origin in answer["origins"])
    )
    raise typer.Exit(ExitCode.DONE if whole else ExitCode.INCOMPLETE)


def _names(node: NodeClient) -> dict[str, str]:
    """Every unit's name by its id; empty while the node waits for its catalogue."""
    names: dict[str, str] = {}
    cursor: str | None = None
    while True:
        further = {} if cursor is None else {"cursor": cursor}
        page = node.get("/v1/units", ended="true", limit=_UNITS_A_PAGE, **further)
        names.update((unit["unit_id"], unit["name"]) for unit in page["items"])
        cursor = page["next"]
        if cursor is None:
            return names


def _print(terminal: Terminal, answer: dict[str, Any], names: dict[str, str]) -> None:
    from rich.table import Table  # noqa: PLC0415 - quick start

    from services.node.web.texts import WORKERS  # noqa: PLC0415

    number = terminal.language.number
    terminal.say(
        f"Nút {answer['node']} ({answer['title']}), cấp trên: {answer['parent'] or 'không có'}",
        f"Node {answer['node']} ({answer['title']}), above: {answer['parent'] or 'none'}",
        style="bold",
    )
    for reason in answer["reasons"]:
        terminal.say(f"Chưa sẵn sàng: {reason}", f"Not ready: {reason}", style="yellow")
    for notice in answer["notices"]:
        terminal.say(f"Lưu ý: {notice}", f"Note: {notice}", style="yellow")
    table = Table(box=None, pad_edge=False)
    for vi, en, is_number in (
        (_UNIT, "Unit", False),
        ("Từ", "From", False),
        ("Đã nhận", "Through", True),
        ("Đầu kia", "Other side", True),
        ("Chờ", "Waiting", True),
        ("Lần cuối thấy", "Last seen", False),
        ("Tình trạng", "State", False),
    ):
        justify: Literal["left", "right"] = "right" if is_number else "left"
        table.add_column(terminal.text(vi, en), justify=justify, no_wrap=vi != _UNIT)
    origins = sorted(answer["origins"], key=lambda o: (o["direction"], names.get(o["unit_id"], "")))
    for origin in origins:
        vi, en, style = _STATES[origin["state"]]
        table.add_row(
            escape(names.get(origin["unit_id"], origin["unit_id"])),
            terminal.text(*_DIRECTIONS[origin["direction"]]),
            number(origin["received_through"]),
            number(origin["announced"]),
            number(origin["waiting"]),
            terminal.language.moment(origin["last_seen"]) or "–",
            f"[{style}]{terminal.text(vi, en)}[/]",
        )
    terminal.out.print(table)
    behind = ", ".join(
        f"{terminal.language.of(WORKERS.get(name, Text(name, name)))}: {number(count)}"
        for name, count in answer["backlog"].items()
    )
    terminal.say(behind, behind)
    terminal.say(
        f"Đang cách ly: {number(answer['quarantined'])}",
        f"In quarantine: {number(answer['quarantined'])}",
        style="yellow" if answer["quarantined"] else None,
    )
    if answer["unprojected"]:
        terminal.say(
            f"Sự kiện loại chưa biết: {number(answer['unprojected'])} (đã lưu, chưa vào số liệu)",
            f"Events of unknown types: {number(answer['unprojected'])} (kept, in no figure yet)",
            style="yellow",
        )
    if answer["unreadable"]:
        terminal.say(
            f"Đối tượng không hiểu được: {number(answer['unreadable'])} (/v1/unreadable)",
            f"Aggregates not understood: {number(answer['unreadable'])} (/v1/unreadable)",
            style="yellow",
        )


def _print_receipts(
    terminal: Terminal, streams: list[dict[str, Any]], names: dict[str, str]
) -> None:
    """Which levels above vouch for this node's own streams; there may be hundreds of these."""
    whole: dict[str, int] = {}
    last: dict[str, str] = {}
    for stream in streams:
        for receipt in stream["receipts"]:
            unit = receipt["unit_id"]
            whole[unit] = whole.get(unit, 0) + (receipt["through"] == stream["size"])
            last[unit] = max(last.get(unit, ""), receipt["at"])
    of = terminal.language.number(len(streams))
    for unit, count in whole.items():
        name, number = names.get(unit, unit), terminal.language.number(count)
        at = terminal.language.moment(last[unit])
        terminal.say(
            f"{name} xác nhận đã nhận đủ {number}/{of} luồng ghi tại đây, lần cuối {at}",
            f"{name} vouches for all of {number}/{of} streams recorded here, last at {at}",
        )
    if streams and not whole:
        terminal.say(
            "Chưa cấp trên nào xác nhận đã nhận luồng ghi tại đây",
            "No level above vouches for a stream recorded here yet",
        )


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("status", cls=HelpfulCommand, help=HELP)(_status)
