"""`antq push FILE…`: send files of events to a node."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from services.node.cli.helptext import HelpfulCommand
from services.node.cli.language import both
from services.node.cli.options import DEFAULT_URL, PATIENCE, Patience, Url
from services.node.cli.oserrors import reason
from services.node.cli.terminal import ExitCode, Terminal, terminal_of

if TYPE_CHECKING:
    from services.node.cli.pushing.resuming import Tally
    from services.node.cli.pushing.sending import Sender, UnreachableError, Verdict

HELP: Final = both(
    "Gửi tệp sự kiện đến một nút.\n\n"
    "Mỗi tệp là NDJSON (mỗi dòng một CloudEvent), một mảng JSON, hoặc một CloudEvent. Gửi lại "
    "nguyên tệp là vô hại: sự kiện đã ghi được trả lời là trùng. Bị ngắt giữa chừng thì chạy lại "
    "lệnh, việc gửi tiếp tục từ chỗ dừng. Dòng bị từ chối được in lý do và giữ nguyên văn trong "
    "TỆP.rejected.jsonl để sửa rồi gửi lại.\n\n"
    "Mã kết thúc: 0 nhận hết, 1 có dòng bị từ chối, 2 không gửi được.",
    "Send files of events to a node.\n\n"
    "Each file is NDJSON (a CloudEvent a line), a JSON array, or one CloudEvent. Sending a file "
    "again is harmless: what is recorded is answered as a duplicate. After an interruption run the "
    "command again, it goes on where it stopped. Rejected lines are printed with the reason and "
    "kept word for word in FILE.rejected.jsonl, to be corrected and sent.\n\n"
    "Exit code: 0 all accepted, 1 some rejected, 2 could not send.",
)


def _push(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar=both("TỆP…", "FILE…"),
            exists=True,
            dir_okay=False,
            help=both("Các tệp cần gửi, theo thứ tự.", "Files to send, in this order."),
        ),
    ],
    url: Url = DEFAULT_URL,
    restart: Annotated[
        bool,
        typer.Option(
            "--restart",
            help=both(
                "Gửi lại từ đầu, không tiếp tục lần trước.",
                "Start at the beginning instead of where the last push stopped.",
            ),
        ),
    ] = False,
    patience: Patience = PATIENCE,
) -> None:
    terminal = terminal_of(context)
    sender = patient_sender(url, terminal, patience)
    try:
        refused = [_push_one(path, url, sender, terminal, restart=restart) for path in files]
    finally:
        sender.close()
    raise typer.Exit(ExitCode.INCOMPLETE if any(refused) else ExitCode.DONE)


def patient_sender(url: str, terminal: Terminal, patience: float) -> Sender:
    """A sender that says on the terminal why it waits. Close it."""
    from services.node.cli.pushing.sending import Sender  # noqa: PLC0415 - quick start

    return Sender(
        url,
        terminal.language,
        patience=patience,
        on_pause=lambda why, seconds: terminal.tell(
            f"Nút chưa nhận ({why}); thử lại sau {seconds:.1f} giây, lâu nhất {patience:.0f} giây",
            f"The node does not take it yet ({why}); trying again in {seconds:.1f} s, for "
            f"{patience:.0f} s at most",
            style="yellow",
        ),
    )


def give_up(terminal: Terminal, url: str, error: UnreachableError) -> NoReturn:
    """End the command: what was not sent is sent by running it again."""
    why = str(error).rstrip(".")
    if error.answered:
        terminal.fail(
            f"Nút {url} vẫn chưa nhận: {why}. Chạy lại lệnh này sau để gửi tiếp; muốn chờ lâu "
            "hơn: --patience.",
            f"The node {url} still does not take it: {why}. Run the command again later to go on; "
            "to wait longer: --patience.",
        )
    terminal.fail(
        f"Nút {url} không trả lời: {why}. Chạy lại lệnh này để gửi tiếp.",
        f"The node {url} does not answer: {why}. Run the command again to go on.",
    )


def _push_one(path: Path, url: str, sender: Sender, terminal: Terminal, *, restart: bool) -> bool:
    """Whether a line of the file was refused."""
    from services.node.cli.progress import file_progress  # noqa: PLC0415 - quick start
    from services.node.cli.pushing.pushfile import push_file, rejected_path  # noqa: PLC0415
    from services.node.cli.pushing.reading import UnreadableFileError  # noqa: PLC0415
    from services.node.cli.pushing.resuming import ResumeFile  # noqa: PLC0415
    from services.node.cli.pushing.sending import (  # noqa: PLC0415
        RefusedRequestError,
        UnreachableError,
    )

    resume = ResumeFile(path, url)
    try:
        with file_progress(terminal, path) as advance:
            tally = push_file(
                path,
                sender,
                resume,
                restart=restart,
                on_batch=advance,
                on_refused=lambda verdict: _print_refused(terminal, path, verdict),
            )
    except UnreadableFileError as error:
        terminal.fail(f"{path}: không đọc được JSON ({error})", f"{path}: broken JSON ({error})")
    except OSError as error:
        terminal.fail(f"{path}: {reason(error).vi}.", f"{path}: {reason(error).en}.")
    except UnreachableError as error:
        give_up(terminal, url, error)
    except RefusedRequestError as error:
        terminal.fail(
            f"{url} không nhận yêu cầu: {error}. Kiểm tra --url.",
            f"{url} refused the request: {error}. Look at --url.",
        )
    if not resume.writable:
        terminal.tell(
            "Không ghi được tiến độ cạnh tệp; nếu bị ngắt, lần sau gửi lại từ đầu.",
            "The progress could not be kept beside the file; an interrupted push starts over.",
            style="yellow",
        )
    _print_tally(terminal, path, rejected_path(path), tally)
    return tally.refused > 0


def _print_refused(terminal: Terminal, path: Path, verdict: Verdict) -> None:
    problem = verdict.problem or {}
    where = terminal.text(f"dòng {verdict.item.number}", f"line {verdict.item.number}")
    field = f" {problem['field']}" if problem.get("field") else ""
    rule = problem.get("rule")
    source = f" ({terminal.text('căn cứ', 'rule')}: {rule})" if rule else ""
    what = problem.get("detail", "")
    remedy = problem.get("remedy", "")
    terminal.say(
        f"{path}: {where}:{field} [{problem.get('code', '?')}] {what}{source} → {remedy}",
        f"{path}: {where}:{field} [{problem.get('code', '?')}] {what}{source} → {remedy}",
    )


def _print_tally(terminal: Terminal, path: Path, rejected: Path, tally: Tally) -> None:
    number = terminal.language.number
    style = "yellow" if tally.refused else "green"
    terminal.say(
        f"{path}: {number(tally.recorded)} ghi mới, {number(tally.duplicate)} đã có, "
        f"{number(tally.refused)} bị từ chối",
        f"{path}: {number(tally.recorded)} recorded, {number(tally.duplicate)} known, "
        f"{number(tally.refused)} rejected",
        style=style,
    )
    if tally.refused:
        terminal.say(
            f"Dòng bị từ chối: {rejected}. Sửa rồi gửi tệp đó.",
            f"Rejected lines: {rejected}. Correct them and push that file.",
        )


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("push", cls=HelpfulCommand, help=HELP)(_push)
