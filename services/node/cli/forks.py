"""`antq forks`: streams that contradict themselves, and what a person decides about them."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

import typer

from domain.forks import ForkOutcome
from services.node.cli.helptext import HelpfulCommand, add_group
from services.node.cli.language import both
from services.node.cli.options import (
    DEFAULT_URL,
    Account,
    RecordingOrg,
    RecordingUnit,
    Url,
)
from services.node.cli.recording import record_today
from services.node.cli.terminal import ExitCode, terminal_of

HELP: Final = both("Các luồng bị phân nhánh.", "Forked streams.")
LIST_HELP: Final = both(
    "Liệt kê bằng chứng phân nhánh ở một nút. Mã kết thúc: 0 không có, 1 có, 2 nút không trả lời.",
    "List the evidence of forks at a node. Exit code: 0 none, 1 some, 2 the node does not answer.",
)
DECIDE_HELP: Final = both(
    "Ghi quyết định về một luồng bị dừng, bằng một sự kiện trong luồng của đơn vị quyết định.\n\n"
    "goes_on: những gì nút này giữ là đúng, nhận tiếp. stays_stopped: tiếp tục dừng.",
    "Record the decision about a stopped stream, as an event in the deciding unit's own stream.\n\n"
    "goes_on: what this node holds is right and what continues it is taken. stays_stopped: it "
    "stays stopped.",
)
_COMMAND: Final = "antq-forks"


def _list(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    terminal = terminal_of(context)
    from services.node.cli.client import node_client  # noqa: PLC0415 - quick start

    with node_client(url, terminal) as node:
        answer = node.get("/v1/forks")
    for fork in answer["items"]:
        line = f"{fork['origin']}  {fork['sequence']}  {fork['seen_at']}  {fork['place']}"
        terminal.say(f"sự kiện  {line}", f"event  {line}")
    for fork in answer["checkpoints"]:
        line = f"{fork['origin']}  {fork['size']}  {fork['seen_at']}  {fork['sender']}"
        terminal.say(f"điểm chốt  {line}", f"checkpoint  {line}")
    some = answer["items"] or answer["checkpoints"]
    if not some:
        terminal.say("Không có phân nhánh.", "There are no forks.", style="green")
    raise typer.Exit(ExitCode.INCOMPLETE if some else ExitCode.DONE)


def _decide(
    context: typer.Context,
    stream: Annotated[
        UUID,
        typer.Argument(
            metavar=both("LUỒNG", "STREAM"), help=both("Luồng bị dừng.", "The stopped stream.")
        ),
    ],
    outcome: Annotated[
        ForkOutcome,
        typer.Argument(
            metavar="goes_on|stays_stopped", help=both("Quyết định.", "What is decided.")
        ),
    ],
    unit: RecordingUnit,
    org: RecordingOrg,
    account: Account = _COMMAND,
    url: Url = DEFAULT_URL,
) -> None:
    terminal = terminal_of(context)
    from services.node.cli.client import node_client  # noqa: PLC0415 - quick start

    with node_client(url, terminal) as node:
        recorded = record_today(
            node,
            "ForkDecided",
            command=_COMMAND,
            unit=unit,
            org=org,
            account=account,
            data={"stream_id": str(stream), "outcome": outcome.value},
        )
    terminal.say(
        f"Đã ghi quyết định: sự kiện {recorded}.",
        f"The decision is recorded: event {recorded}.",
        style="green",
    )


def register(program: typer.Typer) -> None:
    """Add the commands."""
    forks = add_group(program, "forks", HELP)
    forks.command("list", cls=HelpfulCommand, help=LIST_HELP)(_list)
    forks.command("decide", cls=HelpfulCommand, help=DECIDE_HELP)(_decide)
