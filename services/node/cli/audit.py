"""`antq audit` and `antq ledger`: folders that others check without this node."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from domain.levels import Level
from services.node.cli.envfile import EnvFile
from services.node.cli.helptext import HelpfulCommand, add_group
from services.node.cli.language import both
from services.node.cli.options import Origins
from services.node.cli.terminal import ExitCode, Terminal, terminal_of

if TYPE_CHECKING:
    from services.node.audit.exporting import Exported
    from services.node.audit.findings import Report
    from services.node.ledger.keys import VerifierKey
    from services.node.node import Node

HELP: Final = both("Bộ hồ sơ cho người kiểm tra.", "The auditor's kit.")
EXPORT_HELP: Final = both(
    "Xuất bộ hồ sơ kiểm tra của một nút.\n\n"
    "Mọi sự kiện, cây, điểm chốt, chữ ký xác nhận và khóa, đọc từ kho của nút theo ANTQ_*, kể cả "
    "khi nút đang chạy. In mã băm của bộ hồ sơ: ghi mã đó vào biên bản giao nhận.",
    "Export a node's history for an auditor.\n\n"
    "All events, trees, checkpoints, cosignatures and keys, read from the node's stores named by "
    "ANTQ_*, also while the node serves. Prints the folder's digest: write it into the minutes of "
    "the hand-over.",
)
VERIFY_HELP: Final = both(
    "Kiểm tra bộ hồ sơ, không cần mạng, không cần nút, không cần cơ sở dữ liệu.\n\n"
    "Tính lại mọi mã băm, gốc, chữ ký; so các điểm chốt nối tiếp nhau, và so các bộ hồ sơ của "
    "nhiều cấp với nhau. In điều được chứng minh, điều chưa, và sự kiện sai đầu tiên. Với --figure "
    "thì tính lại số liệu từ sự kiện.\n\n"
    "Mã kết thúc: 0 nguyên vẹn, 1 có chỗ sai (hoặc chưa được chứng minh, khi có --strict), 2 không "
    "kiểm tra được.",
    "Check folders, without a network, a node or a database.\n\n"
    "Computes every hash, root and signature anew; compares successive checkpoints, and the "
    "folders of several levels with each other. Prints what is proven, what is not, and the first "
    "bad event. With --figure it derives figures again from the events.\n\n"
    "Exit code: 0 intact, 1 something is wrong (or unproven, with --strict), 2 could not check.",
)
LEDGER_HELP: Final = both("Sổ cái: cây Merkle của các luồng.", "The ledger: streams as trees.")
LEDGER_EXPORT_HELP: Final = both(
    "Xuất mỗi luồng thành một thư mục theo bố cục C2SP tlog-tiles.",
    "Export each stream as a folder in C2SP tlog-tiles layout.",
)

Folder = Annotated[
    Path,
    typer.Argument(
        metavar=both("THƯ_MỤC", "FOLDER"),
        help=both("Thư mục mới được ghi.", "The new folder."),
    ),
]
NodeLevel = Annotated[
    Level,
    typer.Option(metavar=both("CẤP", "LEVEL"), help=both("Cấp của nút.", "The node's level.")),
]


def _export(
    context: typer.Context,
    folder: Folder,
    level: NodeLevel,
    origin: Origins = None,
    env_file: EnvFile = None,
) -> None:
    terminal = terminal_of(context)
    from contracts.envelope import format_time  # noqa: PLC0415
    from services.node.audit.exporting import FolderExporter  # noqa: PLC0415 - quick start
    from services.node.cli.progress import position_progress  # noqa: PLC0415
    from services.node.cli.stores import opened  # noqa: PLC0415
    from services.node.trees import TreeStore  # noqa: PLC0415

    _new(terminal, folder)
    with (
        opened(terminal, level, env_file, recorded=True) as node,
        position_progress(terminal, folder.name) as progress,
    ):
        trees = TreeStore(node.database)
        exported = FolderExporter(node.log, node.checkpoints, trees).audit(
            folder,
            node=node.settings.node,
            level=level.value,
            made_at=format_time(node.now()),
            keys=_own_keys(node),
            origins=origin or (),
            progress=progress,
        )
    _say_exported(terminal, exported)
    terminal.say(
        f"Mã băm của bộ hồ sơ (ghi vào biên bản): {exported.digest}",
        f"Digest of the folder (for the minutes): {exported.digest}",
        style="bold",
    )


def _new(terminal: Terminal, folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        terminal.fail(
            f"{folder} đã có và không trống; nêu một thư mục mới.",
            f"{folder} is there already and not empty; name a new folder.",
        )


def _own_keys(node: Node) -> list[str]:
    """The public halves of the node's keys; those of others stand in the events."""
    from services.node.syncstate import Direction  # noqa: PLC0415 - quick start

    keyring = node.notary.keyring
    if keyring is None:
        return []
    own = [keyring.for_origin(origin) for origin in node.origins.of({Direction.OWN})]
    return [str(key.verifier) for key in (keyring.cosigner, *own)]


def _ledger_export(
    context: typer.Context,
    folder: Folder,
    level: NodeLevel,
    origin: Origins = None,
    env_file: EnvFile = None,
) -> None:
    terminal = terminal_of(context)
    from services.node.audit.exporting import FolderExporter  # noqa: PLC0415 - quick start
    from services.node.cli.progress import position_progress  # noqa: PLC0415
    from services.node.cli.stores import opened  # noqa: PLC0415

    _new(terminal, folder)
    with (
        opened(terminal, level, env_file, recorded=True) as node,
        position_progress(terminal, folder.name) as progress,
    ):
        exporter = FolderExporter(node.log, node.checkpoints)
        exported = exporter.logs(folder, origin or (), progress)
    _say_exported(terminal, exported)


def _say_exported(terminal: Terminal, exported: Exported) -> None:
    number = terminal.language.number
    terminal.say(
        f"Đã xuất {number(exported.events)} sự kiện của {number(exported.streams)} luồng, "
        f"{number(exported.checkpoints)} điểm chốt.",
        f"Exported {number(exported.events)} events of {number(exported.streams)} streams, "
        f"{number(exported.checkpoints)} checkpoints.",
    )


def _verify(
    context: typer.Context,
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar=both("THƯ_MỤC…", "FOLDER…"),
            exists=True,
            file_okay=False,
            help=both(
                "Bộ hồ sơ; của nhiều cấp thì được so với nhau.",
                "Audit folders; those of several levels are compared.",
            ),
        ),
    ],
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar=both("KHÓA", "KEY"),
            help=both(
                "Khóa kiểm tra bạn nhận qua đường khác: vkey, hoặc tệp mỗi dòng một khóa.",
                "A verifier key that you got another way: a vkey, or a file with one a line.",
            ),
        ),
    ] = None,
    digest: Annotated[
        list[str] | None,
        typer.Option(
            metavar=both("MÃ_BĂM", "DIGEST"),
            help=both("Mã băm ghi trong biên bản.", "The digest from the minutes."),
        ),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            metavar=both("TỆP", "FILE"),
            exists=True,
            dir_okay=False,
            help=both(
                "Điểm chốt bạn nhận qua đường khác, ví dụ từ cấp trên: "
                "/v1/ledger/LUỒNG/checkpoint, hoặc tệp checkpoint trong bộ hồ sơ của cấp khác.",
                "A checkpoint that you got another way, for example from the level above: "
                "/v1/ledger/STREAM/checkpoint, or a checkpoint file of another level's folder.",
            ),
        ),
    ] = None,
    figure: Annotated[
        list[Path] | None,
        typer.Option(
            metavar=both("TỆP", "FILE"),
            exists=True,
            dir_okay=False,
            help=both(
                "Câu trả lời đã lưu của /v1/figures/…, được tính lại từ bộ hồ sơ đầu tiên.",
                "A saved answer of /v1/figures/…, derived again from the first folder.",
            ),
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help=both(
                "Mã 1 cả khi có sự kiện chưa được khóa đã nêu ký.",
                "Also end with 1 if an event is not signed with a key that was given.",
            ),
        ),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar=both("SỐ", "NUMBER"),
            help=both(
                "Số tiến trình cùng đọc các luồng; không nêu thì 2 khi có hơn 50.000 sự kiện.",
                "How many processes read the streams; if not given, 2 for more than 50,000 events.",
            ),
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=both("In báo cáo JSON.", "Print a JSON report."))
    ] = False,
) -> None:
    terminal = terminal_of(context)
    from services.node.audit.layout import LayoutError  # noqa: PLC0415 - quick start
    from services.node.audit.verifying import verify  # noqa: PLC0415
    from services.node.cli.progress import position_progress  # noqa: PLC0415
    from services.node.ledger.note import NoteError  # noqa: PLC0415

    try:
        with position_progress(terminal, folders[0].name) as progress:
            report = verify(
                folders,
                _given(terminal, key or ()),
                progress,
                digests=digest or (),
                checkpoints=[file.read_bytes() for file in checkpoint or ()],
                jobs=jobs,
            )
            if figure and not report.all_findings:
                _derive(terminal, report, folders[0], figure)
    except LayoutError as error:
        terminal.fail(
            f"Không phải bộ hồ sơ dùng được: {error.text.vi}.",
            f"Not an audit folder to check: {error.text.en}.",
        )
    except NoteError as error:
        terminal.fail(
            "--checkpoint: tệp không phải điểm chốt đã ký của một luồng; lấy lại từ "
            f"/v1/ledger/LUỒNG/checkpoint. ({error})",
            f"--checkpoint: the file is no signed checkpoint of a stream: {error}.",
        )
    if as_json:
        terminal.out.print_json(data=report.as_json())
    else:
        _say(terminal, report)
    unproven = sum(max(0, stream.events - stream.through(given=True)) for stream in report.streams)
    if strict and unproven and not as_json:
        # Else it would end with 1 right after saying that the folder is intact.
        number = terminal.language.number(unproven)
        terminal.say(
            f"--strict: {number} sự kiện không nằm dưới điểm chốt ký bằng khóa bạn nêu (--key).",
            f"--strict: {number} events are under no checkpoint signed with a key of --key.",
            style="yellow",
        )
    broken = bool(report.all_findings) or (strict and unproven > 0)
    raise typer.Exit(ExitCode.INCOMPLETE if broken else ExitCode.DONE)


def _given(terminal: Terminal, keys: list[str] | tuple[str, ...]) -> list[VerifierKey]:
    from services.node.audit.keys import read_keys  # noqa: PLC0415 - quick start
    from services.node.ledger.keys import KeyFormatError  # noqa: PLC0415

    lines: list[str] = []
    try:
        for key in keys:
            file = Path(key)
            lines += file.read_text("utf-8").splitlines() if file.is_file() else [key]
        return read_keys(lines)
    except (KeyFormatError, UnicodeDecodeError) as error:
        terminal.fail(
            f"--key: không phải khóa như antq keys show in ra (TÊN+MÃ+KHÓA), cũng không phải tệp "
            f"có mỗi dòng một khóa. ({error})",
            f"--key: no key as antq keys show prints it, nor a file with one a line: {error}.",
        )


def _derive(terminal: Terminal, report: Report, folder: Path, answers: list[Path]) -> None:
    from services.node.audit.figures import (  # noqa: PLC0415 - loads the engine
        AnswerError,
        check_figures,
    )
    from services.node.audit.folder import Folder as AuditFolder  # noqa: PLC0415

    opened = AuditFolder(folder, ())
    spec = terminal.spec_of(Level(opened.index.level))
    given = {str(answer): answer.read_bytes() for answer in answers}
    try:
        report.figures, findings = check_figures(opened, spec, given)
    except AnswerError as error:
        # Nothing is wrong with the folder: it must not be told as one that is not intact.
        terminal.fail(
            f"Không tính lại được số liệu: {error.text.vi}.",
            f"The figure cannot be derived: {error.text.en}.",
        )
    report.findings += findings


def _say(terminal: Terminal, report: Report) -> None:
    for path, digest in report.digests.items():
        terminal.say(f"{path}: mã băm {digest}", f"{path}: digest {digest}")
    findings = report.all_findings
    for finding in findings[:_SHOWN]:
        place = f"{finding.folder}/{finding.file}" if finding.file else finding.folder
        stream = f" · {finding.origin}" if finding.origin else ""
        terminal.say(
            f"✗ {finding.text.vi}{stream} [{place}]",
            f"✗ {finding.text.en}{stream} [{place}]",
            style="red",
        )
    if len(findings) > _SHOWN:
        more = len(findings) - _SHOWN
        terminal.say(f"… và {more} chỗ nữa (--json).", f"… and {more} more (--json).", style="red")
    for text in report.proven():
        terminal.say(f"✓ {text.vi}", f"✓ {text.en}", style="green")
    for text in report.unproven():
        terminal.say(f"? {text.vi}", f"? {text.en}", style="yellow")
    if findings:
        terminal.say("Bộ hồ sơ KHÔNG nguyên vẹn.", "The folder is NOT intact.", style="bold red")
    else:
        terminal.say("Bộ hồ sơ nguyên vẹn.", "The folder is intact.", style="bold green")


_SHOWN: Final = 20


def register(program: typer.Typer) -> None:
    """Add the commands."""
    audit = add_group(program, "audit", HELP)
    audit.command("export", cls=HelpfulCommand, help=EXPORT_HELP)(_export)
    audit.command("verify", cls=HelpfulCommand, help=VERIFY_HELP)(_verify)
    ledger = add_group(program, "ledger", LEDGER_HELP)
    ledger.command("export", cls=HelpfulCommand, help=LEDGER_EXPORT_HELP)(_ledger_export)
