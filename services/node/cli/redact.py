"""`antq redact`: have content removed that must not be held."""

from __future__ import annotations

import shlex
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
from services.node.cli.recording import event_of_today
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
    with_copies: Annotated[
        bool,
        typer.Option(
            "--with-copies",
            help=both(
                "Xóa luôn các đính chính của sự kiện: mỗi đính chính giữ toàn bộ nội dung.",
                "Also remove the event's corrections: each holds a whole copy of the content.",
            ),
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help=both("Không hỏi lại.", "Do not ask."))] = False,
    url: Url = DEFAULT_URL,
) -> None:
    terminal = terminal_of(context)
    from services.node.cli.client import node_client  # noqa: PLC0415 - quick start

    data: dict[str, Any] = {
        "legal_basis": basis.value,
        "content_kind": content.value,
        "decided_by_org_id": str(decided_by or org),
    }
    if document is not None:
        data["document"] = {"number_raw": document}
    with node_client(url, terminal) as node:
        copies = _corrections(terminal, node, event)
        targets = [str(event), *(copies if with_copies else ())]
        if not yes:
            _confirm(terminal, len(targets) - 1)
        # One request: a crash before its answer leaves all of these decisions or none.
        answers = node.push_all(
            [
                event_of_today(
                    "EventRedacted",
                    command=_COMMAND,
                    unit=unit,
                    org=org,
                    account=account,
                    data={**data, "target_event_id": target},
                )
                for target in targets
            ]
        )
        for answer in answers:
            if "problem" not in answer:
                _say_recorded(terminal, answer["event_id"])
        for answer in answers:
            if "problem" in answer:
                node.refused(answer["problem"])
    who = {"--unit": str(unit), "--org": str(org), "--account": account, "--url": url}
    for copy in copies if not with_copies else ():
        command = _command(copy, data, who)
        terminal.say(
            f"Đính chính {copy} giữ toàn bộ nội dung thay thế và vẫn còn. Nếu cũng phải xóa, "
            f"chạy:\n  {command}",
            f"Its correction {copy} holds a whole replacement and is still there. If it has to go "
            f"too, run:\n  {command}",
            style="yellow",
        )


def _say_recorded(terminal: Terminal, decision: str) -> None:
    terminal.say(
        f"Đã ghi quyết định xóa: sự kiện {decision}. Các cấp thực hiện khi nhận được.",
        f"The redaction is recorded: event {decision}. Each level carries it out when it arrives.",
        style="green",
    )


def _confirm(terminal: Terminal, copies: int) -> None:
    """Ask, and end the command unless the person agrees."""
    typer.confirm(
        terminal.text(
            f"Xóa vĩnh viễn nội dung sự kiện này và {copies} đính chính của nó ở mọi cấp?"
            if copies
            else "Xóa vĩnh viễn nội dung sự kiện này ở mọi cấp?",
            f"Remove the content of this event and {copies} corrections of it for good, at every "
            "level?"
            if copies
            else "Remove the content of this event for good, at every level?",
        ),
        abort=True,
    )


def _command(event: str, decision: Mapping[str, Any], who: Mapping[str, str]) -> str:
    """The command by which the same decision removes another event."""
    options = {
        "--basis": decision["legal_basis"],
        "--content": decision["content_kind"],
        "--decided-by": decision["decided_by_org_id"],
        "--document": decision.get("document", {}).get("number_raw"),
        **who,
    }
    given = [part for name, value in options.items() if value is not None for part in (name, value)]
    return shlex.join(["antq", "redact", event, *given])


def _corrections(terminal: Terminal, node: NodeClient, event: UUID) -> list[str]:
    """Say what the event is; the ids of its corrections, which are events of their own."""
    history = node.get(f"/v1/history/{event}", limit=200)["items"]
    for item in history:
        if item["event_id"] == str(event):
            day = terminal.language.moment(item["recorded_at"])
            place = item["recorded_for"]["unit"]
            terminal.say(f"{item['title']}, {place}, ghi {day}", f"{item['title']}, {place}, {day}")
    return [
        item["event_id"]
        for item in history
        if item["type"] == "EventCorrected"
        and str(event) in (item["amendment"] or {}).get("target_event_ids", ())
    ]


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("redact", cls=HelpfulCommand, help=HELP)(_redact)
