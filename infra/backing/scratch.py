"""Scratch directories for a service's data."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_directory(prefix: str, workdir: Path | None, user: str | None = None) -> Iterator[Path]:
    """A new empty directory, kept on success and removed when the block raises.

    It lies in `workdir`, else in the system's place for temporary files. With `user` (root only)
    it belongs to that account, and a place that the account cannot reach is passed over.
    A crash inside the block leaves the directory behind.
    """
    places = [workdir] if workdir is not None else []
    places += [Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp")]  # noqa: S108 - mkdtemp makes a private directory there
    usable = [place for place in places if user is None or _open_to_all(place)]
    place = (usable or places)[0]
    place.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
    try:
        if user is not None:
            account = pwd.getpwnam(user)
            os.chown(made, account.pw_uid, account.pw_gid)
        yield made
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _open_to_all(place: Path) -> bool:
    """Whether any account may pass through `place` and everything above it."""
    resolved = place.resolve()
    try:
        return all(part.stat().st_mode & 0o001 for part in (resolved, *resolved.parents))
    except OSError:
        return False
