"""What `antq units import` prints."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

from services.node.cli.oserrors import reason
from services.node.cli.terminal import ExitCode, Terminal
from services.node.cli.unitsending import Imported
from services.node.unitcatalogue.planning import REFORM, Event
from services.node.unitcatalogue.report import TITLES, counts, write_report
from services.node.unitcatalogue.sources import Loaded
from services.node.unitcatalogue.tables import RemarkKind
from services.node.unitcatalogue.trying import population, tried

_SHOWN: Final = 10
"""Refused events that are printed; the others look alike."""


def print_remarks(loaded: Loaded, report: Path | None, terminal: Terminal) -> None:
    """What the sources hold and what does not fit; all of it also into `report`."""
    language = terminal.language
    tables = loaded.tables
    divided = len({move.old for move in tables.moves if move.share == "part"})
    terminal.say(
        f"Nguồn: {language.number(len(tables.provinces_before))} tỉnh, "
        f"{language.number(len(tables.districts))} huyện, {language.number(len(tables.before))} xã "
        f"trước 1/7/2025; {language.number(len(tables.provinces_after))} tỉnh, "
        f"{language.number(len(tables.after))} xã từ ngày đó; "
        f"{language.number(len(tables.moves))} dòng kế thừa, {language.number(divided)} xã bị "
        "chia.",
        f"Source: {language.number(len(tables.provinces_before))} provinces, "
        f"{language.number(len(tables.districts))} districts, "
        f"{language.number(len(tables.before))} communes before 2025-07-01; "
        f"{language.number(len(tables.provinces_after))} provinces, "
        f"{language.number(len(tables.after))} communes since; "
        f"{language.number(len(tables.moves))} lines of lineage, {language.number(divided)} "
        "communes divided.",
    )
    if not loaded.compared:
        terminal.tell(
            "Chỉ có một nguồn, nên không so được dòng kế thừa.",
            "There is one source only, so the lineage is compared with nothing.",
            style="yellow",
        )
    for kind, count in counts(loaded.remarks).items():
        title = TITLES[kind]
        terminal.say(f"{title.vi}: {language.number(count)}", f"{title.en}: {count:,}")
    # What is not imported is always said; differences of spelling only on demand.
    for remark in loaded.remarks:
        if remark.kind in (RemarkKind.SKIPPED, RemarkKind.CORRECTED):
            terminal.say(f"  {remark.code}: {remark.text.vi}", f"  {remark.code}: {remark.text.en}")
    if report is None:
        return
    try:
        write_report(report, loaded.remarks, language)
    except OSError as error:
        terminal.fail(f"{report}: {reason(error).vi}.", f"{report}: {reason(error).en}.")
    terminal.say(f"Bảng đối chiếu: {report}", f"Report: {report}")


def print_trial(events: tuple[Event, ...], terminal: Terminal) -> ExitCode:
    """What an empty catalogue becomes of the events."""
    directory, problems = tried(events)
    language = terminal.language
    for day in (REFORM - timedelta(days=1), REFORM):
        found = {level.value: language.number(n) for level, n in population(directory, day).items()}
        terminal.say(
            f"Ngày {language.day(day)}: {found['province']} tỉnh, {found['district']} huyện, "
            f"{found['commune']} xã.",
            f"On {language.day(day)}: {found['province']} provinces, {found['district']} "
            f"districts, {found['commune']} communes.",
        )
    for key, why in list(problems.items())[:_SHOWN]:
        terminal.say(f"  {key}: {why.detail.vi}", f"  {key}: {why.detail.en}", style="red")
    terminal.say(
        f"Chạy thử: {language.number(len(events))} sự kiện, {language.number(len(problems))} không "
        "ghi được. Chưa ghi gì.",
        f"Trial: {len(events):,} events, {len(problems):,} could not be recorded. Nothing is "
        "recorded.",
        style="yellow" if problems else "green",
    )
    return ExitCode.INCOMPLETE if problems else ExitCode.DONE


def print_imported(events: tuple[Event, ...], done: Imported, terminal: Terminal) -> None:
    """What became of the events."""
    for verdict in done.refused[:_SHOWN]:
        key = events[verdict.item.number - 1]["data"]["source_record_id"]
        problem = verdict.problem or {}
        line = (
            f"  {key}: [{problem.get('code', '?')}] {problem.get('detail', '')} → "
            f"{problem.get('remedy', '')}"
        )
        terminal.say(line, line, style="red")
    number = terminal.language.number
    terminal.say(
        f"{number(done.recorded)} sự kiện ghi mới, {number(done.duplicate)} đã có, "
        f"{number(len(done.refused))} bị từ chối",
        f"{number(done.recorded)} events recorded, {number(done.duplicate)} known, "
        f"{number(len(done.refused))} refused",
        style="yellow" if done.refused else "green",
    )
    if done.stopped:
        terminal.say(
            "Sự kiện đầu tiên bị từ chối nên không gửi tiếp.",
            "The first event was refused, so nothing else was sent.",
            style="red",
        )
