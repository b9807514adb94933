"""`antq reports draft`: a report computed by a node, as a file that `antq push` takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import typer

from domain.report_kinds import ReportKind
from services.node.cli.helptext import HelpfulCommand, add_group
from services.node.cli.language import both
from services.node.cli.options import DEFAULT_URL, Url
from services.node.cli.oserrors import reason as os_reason
from services.node.cli.terminal import ExitCode, Terminal, terminal_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HELP: Final = both("Báo cáo.", "Reports.")
DRAFT_HELP: Final = both(
    "Lập dự thảo báo cáo từ các sự kiện.\n\n"
    "Nút tính mọi số liệu của mẫu ở một trạng thái của nhật ký, nêu báo cáo cấp dưới có và thiếu, "
    "và những sự kiện trong kỳ không được tính kèm lý do. Không ghi gì cả: tệp kết quả gửi bằng "
    "antq push. Mã kết thúc: 0 đủ, 1 thiếu mục, số liệu hoặc báo cáo cấp dưới, 2 không lập được.",
    "Draft a report from the records.\n\n"
    "The node computes every figure of the template in one state of the log, names the reports "
    "from below that are in it and those that are missing, and the events of the period that do "
    "not count, with the reason. Nothing is recorded: the file is sent with antq push. Exit code: "
    "0 whole, 1 a section, a figure or a report from below is missing, 2 could not draft.",
)
_SHOWN: Final = 10
"""Names that are listed of what is missing; the rest is counted."""
_REASONS: Final = {
    "retracted": ("đã rút", "retracted"),
    "corrected_away": ("đính chính sang kỳ hoặc đơn vị khác", "corrected away"),
    "outside_hierarchy": ("ngoài hệ thống đơn vị trong kỳ", "outside the hierarchy"),
    "after_cutoff": ("sau mốc chốt số liệu", "after the data cut-off"),
    "not_understood": ("không hiểu được", "not understood"),
}


def _draft(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar=both("TỆP", "FILE"),
            dir_okay=False,
            help=both("Nơi ghi dự thảo, dạng JSON.", "Where the draft is written, as JSON."),
        ),
    ],
    unit: Annotated[
        UUID,
        typer.Option(metavar="UUID", help=both("Đơn vị báo cáo.", "The unit that reports.")),
    ],
    period: Annotated[
        str, typer.Option(metavar="2025-H1|2025", help=both("Kỳ báo cáo.", "The period."))
    ],
    kind: Annotated[
        ReportKind, typer.Option(help=both("Loại báo cáo.", "What the report is."))
    ] = ReportKind.HALF_YEAR,
    org: Annotated[
        UUID | None,
        typer.Option(
            metavar="UUID",
            help=both(
                "Cơ quan gửi; không cần nếu đơn vị chỉ có một.",
                "The organisation that sends it; not needed where the unit has one only.",
            ),
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar=both("NGÀY|LÚC", "DAY|TIME"),
            help=both(
                "Chốt số liệu: chỉ tính những gì đã ghi đến hết ngày, hoặc đến lúc này.",
                "Data cut-off: count only what was recorded by the end of this day, or by then.",
            ),
        ),
    ] = None,
    as_of_position: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar=both("VỊ_TRÍ", "POSITION"),
            help=both(
                "Chốt số liệu theo vị trí nhật ký của nút.",
                "Data cut-off at a position of the node's log.",
            ),
        ),
    ] = None,
    figure: Annotated[
        list[str] | None,
        typer.Option(
            metavar=both("MÃ", "CODE"),
            help=both(
                "Chỉ số liệu này (lặp lại được), ví dụ f1.met; không có: theo mẫu.",
                "Only this figure (repeatable), for example f1.met; else those of the template.",
            ),
        ),
    ] = None,
    section: Annotated[
        list[str] | None,
        typer.Option(
            metavar=both("MÃ", "CODE"),
            help=both(
                "Mục được viết ở văn bản khác (lặp lại được).",
                "A section that is written elsewhere (repeatable).",
            ),
        ),
    ] = None,
    text: Annotated[
        list[str] | None,
        typer.Option(
            metavar=both("MÃ=TỆP", "CODE=FILE"),
            help=both(
                "Nội dung một mục, mỗi dòng một đoạn (lặp lại được).",
                "The text of a section, a paragraph a line (repeatable).",
            ),
        ),
    ] = None,
    recipient: Annotated[
        list[UUID] | None,
        typer.Option(
            metavar="UUID",
            help=both("Cơ quan nhận (lặp lại được).", "An addressee (repeatable)."),
        ),
    ] = None,
    url: Url = DEFAULT_URL,
) -> None:
    terminal = terminal_of(context)
    from services.node.cli.client import node_client  # noqa: PLC0415 - quick start

    question = {
        "unit": str(unit),
        "kind": kind.value,
        "period": period,
        "org": None if org is None else str(org),
        "figures": list(figure or ()),
        "sections": list(section or ()),
        "texts": _texts(terminal, text or ()),
        "recipients": [str(one) for one in recipient or ()],
    }
    state: dict[str, str | int] = {}
    if as_of is not None:
        state["as_of"] = as_of
    if as_of_position is not None:
        state["as_of_position"] = as_of_position
    with node_client(url, terminal) as node:
        answer = node.post("/v1/reports/drafts", question, **state)
    _write(terminal, file, answer["event"])
    raise typer.Exit(_tell(terminal, file, answer))


def _texts(terminal: Terminal, given: Sequence[str]) -> Mapping[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for item in given:
        code, found, name = item.partition("=")
        if not found:
            terminal.fail("--text cần MÃ=TỆP.", "--text takes CODE=FILE.")
        try:
            lines = Path(name).read_text("utf-8-sig").splitlines()
        except OSError as error:
            terminal.fail(f"{name}: {os_reason(error).vi}.", f"{name}: {os_reason(error).en}.")
        except UnicodeDecodeError:
            terminal.fail(f"{name}: không phải văn bản UTF-8.", f"{name}: is no UTF-8 text.")
        texts[code] = [line.strip() for line in lines if line.strip()]
    return texts


def _write(terminal: Terminal, file: Path, event: Mapping[str, Any]) -> None:
    import json  # noqa: PLC0415 - quick start

    try:
        text = json.dumps(event, ensure_ascii=False, indent=2)
        file.write_text(text + "\n", "utf-8")
    except OSError as error:
        terminal.fail(f"{file}: {os_reason(error).vi}.", f"{file}: {os_reason(error).en}.")


def _tell(terminal: Terminal, file: Path, answer: Mapping[str, Any]) -> ExitCode:
    """What is in the draft and what is not."""
    number, children = terminal.language.number, answer["children"]
    version = answer["event"]["data"]["report_version"]
    figures = number(len(answer["figures"]))
    terminal.say(
        f"{file}: bản {version}, {figures} số liệu, tính đến vị trí {number(answer['position'])}.",
        f"{file}: version {version}, {figures} figures, computed at position "
        f"{number(answer['position'])}.",
        style="green",
    )
    if children["included"] or children["missing"]:
        included, missing = (number(len(children[name])) for name in ("included", "missing"))
        terminal.say(
            f"Báo cáo cấp dưới: {included} có, {missing} thiếu.",
            f"Reports from below: {included} in it, {missing} missing.",
        )
    for reason, count in sorted(answer["left_out"]["counts"].items()):
        vi, en = _REASONS.get(reason, (reason, reason))
        terminal.say(
            f"Không tính: {number(count)} sự kiện {vi}.", f"Not counted: {number(count)} {en}."
        )
    _tell_missing(terminal, "Thiếu mục", "Sections missing", answer["missing_sections"])
    _tell_missing(terminal, "Không tính được", "Not computed", answer["not_computed"])
    units = [child["unit_id"] for child in children["missing"]]
    _tell_missing(terminal, "Chưa có báo cáo của", "No report of", units)
    lacking = answer["missing_sections"] or answer["not_computed"] or children["missing"]
    return ExitCode.INCOMPLETE if lacking else ExitCode.DONE


def _tell_missing(terminal: Terminal, vi: str, en: str, names: Sequence[str]) -> None:
    if names:
        listed = ", ".join(names[:_SHOWN])
        more = f" (+{len(names) - _SHOWN})" if len(names) > _SHOWN else ""
        terminal.say(f"{vi}: {listed}{more}", f"{en}: {listed}{more}", style="yellow")


def register(program: typer.Typer) -> None:
    """Add the commands."""
    reports = add_group(program, "reports", HELP)
    reports.command("draft", cls=HelpfulCommand, help=DRAFT_HELP)(_draft)
