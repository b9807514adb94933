"""`antq replay`: take in again what lies in quarantine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.node.cli.helptext import HelpfulCommand
from services.node.cli.language import both
from services.node.cli.options import DEFAULT_URL, Url
from services.node.cli.terminal import ExitCode, terminal_of

if TYPE_CHECKING:
    from services.node.cli.client import NodeClient

HELP: Final = both(
    "Nhận lại những gì đang cách ly ở một nút.\n\n"
    "Không nêu mã băm và không có --all thì chỉ liệt kê. Nhận lại hai lần là vô hại. Mã kết thúc: "
    "0 nhận hết, 1 còn mục chưa đọc được, 2 nút không trả lời.",
    "Take in again what lies in a node's quarantine.\n\n"
    "With neither a digest nor --all it only lists. Doing it twice is harmless. Exit code: 0 all "
    "taken in, 1 some still cannot be read, 2 the node does not answer.",
)


def _replay(
    context: typer.Context,
    digests: Annotated[
        list[str] | None,
        typer.Argument(
            metavar=both("[MÃ_BĂM…]", "[DIGEST…]"),
            help=both("Các mục cần nhận lại.", "Items to take in again."),
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help=both("Nhận lại tất cả.", "Take in all of them."))
    ] = False,
    url: Url = DEFAULT_URL,
) -> None:
    terminal = terminal_of(context)
    from services.node.cli.client import node_client  # noqa: PLC0415 - quick start

    with node_client(url, terminal) as node:
        if not digests and not everything:
            found = _items(node)
            if not found:
                terminal.tell("Không có gì đang cách ly.", "Nothing is in quarantine.")
            for item in found:
                line = f"{item['digest']}  {item['seen_at']}  {item['place']}  {item['reason']}"
                terminal.say(line, line)
            return
        wanted = [item["digest"] for item in _items(node)] if everything else list(digests or ())
        unreadable = 0
        for digest in wanted:
            answer = node.post(f"/v1/quarantine/{digest}/replay")
            if answer["outcome"] == "replayed":
                terminal.say(f"{digest}: đã nhận lại", f"{digest}: taken in", style="green")
            else:
                unreadable += 1
                terminal.say(
                    f"{digest}: vẫn chưa đọc được: {answer['reason']}",
                    f"{digest}: still cannot be read: {answer['reason']}",
                    style="yellow",
                )
    raise typer.Exit(ExitCode.INCOMPLETE if unreadable else ExitCode.DONE)


def _items(node: NodeClient) -> list[dict[str, str]]:
    """Everything in quarantine, page by page."""
    items: list[dict[str, str]] = []
    cursor: str | None = None
    while True:
        page = (
            node.get("/v1/quarantine")
            if cursor is None
            else node.get("/v1/quarantine", cursor=cursor)
        )
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("replay", cls=HelpfulCommand, help=HELP)(_replay)
