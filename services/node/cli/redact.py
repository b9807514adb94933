"""`antq redact`: have content removed that must not be held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import typer

from domain.redactions import ContentKind, LegalBasis
from services.node.cli.helptext import HelpfulCommand
from services.node.cli.language import both
from services.node.cli.options import (
    DEFAULT_URL,
    Account,
    RecordingOrg,
    RecordingUnit,
    Url,
)
from services.node.cli.recording import record_today
from services.node.cli.terminal import Terminal, terminal_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.node.cli.client import NodeClient

HELP: Final = both(
    "Xóa vĩnh viễn nội dung một sự kiện mà pháp luật không cho lưu, ở mọi cấp.\n\n"
    "Ghi một sự kiện nêu căn cứ, cơ quan quyết định và loại nội dung (không nêu nội dung). Mã băm "
    "còn lại nên mọi bằng chứng vẫn đúng; số liệu không tính sự kiện nữa; lịch sử cho thấy việc "
    "xóa. Chỉ đơn vị đã ghi, đơn vị kế thừa hoặc cấp trên làm được. Không hoàn tác được.",
    "Remove for good, at every level, the content of an event that the law does not let be kept.\n"
    "\nRecords an event with the legal basis, who decided and what kind of content it was (never "
    "the content). The hash stays, so every proof holds; no figure counts the event any more; its "
    "history shows the removal. For the unit that recorded it, its successor, or one above. "
    "Cannot be undone.",
)

_COMMAND: Final = "antq-redact"


def _listed(kind: type[LegalBasis] | type[ContentKind]) -> str:
    return both(
        "; ".join(f"{one.value}: {one.text.vi}" for one in kind) + ".",
        "; ".join(f"{one.value}: {one.text.en}" for one in kind) + ".",
    )


def _redact(
    context: typer.Context,
    event: Annotated[
        UUID,
        typer.Argument(metavar=both("MÃ_SỰ_KIỆN", "EVENT_ID"), help=both("Sự kiện.", "The event.")),
    ],
    basis: Annotated[
        LegalBasis, typer.Option(metavar=both("CĂN_CỨ", "BASIS"), help=_listed(LegalBasis))
    ],
    content: Annotated[
        ContentKind, typer.Option(metavar=both("LOẠI", "KIND"), help=_listed(ContentKind))
    ],
    unit: RecordingUnit,
    org: RecordingOrg,
    decided_by: Annotated[
        UUID | None,
        typer.Option(
            metavar="UUID",
            help=both("Cơ quan quyết định, nếu khác.", "The deciding organisation, if another."),
        ),
    ] = None,
    document: Annotated[
        str | None,
        typer.Option(
            metavar=both("SỐ", "NUMBER"),
            help=both("Số văn bản quyết định.", "The number of the deciding document."),
        ),
    ] = None,
    account: Account = _COMMAND,
    yes: Annotated[bool, typer.Option("--yes", help=both("Không hỏi lại.", "Do not ask."))] = False,
    url: Url = DEFAULT_URL,
) -> None:
    terminal = terminal_of(context)
    from services.node.cli.client import node_client  # noqa: PLC0415 - quick start

    data: dict[str, Any] = {
        "target_event_id": str(event),
        "legal_basis": basis.value,
        "content_kind": content.value,
        "decided_by_org_id": str(decided_by or org),
    }
    if document is not None:
        data["document"] = {"number_raw": document}
    with node_client(url, terminal) as node:
        others = _amending(terminal, node, event)
        if not yes:
            typer.confirm(
                terminal.text(
                    "Xóa vĩnh viễn nội dung sự kiện này ở mọi cấp?",
                    "Remove the content of this event for good, at every level?",
                ),
                abort=True,
            )
        recorded = record_today(
            node,
            "EventRedacted",
            command=_COMMAND,
            unit=unit,
            org=org,
            account=account,
            data=data,
        )
    terminal.say(
        f"Đã ghi quyết định xóa: sự kiện {recorded}. Các cấp thực hiện khi nhận được.",
        f"The redaction is recorded: event {recorded}. Each level carries it out when it arrives.",
        style="green",
    )
    for other in others:
        terminal.say(
            f"Đính chính {other['event_id']} của sự kiện này giữ toàn bộ nội dung thay thế: xem và "
            "xóa riêng nếu cần.",
            f"Its correction {other['event_id']} holds a whole replacement: look at it, and remove "
            "it by itself if need be.",
            style="yellow",
        )


def _amending(terminal: Terminal, node: NodeClient, event: UUID) -> list[Mapping[str, Any]]:
    """Say what the event is; its corrections, which are events of their own."""
    history = node.get(f"/v1/history/{event}", limit=200)["items"]
    for item in history:
        if item["event_id"] == str(event):
            day = terminal.language.moment(item["recorded_at"])
            place = item["recorded_for"]["unit"]
            terminal.say(f"{item['title']}, {place}, ghi {day}", f"{item['title']}, {place}, {day}")
    return [
        item
        for item in history
        if item["type"] == "EventCorrected"
        and str(event) in (item["amendment"] or {}).get("target_event_ids", ())
    ]


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("redact", cls=HelpfulCommand, help=HELP)(_redact)
