"""`antq verify`: check every event of the log against its tree and the signed checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from services.node.cli.envfile import EnvFile, settings_from
from services.node.cli.helptext import HelpfulCommand
from services.node.cli.language import both
from services.node.cli.stores import require_log
from services.node.cli.terminal import ExitCode, Terminal, terminal_of

if TYPE_CHECKING:
    from pathlib import Path

    from services.node.trees.findings import Finding, Verified

HELP: Final = both(
    "Kiểm tra từng sự kiện trong nhật ký với cây Merkle và các điểm chốt đã ký.\n\n"
    "Đọc kho của nút theo ANTQ_*, kể cả khi nút đang phục vụ; không sửa gì. Chỗ nào khác thì nêu "
    "sự kiện sai đầu tiên: luồng, số thứ tự, vị trí. Mã kết thúc: 0 tất cả khớp, 1 có chỗ sai, "
    "2 không chạy được.",
    "Check every event of the log against its Merkle tree and the signed checkpoints.\n\n"
    "Reads the node's stores named by ANTQ_*, also while the node serves; changes nothing. Where "
    "something differs it names the first bad event: stream, sequence, position. Exit code: 0 all "
    "agrees, 1 something is wrong, 2 it could not run.",
)


def _verify(
    context: typer.Context,
    env_file: EnvFile = None,
) -> None:
    terminal = terminal_of(context)
    from services.node.errors import NodeError, SettingsError  # noqa: PLC0415 - quick start

    try:
        result = _run(terminal, env_file)
    except SettingsError as error:
        terminal.fail(
            f"Cấu hình chưa đúng: {error.text.vi}", f"The settings are not right: {error.text.en}"
        )
    except NodeError as error:
        terminal.fail(f"Không kiểm tra được: {error}", f"Could not verify: {error}")
    number = terminal.language.number
    terminal.say(
        f"Đã kiểm tra {number(result.events)} sự kiện của {number(result.origins)} luồng; "
        f"{number(result.checkpoints)} điểm chốt khớp.",
        f"Checked {number(result.events)} events of {number(result.origins)} streams; "
        f"{number(result.checkpoints)} checkpoints agree.",
    )
    if result.removed:
        terminal.say(
            f"{number(result.removed)} sự kiện đã bị xóa nội dung theo quyết định: chỗ của chúng "
            "được chứng minh, nội dung thì không.",
            f"{number(result.removed)} events were removed by decision: their places are proven, "
            "what they said is not.",
            style="yellow",
        )
    for finding in result.findings:
        _say(terminal, finding)
    if not result.events and not result.findings:
        terminal.fail("Nhật ký chưa có sự kiện nào.", "Nothing is recorded in this log yet.")
    if not result.findings:
        terminal.say("Tất cả đều khớp.", "Everything agrees.", style="green")
    raise typer.Exit(ExitCode.INCOMPLETE if result.findings else ExitCode.DONE)


def _run(terminal: Terminal, env_file: Path | None) -> Verified:
    from services.node.cli.progress import position_progress  # noqa: PLC0415 - quick start
    from services.node.database import Database  # noqa: PLC0415
    from services.node.eventlog import open_log  # noqa: PLC0415
    from services.node.trees import (  # noqa: PLC0415
        CheckpointStore,
        TreeStore,
        create_ledger_tables,
    )
    from services.node.trees.verifying import Verification  # noqa: PLC0415

    settings = settings_from(env_file)
    require_log(terminal, settings)
    database = Database(settings.state_url)
    try:
        create_ledger_tables(database)
        log = open_log(settings.log_url)
        try:
            with position_progress(terminal, terminal.text("kiểm tra", "verifying")) as advance:
                check = Verification(log, TreeStore(database), CheckpointStore(database))
                return check.run(advance)
        finally:
            log.close()
    finally:
        database.close()


def _say(terminal: Terminal, finding: Finding) -> None:
    from services.node.trees.findings import WRONG_TEXTS  # noqa: PLC0415 - quick start

    text = WRONG_TEXTS[finding.what]
    span = str(finding.first)
    if finding.last > finding.first:
        span += f"–{finding.last}"
    signed = f" ({finding.size})" if finding.size else ""
    terminal.say(
        f"SAI: luồng {finding.origin}, sự kiện {span}, vị trí {finding.position or '–'}: "
        f"{text.vi}{signed}",
        f"WRONG: stream {finding.origin}, event {span}, position {finding.position or '–'}: "
        f"{text.en}{signed}",
        style="bold red",
    )


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("verify", cls=HelpfulCommand, help=HELP)(_verify)
