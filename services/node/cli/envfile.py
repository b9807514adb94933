"""The option of commands that read a node's settings themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.node.cli.language import both

if TYPE_CHECKING:
    from services.node.cli.terminal import Terminal
    from services.node.settings import Settings

_NAME: Final = re.compile(r"^\s*(?:export\s+)?(ANTQ_[A-Za-z0-9_]+)\s*=", re.MULTILINE)
_OTHERS: Final = ("ANTQ_LANG", "ANTQ_URL")
"""Variables of the command line, which are no settings of a node."""
_FOREIGN: Final = ("ANTQ_TEST_", "ANTQ_DEMO_")
"""How variables begin that tests and the demonstration read."""

EnvFile = Annotated[
    Path | None,
    typer.Option(
        metavar=both("TỆP", "FILE"),
        exists=True,
        dir_okay=False,
        help=both(
            "Đọc thêm biến ANTQ_* từ tệp này; biến của môi trường được ưu tiên.",
            "Read ANTQ_* variables from this file too; those of the environment win.",
        ),
    ),
]
"""Declared in a command as `env_file: EnvFile = None`."""


def settings_from(env_file: Path | None) -> Settings:
    """The settings. Raises SettingsError."""
    from domain.refusals import Text  # noqa: PLC0415 - quick start
    from services.node.errors import SettingsError  # noqa: PLC0415
    from services.node.settings import load_settings  # noqa: PLC0415

    if env_file is None:
        return load_settings()
    try:
        return load_settings(_env_file=env_file)
    except UnicodeDecodeError as error:
        raise SettingsError(
            Text(f"{env_file} không phải văn bản UTF-8", f"{env_file} is no UTF-8 text")
        ) from error


def tell_strangers(terminal: Terminal, env_file: Path | None, environ: Mapping[str, str]) -> None:
    """Say which variables are no settings: a name that was mistyped leaves the setting as it is,
    and a node without its ANTQ_PARENT works, alone.

    The file can be read: the settings were taken from it.
    """
    from services.node.settings import Settings  # noqa: PLC0415 - quick start

    known = [f"ANTQ_{name.upper()}" for name in Settings.model_fields]
    given = {name for name in environ if name.startswith("ANTQ_")}
    if env_file is not None:
        given.update(_NAME.findall(env_file.read_text("utf-8")))
    for name in sorted(_strangers(given, known)):
        near = get_close_matches(name.upper(), known, n=1)
        vi, en = (f" Có phải {near[0]}?", f" Is it {near[0]}?") if near else ("", "")
        terminal.tell(
            f"Không có cấu hình tên {name}, nên biến đó không có tác dụng.{vi}",
            f"There is no setting {name}, so that variable does nothing.{en}",
            style="yellow",
        )


def _strangers(given: Iterable[str], known: Iterable[str]) -> set[str]:
    """Names of no setting; capitals do not count, as for the settings themselves."""
    unknown = {name for name in given if name.upper() not in {*known, *_OTHERS}}
    return {name for name in unknown if not name.upper().startswith(_FOREIGN)}
