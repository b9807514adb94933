"""`antq proof`: the proof that an event stands in its stream, and who vouches for it."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from services.node.cli.helptext import HelpfulCommand
from services.node.cli.language import both
from services.node.cli.options import DEFAULT_URL, Url
from services.node.cli.terminal import ExitCode, terminal_of

HELP: Final = both(
    "Lấy bằng chứng rằng một sự kiện nằm trong luồng của nó, và ai đã nhận, xác nhận khi nào.\n\n"
    "Với --out thì ghi tệp bằng chứng (C2SP tlog-proof). Mã kết thúc: 0 cấp trên đã xác nhận, 1 "
    "chưa có xác nhận, 2 chưa niêm phong hoặc nút không trả lời.",
    "Get the proof that an event stands in its stream, and who received and verified it when.\n\n"
    "With --out the proof file is written (C2SP tlog-proof). Exit code: 0 a level above vouches "
    "for it, 1 none does yet, 2 it is not sealed or the node does not answer.",
)


def _proof(
    context: typer.Context,
    event: Annotated[
        UUID,
        typer.Argument(metavar=both("MÃ_SỰ_KIỆN", "EVENT_ID"), help=both("Sự kiện.", "The event.")),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar=both("TỆP", "FILE"),
            dir_okay=False,
            help=both("Ghi tệp bằng chứng vào đây.", "Write the proof file there."),
        ),
    ] = None,
    url: Url = DEFAULT_URL,
) -> None:
    terminal = terminal_of(context)
    from services.node.cli.client import node_client  # noqa: PLC0415 - quick start
    from services.node.ledger.checkpoint import SignedCheckpoint  # noqa: PLC0415
    from services.node.ledger.prooffile import ProofFile  # noqa: PLC0415

    with node_client(url, terminal) as node:
        answer = node.get("/v1/proofs/inclusion", event_id=str(event))
    number = terminal.language.number
    terminal.say(
        f"Luồng {answer['origin']}, sự kiện {number(answer['sequence'])} trong "
        f"{number(answer['size'])}, gốc cây {answer['root']}",
        f"Stream {answer['origin']}, event {number(answer['sequence'])} of "
        f"{number(answer['size'])}, root {answer['root']}",
    )
    for receipt in answer["receipts"]:
        at = terminal.language.moment(receipt["at"])
        terminal.say(
            f"Đã nhận và xác nhận: {receipt['cosigner']}, {at}",
            f"Received and verified: {receipt['cosigner']}, {at}",
            style="green",
        )
    if not answer["receipts"]:
        terminal.say(
            "Chưa cấp trên nào xác nhận.", "No level above vouches for it yet.", style="yellow"
        )
    if out is not None:
        signed = SignedCheckpoint.read(answer["note"].encode())
        hashes = tuple(b64decode(one) for one in answer["hashes"])
        out.write_bytes(ProofFile(answer["index"], hashes, signed).encode())
        terminal.say(f"Đã ghi {out}.", f"Wrote {out}.")
    raise typer.Exit(ExitCode.DONE if answer["receipts"] else ExitCode.INCOMPLETE)


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("proof", cls=HelpfulCommand, help=HELP)(_proof)
