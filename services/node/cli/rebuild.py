"""`antq rebuild`: compute the read models anew from the log, beside the running node."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from domain.levels import Level
from services.node.cli.envfile import EnvFile, settings_from
from services.node.cli.helptext import HelpfulCommand
from services.node.cli.language import both
from services.node.cli.stores import require_level
from services.node.cli.terminal import ExitCode, Terminal, terminal_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from services.node.projector import AsOf, Projector, Rebuilt
    from services.node.rebuilding.certificate import Certificate
    from services.node.settings import Settings

HELP: Final = both(
    "Dựng lại các bảng số liệu từ nhật ký.\n\n"
    "Chạy trên kho của nút theo ANTQ_*, kể cả khi nút đang phục vụ: bản mới được dựng bên cạnh "
    "rồi thay trong một bước. Bị ngắt giữa chừng thì chạy lại lệnh để làm tiếp. Nếu hai bản cùng "
    "mã nguồn, cùng sự kiện mà khác nhau thì lệnh nêu bảng, đơn vị, kỳ khác và kết thúc với mã 1.",
    "Build the tables of figures anew from the log.\n\n"
    "Works on the node's stores named by ANTQ_*, also while the node serves: the new tables are "
    "built beside the old ones and swapped in one step. When it was interrupted, run it again to "
    "go on. If both were made by the same code from the same events and differ, it names table, "
    "unit and period, and ends with 1.",
)
_SHOWN: Final = 20
"""Differences that are listed; the rest is counted."""


def _rebuild(
    context: typer.Context,
    level: Annotated[
        Level,
        typer.Argument(
            metavar=both("CẤP", "LEVEL"),
            help=both("Cấp của nút.", "The node's level."),
        ),
    ],
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar=both("BẢNG", "MODEL"),
            help=both(
                "Chỉ dựng lại bảng này (lặp lại được); các bảng khác giữ nguyên.",
                "Only this read model (repeatable); the other tables stay as they are.",
            ),
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar=both("LÚC|VỊ_TRÍ", "TIME|POSITION"),
            help=both(
                "Dựng bên cạnh một bản như nhật ký lúc đó, in mã băm; không thay bản đang dùng.",
                "Build tables as the log stood then beside the live ones, and print their digests;"
                " they never go live.",
            ),
        ),
    ] = None,
    back: Annotated[
        bool,
        typer.Option(
            "--back",
            help=both(
                "Quay lại bản trước lần dựng lại gần nhất.",
                "Swap back to the tables before the last rebuild.",
            ),
        ),
    ] = False,
    env_file: EnvFile = None,
) -> None:
    terminal = terminal_of(context)
    from services.node.errors import NodeError, SettingsError  # noqa: PLC0415 - quick start

    if back and (only or as_of):
        terminal.fail(
            "--back không đi cùng --only hay --as-of.", "--back takes neither --only nor --as-of."
        )
    state = None if as_of is None else _as_of(terminal, as_of)
    try:
        settings = settings_from(env_file)
        code = _run(settings, level, terminal, only or (), state, back=back)
    except SettingsError as error:
        terminal.fail(
            f"Cấu hình chưa đúng: {error.text.vi}", f"The settings are not right: {error.text.en}"
        )
    except NodeError as error:
        terminal.fail(f"Không dựng lại được: {error}", f"Could not rebuild: {error}")
    except KeyboardInterrupt:
        terminal.tell(
            "Đã ngắt. Bản đang dùng không đổi; chạy lại lệnh để làm tiếp.",
            "Interrupted. The live tables are unchanged; run it again to go on.",
        )
        raise
    raise typer.Exit(code)


def _as_of(terminal: Terminal, text: str) -> AsOf:
    """A whole number is a position; anything else an ISO 8601 time, of Vietnam without a zone."""
    from contracts.envelope import format_time  # noqa: PLC0415 - quick start
    from domain.decisions import VIETNAM  # noqa: PLC0415
    from services.node.projector import AsOf  # noqa: PLC0415

    if text.isdecimal():
        return AsOf(position=int(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        terminal.fail(
            f"--as-of cần một vị trí (số) hoặc thời điểm ISO 8601, không phải “{text}”.",
            f"--as-of takes a position (a number) or an ISO 8601 time, not “{text}”.",
        )
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=VIETNAM)
    return AsOf(recorded_until=format_time(moment))


def _run(
    settings: Settings,
    level: Level,
    terminal: Terminal,
    only: Collection[str],
    as_of: AsOf | None,
    *,
    back: bool,
) -> ExitCode:
    from services.node.cli.progress import position_progress  # noqa: PLC0415 - quick start
    from services.node.node import Node  # noqa: PLC0415

    node = Node(settings, terminal.spec_of(level))
    try:
        node.open()
        require_level(terminal, node)
        if back:
            return _report(terminal, node.projector.back())
        with position_progress(terminal, terminal.text("dựng lại", "rebuilding")) as advance:
            rebuilt = node.projector.rebuild(advance, only=only, as_of=as_of)
        if as_of is not None:
            return _show(terminal, rebuilt, node.projector)
        return _report(terminal, rebuilt)
    finally:
        node.close()


def _show(terminal: Terminal, rebuilt: Rebuilt, projector: Projector) -> ExitCode:
    number = terminal.language.number
    asked = projector.kept()[rebuilt.generation]
    terminal.say(
        f"Bản số {rebuilt.generation} như nhật ký lúc {asked}: {number(rebuilt.events)} sự kiện.",
        f"Generation {rebuilt.generation} as of {asked}: {number(rebuilt.events)} events.",
    )
    for total in projector.totals(rebuilt.generation):
        terminal.say(
            f"{total.table}: {number(total.rows)} dòng, sha256 {total.digest}",
            f"{total.table}: {number(total.rows)} rows, sha256 {total.digest}",
        )
    return ExitCode.DONE


def _report(terminal: Terminal, rebuilt: Rebuilt) -> ExitCode:
    events = terminal.language.number(rebuilt.events)
    terminal.say(
        f"Đã dựng lại từ {events} sự kiện, bản số {rebuilt.generation}.",
        f"Rebuilt from {events} events, generation {rebuilt.generation}.",
    )
    if rebuilt.certificate is not None and rebuilt.differing:
        _report_differences(terminal, rebuilt.certificate)
        return ExitCode.INCOMPLETE
    if not rebuilt.comparable:
        terminal.say(
            "Bản cũ do mã nguồn khác dựng, hoặc từ ít sự kiện hơn; không so sánh được.",
            "The old tables were made by other code or from fewer events; nothing to compare.",
        )
        return ExitCode.DONE
    terminal.say(
        "Giống hệt bản cũ, từng byte.", "The same as the old tables, byte for byte.", style="green"
    )
    return ExitCode.DONE


def _report_differences(terminal: Terminal, certificate: Certificate) -> None:
    names = ", ".join(certificate.differing)
    terminal.say(
        f"Khác bản cũ: {names}. Bản mới đang được dùng; hãy báo cho người phát triển.",
        f"Differs from the old tables: {names}. The new ones serve now; report it.",
        style="bold red",
    )
    for difference in certificate.differences[:_SHOWN]:
        where = " ".join(part for part in (difference.unit_id, difference.period) if part)
        terminal.say(f"  {difference.table}: {where}", f"  {difference.table}: {where}")
    if (rest := len(certificate.differences) - _SHOWN) > 0:
        terminal.say(f"  và {rest} chỗ khác", f"  and {rest} more")


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("rebuild", cls=HelpfulCommand, help=HELP)(_rebuild)
