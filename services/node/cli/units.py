"""`antq units import`: the national catalogue of units, with its lineage, from public tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from services.node.cli.helptext import HelpfulCommand, add_group
from services.node.cli.language import both
from services.node.cli.options import DEFAULT_URL, PATIENCE, Account, Patience, Url
from services.node.cli.push import give_up, patient_sender
from services.node.cli.terminal import ExitCode, Terminal, terminal_of
from services.node.unitcatalogue.choices import Source

if TYPE_CHECKING:
    from services.node.unitcatalogue.planning import Event, Recorder
    from services.node.unitcatalogue.sources import Loaded

HELP: Final = both("Danh mục đơn vị hành chính.", "The catalogue of administrative units.")
IMPORT_HELP: Final = both(
    "Nhập danh mục đơn vị cả nước vào nút trung ương.\n\n"
    "Ghi 63 tỉnh, các huyện và xã trước 1/7/2025, 34 tỉnh và 3.321 xã từ ngày đó, cùng dòng kế "
    "thừa. Nguồn là gói vietnamadminunits, hoặc bảng CSV của cơ quan thống kê (--file nhiều lần: "
    "bảng chuyển đổi cũ → mới; danh sách đơn vị trước đó; bảng sáp nhập trước 1/7/2025). Nhập lại "
    "là vô hại. Chỗ không khớp giữa các nguồn và những gì không nhập được liệt kê kèm lý do.\n\n"
    "Mã kết thúc: 0 nhập hết, 1 có sự kiện bị từ chối, 2 không nhập được.",
    "Import the national catalogue of units into the central node.\n\n"
    "Records the 63 provinces, the districts and the communes before 2025-07-01, the 34 provinces "
    "and 3,321 communes since, and the lineage. The source is the vietnamadminunits package, or "
    "CSV tables of the statistics office (--file, repeated: the conversion from old to new; the "
    "list of units before; mergers before 2025-07-01). Importing again is harmless. What does not "
    "match between the sources, and what is not imported, is listed with the reason.\n\n"
    "Exit code: 0 all imported, 1 some events were refused, 2 could not import.",
)


def _import(
    context: typer.Context,
    source: Annotated[
        Source | None,
        typer.Option(
            metavar="package|csv",
            help=both(
                "Nguồn được nhập: csv nếu có --file, nếu không thì package.",
                "The source imported: csv where --file is given, else package.",
            ),
        ),
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option(
            metavar=both("TỆP", "FILE"),
            exists=True,
            dir_okay=False,
            help=both(
                "Bảng CSV; loại bảng nhận ra theo tên cột.",
                "A CSV table; its columns tell which.",
            ),
        ),
    ] = None,
    url: Url = DEFAULT_URL,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help=both("Chỉ thử, không cần nút.", "Only try; no node is asked."),
        ),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar=both("TỆP", "FILE"),
            dir_okay=False,
            help=both(
                "Ghi mọi chỗ không khớp vào tệp CSV này.",
                "Write everything that does not match to this CSV file.",
            ),
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar=both("NGÀY", "DAY"),
            help=both(
                "Danh mục biết các đơn vị cũ từ ngày này (NNNN-TT-NN); nếu không nêu: ngày đầu "
                "của đơn vị trung ương, hoặc 2004-07-08.",
                "The catalogue knows the old units from this day (YYYY-MM-DD); unless given, the "
                "centre's first day, or 2004-07-08.",
            ),
        ),
    ] = None,
    centre: Annotated[
        UUID | None,
        typer.Option(
            metavar="UUID",
            help=both(
                "Đơn vị trung ương, khi nút chưa có đơn vị nào.",
                "The central unit, where the node knows no unit yet.",
            ),
        ),
    ] = None,
    org: Annotated[
        UUID | None,
        typer.Option(
            metavar="UUID",
            help=both(
                "Cơ quan ghi; nếu không nêu: công an của đơn vị trung ương.",
                "The organisation that records; unless given, the centre's police.",
            ),
        ),
    ] = None,
    account: Account = "unit-catalogue",
    patience: Patience = PATIENCE,
) -> None:
    terminal = terminal_of(context)
    from services.node.cli.unitprinting import (  # noqa: PLC0415 - quick start
        print_remarks,
        print_trial,
    )

    files = file or []
    chosen = source or (Source.CSV if files else Source.PACKAGE)
    first_day = None if since is None else _day(since, terminal)
    # The node first: an answer that it is away should not wait for the tables.
    recorder = None if dry_run else _recorder(url, terminal, centre, org, account, first_day)
    loaded = _load(chosen, files, terminal)
    print_remarks(loaded, report, terminal)
    events = _plan(loaded, recorder, first_day, terminal)
    if recorder is None:
        raise typer.Exit(print_trial(events, terminal))
    raise typer.Exit(_send(events, url, patience, terminal))


def _day(text: str, terminal: Terminal) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        terminal.fail(f"--since {text}: ngày viết NNNN-TT-NN.", f"--since {text}: use YYYY-MM-DD.")


def _recorder(
    url: str,
    terminal: Terminal,
    centre: UUID | None,
    org: UUID | None,
    account: str,
    since: date | None,
) -> Recorder:
    """Who records at that node: its central unit, and an organisation of that unit."""
    from services.node.cli.client import node_client  # noqa: PLC0415 - quick start
    from services.node.unitcatalogue.planning import FIRST_DAY, Recorder  # noqa: PLC0415

    with node_client(url, terminal) as node:
        found = node.get("/v1/units", level="central", ended="true", limit=1)["items"]
        if not found:
            if centre is None or org is None:
                terminal.fail(
                    "Nút chưa có đơn vị nào: nêu --centre và --org (đơn vị trung ương trong "
                    "ANTQ_UNITS của nút, và cơ quan ghi).",
                    "The node knows no unit yet: give --centre and --org (the central unit of the "
                    "node's ANTQ_UNITS, and the organisation that records).",
                )
            begun = since or FIRST_DAY
            return Recorder(str(centre), str(org), account, begun, begun, founding=True)
        unit = node.get(f"/v1/units/{found[0]['unit_id']}")
    offices = [o for o in unit["organisations"] if org is None or o["org_id"] == str(org)]
    offices.sort(key=lambda office: (not office["active"], office["category"] != "police"))
    first = date.fromisoformat(unit["unit"]["valid_from"])
    if offices:
        begun = max(first, date.fromisoformat(offices[0]["valid_from"]))
        return Recorder(unit["unit"]["unit_id"], offices[0]["org_id"], account, begun, first)
    if org is None or unit["organisations"]:
        terminal.fail(
            "Đơn vị trung ương không có cơ quan này; nêu --org.",
            "The central unit has no such organisation; give --org.",
        )
    # The centre's founding events need no organisation yet.
    return Recorder(unit["unit"]["unit_id"], str(org), account, first, first)


def _load(source: Source, files: list[Path], terminal: Terminal) -> Loaded:
    from services.node.unitcatalogue.sources import load  # noqa: PLC0415 - quick start
    from services.node.unitcatalogue.tables import UnreadableTableError  # noqa: PLC0415

    try:
        return load(source, files)
    except UnreadableTableError as error:
        terminal.fail(error.text.vi, error.text.en)


def _plan(
    loaded: Loaded, recorder: Recorder | None, since: date | None, terminal: Terminal
) -> tuple[Event, ...]:
    from services.node.unitcatalogue.planning import REFORM, plan_events  # noqa: PLC0415
    from services.node.unitcatalogue.trying import TRIAL  # noqa: PLC0415

    who = recorder or TRIAL
    first = since or who.centre_from
    last = min((merger.day for merger in loaded.mergers), default=REFORM)
    if first >= last:
        day = terminal.language.day
        terminal.fail(
            f"Các đơn vị cũ phải có từ trước {day(last)}; đang là {day(first)}. Nêu --since, "
            "hoặc đính chính ngày đầu của đơn vị trung ương.",
            f"The old units must be known from before {day(last)}; it is {day(first)}. Give "
            "--since, or correct the central unit's first day.",
        )
    return plan_events(loaded.tables, who, first, loaded.mergers)


def _send(events: tuple[Event, ...], url: str, patience: float, terminal: Terminal) -> ExitCode:
    from services.node.cli.progress import position_progress  # noqa: PLC0415 - quick start
    from services.node.cli.pushing.sending import (  # noqa: PLC0415
        RefusedRequestError,
        UnreachableError,
    )
    from services.node.cli.unitprinting import print_imported  # noqa: PLC0415
    from services.node.cli.unitsending import send  # noqa: PLC0415

    sender = patient_sender(url, terminal, patience)
    try:
        with position_progress(terminal, url) as advance:
            done = send(events, sender, lambda number: advance(number, len(events)))
    except UnreachableError as error:
        give_up(terminal, url, error)
    except RefusedRequestError as error:
        terminal.fail(
            f"{url} không nhận yêu cầu: {error}. Kiểm tra --url.",
            f"{url} refused the request: {error}. Look at --url.",
        )
    finally:
        sender.close()
    print_imported(events, done, terminal)
    return ExitCode.INCOMPLETE if done.refused else ExitCode.DONE


def register(program: typer.Typer) -> None:
    """Add the commands."""
    units = add_group(program, "units", HELP)
    units.command("import", cls=HelpfulCommand, help=IMPORT_HELP)(_import)
