"""What `antq bundle` tells of a file and of what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.node.cli.terminal import ExitCode, Terminal

if TYPE_CHECKING:
    from services.node.bundles.importing import Contents


def report(terminal: Terminal, found: dict[str, Any]) -> ExitCode:
    number = terminal.language.number
    terminal.say(
        f"Từ {found['sender']}: {number(found['events'])} sự kiện của {number(found['streams'])} "
        f"luồng, mới ghi {number(found['recorded'])}.",
        f"From {found['sender']}: {number(found['events'])} events of {number(found['streams'])} "
        f"streams, {number(found['recorded'])} newly recorded.",
        style="green",
    )
    if found["events"] and not found["recorded"] and not found["waiting"]:
        terminal.say(
            "Nút này đã có tất cả những gì tệp chứa.",
            "This node held all that the file contains.",
        )
    if found["waiting"]:
        terminal.say(
            f"Đang chờ đoạn trước: {number(found['waiting'])} sự kiện; nhập tệp có đoạn đó.",
            f"Waiting for earlier ones: {number(found['waiting'])} events; import these too.",
            style="yellow",
        )
    _say_missing(terminal, found["missing"])
    for origin in found["forked"]:
        terminal.say(
            f"Phân nhánh, luồng dừng lại: {origin}", f"Forked, stopped: {origin}", style="red"
        )
    if found["set_aside"]:
        terminal.say(
            f"Để riêng trong khu cách ly: {number(found['set_aside'])} sự kiện.",
            f"Set aside in quarantine: {number(found['set_aside'])} events.",
            style="yellow",
        )
    for origin in found["damaged"]:
        terminal.say(
            f"Nhật ký của nút này hỏng ở luồng {origin}.",
            f"This node's own log is damaged in the stream {origin}.",
            style="red",
        )
    _say_next(terminal, found)
    troubled = (found[name] for name in ("missing", "waiting", "forked", "set_aside", "damaged"))
    return ExitCode.INCOMPLETE if any(troubled) else ExitCode.DONE


def _say_missing(terminal: Terminal, missing: int) -> None:
    if missing:
        number = terminal.language.number(missing)
        terminal.say(
            f"Nhật ký nơi gửi bị mất {number} sự kiện; cần khôi phục từ bản sao lưu.",
            f"The sender's log has lost {number} events; restore it from a backup.",
            style="red",
        )


def _say_next(terminal: Terminal, found: dict[str, Any]) -> None:
    """What the other side does not know before a bundle goes back."""
    back = f"--to {found['sender']}" if found["way"] == "up" else "--up"
    terminal.say(
        f"{found['sender']} biết là đã nhận khi tệp gửi về được nhập ở đó: "
        f"antq bundle export {back} TỆP",
        f"{found['sender']} knows that it has arrived once a bundle back is imported there: "
        f"antq bundle export {back} FILE",
    )


def say(terminal: Terminal, contents: Contents) -> None:
    number, moment = terminal.language.number, terminal.language.moment
    goes = contents.to or terminal.text("mọi nút bên dưới", "all nodes below")
    terminal.say(
        f"Từ {contents.sender} cho {goes}, lập lúc {moment(contents.made_at)}: "
        f"{number(contents.events)} sự kiện của {number(contents.streams)} luồng, "
        f"{number(contents.checkpoints)} điểm chốt, {number(contents.size)} byte.",
        f"From {contents.sender} for {goes}, made {moment(contents.made_at)}: "
        f"{number(contents.events)} events of {number(contents.streams)} streams, "
        f"{number(contents.checkpoints)} checkpoints, {number(contents.size)} bytes.",
    )
    _say_missing(terminal, contents.missing)
