"""Where this machine keeps PostgreSQL's programs, and the account to run them under."""

import os
import pwd
import re
import shutil
from pathlib import Path

from infra.backing.commands import install, run
from infra.backing.errors import UnavailableError

_OLDEST = 14
_SYSTEM = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
_ACCOUNT = "postgres"
_SECONDS = 60.0


def programs() -> Path:
    """The directory of `initdb` and `postgres`: the newest of the system's, else that of PATH.

    Installs Debian's `postgresql` when there is none and this runs as root.

    Raises:
        UnavailableError: there is none of version 14 or later and none can be installed.
    """
    found = _find()
    if found is None:
        install(f"PostgreSQL {_OLDEST} or later", ["postgresql"])
        found = _find()
    if found is None:
        raise UnavailableError(f"no PostgreSQL {_OLDEST} or later, even after installing it")
    return found


def _find() -> Path | None:
    found = [path for pattern in _SYSTEM for path in Path("/").glob(pattern.lstrip("/"))]
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    usable = [path for path in found if (path / "initdb").exists() and version(path) >= _OLDEST]
    return max(usable, key=version, default=None)


def version(directory: Path) -> int:
    """Major version of the programs in `directory`, 0 when `postgres` is not among them."""
    if not (directory / "postgres").exists():
        return 0
    match = re.search(r"(\d+)", run([str(directory / "postgres"), "--version"], seconds=_SECONDS))
    return int(match.group(1)) if match else 0


def account() -> str | None:
    """The account to run the server under: None for our own, another when we are root.

    The server refuses to run as root. `postgres` is used if it exists, else it is created.

    Raises:
        UnavailableError: we are root, it does not exist, and `useradd` cannot create it.
    """
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(_ACCOUNT)
    except KeyError:
        if shutil.which("useradd") is None:
            raise UnavailableError(f"no account {_ACCOUNT} and no useradd to make it") from None
        run(["useradd", "--system", "--no-create-home", _ACCOUNT], seconds=_SECONDS)
    return _ACCOUNT
