"""`antq keys`: the node's signing keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from services.node.cli.envfile import EnvFile, settings_from
from services.node.cli.helptext import HelpfulCommand, add_group
from services.node.cli.language import both
from services.node.cli.terminal import Terminal, terminal_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from services.node.notary.keyring import Keyring
    from services.node.settings import Settings

HELP: Final = both("Khóa ký của nút.", "The node's signing keys.")
INIT_HELP: Final = both(
    "Tạo hai khóa riêng của nút trong ANTQ_DATA_DIR/keys, chỉ chủ tệp đọc được.\n\n"
    "Khóa đã có thì không ghi đè. Khởi động lại nút để dùng: nút tự đăng ký khóa trong luồng của "
    "mình trước khi ký.",
    "Make the node's two private keys in ANTQ_DATA_DIR/keys, readable by their owner alone.\n\n"
    "Keys that are there are not written over. Restart the node to use them: it announces each key "
    "in its own stream before it signs.",
)
SHOW_HELP: Final = both(
    "In khóa công khai (vkey) của nút: khóa xác nhận, và khóa của luồng từng đơn vị trong "
    "ANTQ_UNITS và từng đơn vị đã ghi sự kiện tại nút này. Không bao giờ in khóa riêng.",
    "Print the node's public keys (vkeys): that with which it cosigns, and that of the stream of "
    "each unit in ANTQ_UNITS and of each that has recorded here. Never a private key.",
)
ROTATE_HELP: Final = both(
    "Thay khóa của các luồng tại nút bằng khóa mới; khóa cũ bị xóa.\n\n"
    "Khởi động lại nút để dùng: nút đăng ký khóa mới trong luồng, khóa cũ hết hiệu lực từ sự kiện "
    "đó.",
    "Put a new key for the node's own streams in the place of the old one, which is deleted.\n\n"
    "Restart the node to use it: it announces the new key in each stream, and the old one ends "
    "with that event.",
)


def _init(context: typer.Context, env_file: EnvFile = None) -> None:
    from services.node.notary.keyring import make_keyring  # noqa: PLC0415 - quick start

    _do(terminal_of(context), env_file, make_keyring)


def _rotate(context: typer.Context, env_file: EnvFile = None) -> None:
    from services.node.notary.keyring import rotate_keyring  # noqa: PLC0415 - quick start

    _do(terminal_of(context), env_file, rotate_keyring)


def _show(context: typer.Context, env_file: EnvFile = None) -> None:
    from services.node.errors import SettingsError  # noqa: PLC0415 - quick start
    from services.node.notary.keyring import NO_KEYS_YET, load_keyring  # noqa: PLC0415

    def held(data_dir: Path, node: str) -> Keyring:
        keyring = load_keyring(data_dir, node)
        if keyring is None:
            raise SettingsError(NO_KEYS_YET)
        return keyring

    _do(terminal_of(context), env_file, held)


def _do(terminal: Terminal, env_file: Path | None, get: Callable[[Path, str], Keyring]) -> None:
    from services.node.errors import SettingsError  # noqa: PLC0415 - quick start

    try:
        settings = settings_from(env_file)
        keyring = get(settings.data_dir, settings.node)
    except SettingsError as error:
        terminal.fail(
            f"Không dùng được khóa: {error.text.vi}", f"The keys do not do: {error.text.en}"
        )
    _print(terminal, settings, keyring)


def _print(terminal: Terminal, settings: Settings, keyring: Keyring) -> None:
    terminal.say("Khóa xác nhận của nút:", "The node's cosigning key:")
    terminal.say(f"  {keyring.cosigner.verifier}", f"  {keyring.cosigner.verifier}")
    streams = _streams(terminal, settings)
    for unit, origin in streams.items():
        vkey = keyring.for_origin(origin).verifier
        terminal.say(f"Khóa của luồng đơn vị {unit}:", f"The key of the stream of unit {unit}:")
        terminal.say(f"  {vkey}", f"  {vkey}")
    if settings.units_under is not None and len(streams) == len(settings.units):
        terminal.say(
            f"Đơn vị dưới {settings.units_under} có khóa của luồng mình khi đã ghi sự kiện đầu "
            "tiên; khi đó chạy lại: antq keys show",
            f"A unit under {settings.units_under} has the key of its stream once it has recorded "
            "its first event; then run again: antq keys show",
        )


def _streams(terminal: Terminal, settings: Settings) -> dict[str, UUID]:
    """The streams of this node by unit: those of the units it is set up for by name, and those of
    all that have recorded here."""
    from services.node.hosting import origin_of  # noqa: PLC0415 - quick start

    streams = {str(unit): origin_of(unit, settings.seat) for unit in settings.units}
    if settings.units_under is not None:
        recorded = {unit: origin_of(unit, settings.seat) for unit in _recorded(terminal, settings)}
        streams |= dict(sorted(recorded.items()))
    return streams


def _recorded(terminal: Terminal, settings: Settings) -> list[str]:
    """The units that have recorded at this node. None yet where it has no store."""
    if settings.database is None and not (settings.data_dir / "state.db").is_file():
        return []
    from services.node.database import Database  # noqa: PLC0415 - quick start
    from services.node.errors import StoreUnavailableError  # noqa: PLC0415
    from services.node.syncstate import Direction, SyncState  # noqa: PLC0415

    database = Database(settings.state_url)
    try:
        sync = SyncState(database)
        sync.create_tables()
        states = sync.origins().values()
    except StoreUnavailableError as error:
        terminal.fail(
            f"Không đọc được các luồng của nút: {error}",
            f"The node's streams cannot be read: {error}",
        )
    finally:
        database.close()
    return [one.unit_id for one in states if one.direction is Direction.OWN and one.unit_id]


def register(program: typer.Typer) -> None:
    """Add the commands."""
    keys = add_group(program, "keys", HELP)
    keys.command("init", cls=HelpfulCommand, help=INIT_HELP)(_init)
    keys.command("show", cls=HelpfulCommand, help=SHOW_HELP)(_show)
    keys.command("rotate", cls=HelpfulCommand, help=ROTATE_HELP)(_rotate)
