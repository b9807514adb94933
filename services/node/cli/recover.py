"""`antq recover`: the way back of a node whose log was lost or restored from an old backup."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.node.cli.envfile import EnvFile, settings_from
from services.node.cli.helptext import HelpfulCommand, add_group
from services.node.cli.language import both
from services.node.cli.options import DEFAULT_URL, Url, web_address
from services.node.cli.terminal import ExitCode, Terminal, terminal_of

if TYPE_CHECKING:
    from services.node.settings import Settings

HELP: Final = both(
    "Khôi phục nút bị mất nhật ký hoặc được phục hồi từ bản sao lưu cũ.",
    "Bring a node back whose log was lost or restored from an old backup.",
)
SHOW_HELP: Final = both(
    "Cho biết nút có ghi không; nếu không thì vì sao, từng luồng đã lấy lại đến đâu, và việc cần "
    "làm tiếp.\n\nMã kết thúc: 0 đang ghi, 1 chưa ghi, 2 nút không trả lời.",
    "Tell whether the node records; if not, why, how far each stream is back, and what is next.\n\n"
    "Exit code: 0 it records, 1 it does not, 2 it does not answer.",
)
FETCH_HELP: Final = both(
    "Lấy lại ngay, qua HTTP, từ nút cấp trên.\n\n"
    "Dùng khi Kafka không chạy, hoặc giữa hai nút chuyển tệp bằng tay mà lúc này nối được mạng: "
    "lệnh mang tệp gói từ nút lên cấp trên (câu hỏi nằm trong đó) rồi mang tệp trả lời về. "
    "Mã kết thúc: như show.",
    "Fetch at once, over HTTP, from the node above.\n\n"
    "For when Kafka is away, or between nodes that exchange files and can be reached just now: it "
    "carries a bundle from the node up (the question is in it) and brings the answer back. Exit "
    "code: as show.",
)
NOTHING_LOST_HELP: Final = both(
    "Xác nhận rằng nhật ký hiện có là đầy đủ, để nút ghi mà không hỏi cấp trên.\n\n"
    "Chỉ đúng khi nút này chưa từng ghi gì (lần chạy đầu), hoặc nhật ký chính là nhật ký của lần "
    "chạy trước (vừa nâng cấp, chuyển máy). Nếu không đúng, các số đã cấp sẽ bị cấp lại: cấp trên "
    "thấy phân nhánh và dừng luồng. Dùng tại máy của nút.",
    "State that the log is complete, so that the node records without asking the one above.\n\n"
    "Right only if this node has never recorded anything (its first run), or if the log is the one "
    "of its last run (an upgrade, a move to another machine). If it is not, numbers are given out "
    "again: the node above sees a fork and stops the stream. Run it on the node's machine.",
)
NEW_SEAT_HELP: Final = both(
    "Ghi tiếp trong một luồng mới, dưới một chỗ ghi mới, khi không lấy lại được luồng cũ.\n\n"
    "Luồng cũ đứng nguyên ở đây và ở cấp trên; những sự kiện cấp trên chưa nhận là mất, hãy đẩy "
    "lại từ hệ thống nguồn với cùng mã sự kiện. Không số nào bị cấp lại. Quyết định được ghi thành "
    "một sự kiện trong luồng mới. Dừng nút trước, chạy tại máy của nút.",
    "Go on in a new stream, under a new seat, where the old one cannot be fetched back.\n\n"
    "The old stream stays as it is, here and above; events that the node above has not received "
    "are lost: push them again from the systems they came from, with the same event ids. No number "
    "is given out again. The decision is recorded as an event in the new stream. Stop the node "
    "first; run it on the node's machine.",
)

Yes = Annotated[
    bool, typer.Option("--yes", help=both("Không hỏi lại.", "Do not ask for confirmation."))
]

_STANDING_STYLE: Final = {"open": "green", "differs": "bold red", "lost": "red"}


def _show(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    terminal = terminal_of(context)
    from services.node.cli.client import node_client  # noqa: PLC0415 - quick start

    with node_client(url, terminal) as node:
        raise typer.Exit(_print(terminal, node.get("/v1/recovery")))


def _print(terminal: Terminal, answer: dict[str, Any]) -> ExitCode:
    number = terminal.language.number
    style = _STANDING_STYLE.get(answer["standing"], "yellow")
    if answer["why"]:
        since = terminal.language.moment(answer["since"])
        terminal.say(
            f"Nút chưa ghi sự kiện mới, từ {since}: {answer['why']}.",
            f"The node records nothing new, since {since}: {answer['why']}.",
            style=style,
        )
    terminal.say(f"{answer['next']}.", f"{answer['next']}.", style=style)
    for stream in answer["streams"]:
        held, above, known = (number(stream[name]) for name in ("held", "above", "known"))
        proven = number(stream["proven"])
        terminal.say(
            f"  {stream['origin']}: ở đây {held}, cấp trên {above}, đã cấp đến {known}, "
            f"chứng minh được đến {proven}",
            f"  {stream['origin']}: here {held}, above {above}, given out through {known}, "
            f"proven through {proven}",
        )
    return ExitCode.DONE if answer["reason"] is None else ExitCode.INCOMPLETE


def _fetch(
    context: typer.Context,
    parent: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="URL",
            callback=web_address,
            help=both("Địa chỉ nút cấp trên.", "Address of the node above."),
        ),
    ],
    url: Url = DEFAULT_URL,
) -> None:
    terminal = terminal_of(context)
    from services.node.cli.client import node_client  # noqa: PLC0415 - quick start

    with node_client(url, terminal) as here, node_client(parent, terminal) as above:
        name = here.get("/v1/sync")["node"]
        _carry(here, above, {"way": "up"})
        # Everything: what the node above believes to be held here may be lost.
        _carry(above, here, {"way": "down", "to": name, "new": "true", "everything": "true"})
        answer = _settled(here)
    raise typer.Exit(_print(terminal, answer))


def _carry(source: Any, target: Any, question: dict[str, Any]) -> None:
    """A bundle from one node to the other; it lies in a file meanwhile, whatever its size."""
    with tempfile.TemporaryFile() as file:
        for chunk in source.download("/v1/bundles", question):
            file.write(chunk)
        file.seek(0)
        target.upload("/v1/bundles", file)


def _settled(here: Any) -> dict[str, Any]:
    """The node's answer once it has judged what came: a moment later."""
    import time  # noqa: PLC0415 - one use

    answer: dict[str, Any] = {}
    for _ in range(20):
        answer = here.get("/v1/recovery")
        if answer["standing"] not in ("asking", "fetching"):
            break
        time.sleep(0.25)
    return answer


def _nothing_lost(context: typer.Context, env_file: EnvFile = None, yes: Yes = False) -> None:
    terminal = terminal_of(context)
    settings = _settings(terminal, env_file)
    from services.node.recovery.marker import MarkerFile  # noqa: PLC0415 - quick start
    from services.node.recovery.overriding import nothing_lost  # noqa: PLC0415

    _confirm(
        terminal,
        yes,
        f"Nút {settings.node} sẽ ghi tiếp ngay sau số cuối trong nhật ký hiện có. Nếu nhật ký này "
        "thiếu dù chỉ một sự kiện đã từng ghi, số của nó bị cấp lại và cấp trên dừng luồng.",
        f"The node {settings.node} will go on behind the last number of its log. If that log lacks "
        "a single event that was ever recorded, its number is given out again and the node above "
        "stops the stream.",
    )
    nothing_lost(MarkerFile(settings.data_dir))
    terminal.say(
        "Đã ghi nhận. Nút đang chạy nhận ra trong vài giây.",
        "Noted. A running node notices within seconds.",
        style="green",
    )


def _new_seat(
    context: typer.Context,
    account: Annotated[
        str,
        typer.Option(
            metavar=both("TÀI_KHOẢN", "ACCOUNT"),
            help=both("Tài khoản của người quyết định.", "The account of who decides."),
        ),
    ],
    env_file: EnvFile = None,
    yes: Yes = False,
) -> None:
    terminal = terminal_of(context)
    settings = _settings(terminal, env_file)
    from datetime import UTC, datetime  # noqa: PLC0415 - quick start

    from services.node.recovery.marker import MarkerFile  # noqa: PLC0415
    from services.node.recovery.overriding import new_seat  # noqa: PLC0415

    _confirm(
        terminal,
        yes,
        f"Nút {settings.node} sẽ ghi vào luồng mới. Những gì cấp trên chưa nhận của luồng cũ là "
        "mất, trừ khi được đẩy lại. Luồng cũ không bao giờ được ghi tiếp từ đây.",
        f"The node {settings.node} will record in a new stream. What the node above has not "
        "received of the old one is lost unless it is pushed again. The old stream is never "
        "continued from here.",
    )
    change = new_seat(MarkerFile(settings.data_dir), settings.seat, account, datetime.now(UTC))
    terminal.say(
        f"Chỗ ghi mới: {change.now}. Khởi động lại nút, rồi đẩy lại những gì chưa gửi lên.",
        f"The new seat: {change.now}. Start the node again, then push again what was not sent up.",
        style="green",
    )


def _settings(terminal: Terminal, env_file: Path | None) -> Settings:
    from services.node.errors import SettingsError  # noqa: PLC0415 - quick start

    try:
        return settings_from(env_file)
    except SettingsError as error:
        terminal.fail(
            f"Cấu hình chưa đúng: {error.text.vi}. Xem: antq serve --help",
            f"The settings are not right: {error.text.en}. See: antq serve --help",
        )


def _confirm(terminal: Terminal, yes: bool, vi: str, en: str) -> None:
    """Say what follows, and end the command unless the person agrees."""
    terminal.tell(vi, en, style="yellow")
    if not yes and not typer.confirm(terminal.text("Tiếp tục?", "Go on?"), err=True):
        raise typer.Exit(ExitCode.INCOMPLETE)


def register(program: typer.Typer) -> None:
    """Add the commands."""
    group = add_group(program, "recover", HELP)
    group.command("show", cls=HelpfulCommand, help=SHOW_HELP)(_show)
    group.command("fetch", cls=HelpfulCommand, help=FETCH_HELP)(_fetch)
    group.command("nothing-lost", cls=HelpfulCommand, help=NOTHING_LOST_HELP)(_nothing_lost)
    group.command("new-seat", cls=HelpfulCommand, help=NEW_SEAT_HELP)(_new_seat)
