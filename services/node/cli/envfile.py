"""The option of commands that read a node's settings themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.node.cli.language import both

if TYPE_CHECKING:
    from services.node.settings import Settings

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
