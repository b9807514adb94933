"""Opening a node's stores for a command that works on them without the node's API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.node.cli.envfile import settings_from
from services.node.cli.terminal import Terminal

if TYPE_CHECKING:
    from domain.levels import Level
    from domain.refusals import Text
    from services.node.node import Node
    from services.node.settings import Settings

_STEPS: Final = 10


def require_log(terminal: Terminal, settings: Settings) -> None:
    """End the command if there is no log where the settings say, and make none.

    A wrong ANTQ_DATA_DIR would otherwise be a new, empty log in which all is well.
    """
    file = settings.data_dir / "log.db"
    if settings.database is None and not file.is_file():
        terminal.fail(
            f"Không có nhật ký {file}; ANTQ_DATA_DIR có đúng không?",
            f"There is no log {file}; is ANTQ_DATA_DIR right?",
        )


def require_level(terminal: Terminal, node: Node) -> None:
    """End the command if the catalogue says that the node's units are of another level."""
    refusal = level_refusal(node)
    if refusal is not None:
        terminal.fail(refusal.vi, refusal.en)


def level_refusal(node: Node) -> Text | None:
    """What to say if the catalogue knows the node's units to be of another level; None if not.

    A node that works as one of another level gets that level's tables, and loses its own.
    """
    from domain.decisions import VIETNAM  # noqa: PLC0415 - quick start
    from domain.names import LEVEL_NAMES  # noqa: PLC0415
    from domain.refusals import Text  # noqa: PLC0415

    today = node.now().astimezone(VIETNAM).date()
    for unit in node.settings.units:
        found = node.directory.attributes(str(unit), today)
        if found is not None and found.level is not node.spec.level:
            name = LEVEL_NAMES[found.level]
            return Text(
                f"Đơn vị {found.name} của nút này thuộc cấp {found.level.value} ({name.vi}); "
                f"CẤP phải là {found.level.value}.",
                f"The unit {found.name} of this node is of the level {found.level.value}; give "
                f"that level.",
            )
    return None


@contextmanager
def opened(
    terminal: Terminal,
    level: Level,
    env_file: Path | None,
    *,
    settle: bool = False,
    recorded: bool = False,
) -> Iterator[Node]:
    """The node that ANTQ_* describe, opened and not set to work. Ends the command, saying why, if
    that or what is done with it fails.

    `settle`: the node is stopped, so before and after that is done what its ledger's worker would
    do: own streams are sealed, checkpoints that came are judged.
    `recorded`: the command makes no sense where nothing has been recorded yet.
    """
    # The node's libraries take a second to load.
    from services.node.bundles.format import BundleError  # noqa: PLC0415
    from services.node.errors import NodeError, SettingsError  # noqa: PLC0415
    from services.node.node import Node  # noqa: PLC0415

    try:
        settings = settings_from(env_file)
        if recorded:
            require_log(terminal, settings)
        node = Node(settings, terminal.spec_of(level))
    except SettingsError as error:
        terminal.fail(
            f"Cấu hình chưa đúng: {error.text.vi}. Xem: antq serve --help",
            f"The settings are not right: {error.text.en}. See: antq serve --help",
        )
    except NodeError as error:
        terminal.fail(
            f"Không mở được kho của nút: {error}", f"The stores cannot be opened: {error}"
        )
    try:
        node.open()
        require_level(terminal, node)
        if settle:
            _settle(node)
        yield node
        if settle:
            _settle(node)
    except BundleError as error:
        terminal.fail(error.text.vi, error.text.en)
    except NodeError as error:
        terminal.fail(f"Bị ngắt giữa chừng: {error}. Chạy lại lệnh.", f"{error}. Run it again.")
    finally:
        node.close()


def _settle(node: Node) -> None:
    node.state.catch_up()  # keys that came with the events
    for _ in range(_STEPS):
        if not node.notary.run_once():
            return
