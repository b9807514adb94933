"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit
from uuid import UUID

import typer

from services.node.cli.language import both

DEFAULT_URL: Final = "http://127.0.0.1:8080"


def web_address(given: str) -> str:
    """The address of a node as it was given.

    Raises BadParameter if nothing could ever answer there: a slip of the pen is told at once and is
    not taken for a node that is away, which is waited for.
    """
    try:
        found = urlsplit(given)
        host, _ = found.hostname, found.port
    except ValueError:
        host = None
    if not host or found.scheme not in {"http", "https"}:
        raise typer.BadParameter(f"must begin with http:// or https:// and name a host: '{given}'")
    return given


Url = Annotated[
    str,
    typer.Option(
        envvar="ANTQ_URL",
        metavar="URL",
        callback=web_address,
        help=both("Địa chỉ của nút.", "Address of the node."),
    ),
]
"""The node that is asked. Declared in a command as `url: Url = DEFAULT_URL`."""

PATIENCE: Final = 60.0
Patience = Annotated[
    float,
    typer.Option(
        min=0,
        metavar=both("GIÂY", "SECONDS"),
        help=both(
            "Chờ nút không trả lời bao lâu thì thôi.",
            "How long to wait for a node that does not answer.",
        ),
    ),
]
"""How long a command that sends waits for its node, in seconds. Declared as `patience: Patience =
PATIENCE`."""

RecordingUnit = Annotated[
    UUID,
    typer.Option(
        metavar="UUID",
        help=both("Đơn vị ghi, một đơn vị của nút này.", "The recording unit, one of this node's."),
    ),
]
RecordingOrg = Annotated[
    UUID,
    typer.Option(metavar="UUID", help=both("Cơ quan ghi.", "The recording organisation.")),
]
Account = Annotated[
    str,
    typer.Option(
        metavar=both("TÀI_KHOẢN", "ACCOUNT"),
        help=both("Tài khoản ghi.", "The account that records."),
    ),
]
"""Who an event names that a command records; its default is the command's own name."""

Origins = Annotated[
    list[UUID] | None,
    typer.Option(
        "--origin",
        metavar=both("LUỒNG", "STREAM"),
        help=both("Chỉ luồng này (lặp lại được).", "Only this stream (repeatable)."),
    ),
]
"""The streams that are exported, all unless any is named."""
