"""Commands of this machine: finding them, running them, installing them from its packages."""

import logging
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.backing.errors import BackingError, UnavailableError

_log = logging.getLogger("infra.backing")

_INSTALL_SECONDS = 300.0


def run(
    command: Sequence[str],
    *,
    seconds: float,
    directory: Path | None = None,
    user: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> str:
    """Run `command` to its end and return what it printed on both outputs.

    Raises:
        BackingError: it could not start, took longer than `seconds`, or failed; the message
            holds the last lines that it printed.
    """
    try:
        done = subprocess.run(  # noqa: S603 - an argument list of this package's own, no shell
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            cwd=directory,
            user=user,
            group=_group_of(user),
            extra_groups=None if user is None else [],
            env={**os.environ, **(environ or {})},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BackingError(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-15:])
        raise BackingError(f"{command[0]} failed with {done.returncode}:\n{tail}")
    return done.stdout


def _group_of(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd  # noqa: PLC0415 - Unix only, and only reached by root there

    return pwd.getpwnam(user).pw_gid


def install(what: str, packages: Sequence[str]) -> None:
    """Install Debian/Ubuntu `packages`, as root only; `what` names the need in words.

    A crash in the middle leaves dpkg to its own recovery; the next call installs again.

    Raises:
        UnavailableError: not root, or no apt-get, or the installation failed; the message says
            what to install by hand.
    """
    by_hand = f"no {what} (install {' '.join(packages)})"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise UnavailableError(by_hand)
    _log.info("installing %s", " ".join(packages))
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        run(["apt-get", "update", "-q"], seconds=_INSTALL_SECONDS, environ=quiet)
        run(
            ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages],
            seconds=_INSTALL_SECONDS,
            environ=quiet,
        )
    except BackingError as error:
        raise UnavailableError(f"{by_hand}; apt-get: {error}") from error
