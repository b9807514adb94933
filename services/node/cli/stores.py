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
    from services.node.node import Node


_STEPS: Final = 10


@contextmanager
def opened(
    terminal: Terminal, level: Level, env_file: Path | None, *, settle: bool = False
) -> Iterator[Node]:
    """The node that ANTQ_* describe, opened and not set to work. Ends the command, saying why, if
    that or what is done with it fails.

    `settle`: the node is stopped, so before and after that is done what its ledger's worker would
    do: own streams are sealed, checkpoints that came are judged.
    """
    # The node's libraries take a second to load.
    from services.node.bundles.format import BundleError  # noqa: PLC0415
    from services.node.errors import NodeError, SettingsError  # noqa: PLC0415
    from services.node.node import Node  # noqa: PLC0415

    try:
        node = Node(settings_from(env_file), terminal.spec_of(level))
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
