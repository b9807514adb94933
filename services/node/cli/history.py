"""`antq history`: everything that touched one record, read from a running node."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import typer

from services.node.cli.helptext import HelpfulCommand
from services.node.cli.language import both
from services.node.cli.options import DEFAULT_URL, Url
from services.node.cli.terminal import Terminal, terminal_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.node.cli.client import NodeClient

HELP: Final = both(
    "Lịch sử thay đổi của một bản ghi.\n\n"
    "Mọi sự kiện liên quan: cơ quan, tài khoản, hệ thống nào ghi, khi nào, theo bản quy định nào; "
    "đính chính đổi từng trường ra sao, bản báo cáo sau khác bản trước chỗ nào, cấp nào đã nhận và "
    "xác nhận. Bằng chứng của một sự kiện: antq proof.",
    "The change history of a record.\n\n"
    "Every event that touched it: which organisation, account and system recorded it, when, under "
    "which version of which rules; what corrections changed field by field, how the versions of a "
    "report differ, which levels received and verified it. The proof of an event: antq proof.",
)
_STATUSES: Final = {
    "active": ("có hiệu lực", "in force", "green"),
    "corrected": ("đã đính chính", "corrected", "yellow"),
    "retracted": ("đã rút", "retracted", "red"),
}


def _history(
    context: typer.Context,
    record: Annotated[
        UUID,
        typer.Argument(
            metavar=both("MÃ", "ID"),
            help=both(
                "Một sự kiện, hoặc đối tượng của nó: báo cáo, cuộc họp, mô hình, quy định, …",
                "An event, or what it is about: a report, a meeting, a model, a rule, …",
            ),
        ),
    ],
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar=both("NGÀY|LÚC", "DAY|TIME"),
            help=both(
                "Chỉ những gì đã ghi đến hết ngày, hoặc đến lúc này.",
                "Only what was recorded by the end of this day, or by then.",
            ),
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=both("In JSON của API.", "Print the API's JSON."))
    ] = False,
    url: Url = DEFAULT_URL,
) -> None:
    terminal = terminal_of(context)
    from services.node.cli.client import node_client  # noqa: PLC0415 - quick start

    with node_client(url, terminal) as node:
        items = list(_items(node, record, as_of))
    if as_json:
        terminal.out.print_json(data={"items": items})
        return
    for number, item in enumerate(items, 1):
        _tell(terminal, number, item)


def _items(node: NodeClient, record: UUID, as_of: str | None) -> Iterator[dict[str, Any]]:
    """Every event of the history, page by page."""
    asked: dict[str, str | int] = {} if as_of is None else {"as_of": as_of}
    while True:
        page = node.get(f"/v1/history/{record}", **asked)
        yield from page["items"]
        if page["next"] is None:
            return
        asked["cursor"] = page["next"]


def _tell(terminal: Terminal, number: int, item: Mapping[str, Any]) -> None:
    vi, en, style = _STATUSES[item["status"]]
    version = item["report_version"]
    title = item["title"]
    if version is not None:
        title += terminal.text(f", bản {version}", f", version {version}")
    terminal.say(f"{number}. {title}: {vi}", f"{number}. {title}: {en}", style=style)
    _row(terminal, "Sự kiện", "Event", item["event_id"])
    day = terminal.language.day(date.fromisoformat(item["occurred_on"]))
    _row(terminal, "Diễn ra", "Took place", day)
    source = f"{item['source_system']}, {item['source_record_id']}"
    where = item["recorded_for"]["unit"]
    who = f"{item['organisation']}, {where} ({item['account']}; {source})"
    _row(terminal, "Cơ quan ghi", "Recorded by", who)
    at = terminal.language.moment(item["recorded_at"])
    _row(terminal, "Ghi lúc", "Recorded at", f"{at}, {_place(item['recorded_in'])}")
    if item["amendment"] is not None:
        _amendment(terminal, item["amendment"])
    if item["difference"] is not None:
        _difference(terminal, item["difference"])
    for rule in item["rules"]:
        text = f"{rule['title']} ({terminal.text('bản', 'version')} {rule['version']})"
        if rule["recorded_later"]:
            text += terminal.text(", ban hành sau", ", laid down afterwards")
        _row(terminal, "Theo quy định", "By the rule", text)
    for receipt in item["receipts"]:
        at = terminal.language.moment(receipt["at"])
        place = _place(receipt["place"])
        _row(terminal, "Đã nhận và xác nhận", "Received and verified", f"{place}, {at}")
    if not item["sealed"]:
        _row(terminal, "Bằng chứng", "Proof", terminal.text("chưa niêm phong", "not sealed yet"))
    elif not item["receipts"]:
        none = terminal.text("chưa cấp trên nào xác nhận", "no level above vouches for it yet")
        _row(terminal, "Bằng chứng", "Proof", none)


def _amendment(terminal: Terminal, found: Mapping[str, Any]) -> None:
    what = ", ".join((found["effect_text"], *found["target_event_ids"]))
    if found["moved_to"] is not None:
        what += f": {found['moved_from']['unit']} → {found['moved_to']['unit']}"
    _row(terminal, "Việc đã làm", "What it did", what)
    if found["reason_text"]:
        _row(terminal, "Lý do", "Reason", found["reason_text"])
    if found["approver"]:
        _row(terminal, "Phê duyệt", "Approved by", found["approver"])
    for change in found["changes"]:
        line = f"     {change['label']}: {change['before_text']} → {change['after_text']}"
        terminal.say(line, line)


def _difference(terminal: Terminal, found: Mapping[str, Any]) -> None:
    _row(terminal, "Khác bản", "Otherwise than version", str(found["before"]))
    number = terminal.language.number
    for item in found["figures"]:
        before, after = ("–" if v is None else number(v) for v in (item["before"], item["after"]))
        line = f"     {item['title']} ({item['code']}): {before} → {after}"
        terminal.say(line, line)
    for name, sign in (("sections_added", "+"), ("sections_removed", "−")):
        for code in found[name]:
            terminal.say(f"     {sign} mục {code}", f"     {sign} section {code}")
    for child in found["children"]:
        terminal.say(
            f"     báo cáo cấp dưới {child['report_id']}",
            f"     report from below {child['report_id']}",
        )


def _row(terminal: Terminal, vi: str, en: str, text: str) -> None:
    terminal.say(f"   {vi}: {text}", f"   {en}: {text}")


def _place(found: Mapping[str, Any]) -> str:
    level = found["level_text"]
    return f"{found['unit']} ({level})" if level else str(found["unit"])


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("history", cls=HelpfulCommand, help=HELP)(_history)
