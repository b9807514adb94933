"""A Java runtime new enough for the broker."""

import os
import re
import shutil
from pathlib import Path

from infra.backing.commands import install, run
from infra.backing.errors import BackingError, UnavailableError

_OLDEST = 17
_VERSION = re.compile(r'version "(\d+)')
_CHECK_SECONDS = 30.0


def java() -> Path:
    """The `java` of the first runtime of version 17 or later: JAVA_HOME, PATH, /usr/lib/jvm.

    Installs Debian's `openjdk-17-jre-headless` when there is none and this runs as root.

    Raises:
        UnavailableError: there is none and none can be installed.
    """
    found = _find()
    if found is None:
        install(f"Java {_OLDEST} or later", ["openjdk-17-jre-headless"])
        found = _find()
    if found is None:
        raise UnavailableError(f"no Java {_OLDEST} or later, even after installing it")
    return found


def _find() -> Path | None:
    return next((found for found in _candidates() if _version(found) >= _OLDEST), None)


def _candidates() -> list[Path]:
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    on_path = shutil.which("java")
    installed = sorted(Path("/usr/lib/jvm").glob("*/bin/java"))
    found = [home / "bin" / "java" for home in homes]
    return [*found, *([Path(on_path)] if on_path else []), *installed]


def _version(path: Path) -> int:
    """Its major version, 0 when it does not run or does not say."""
    try:
        match = _VERSION.search(run([str(path), "-version"], seconds=_CHECK_SECONDS))
    except BackingError:
        return 0
    return int(match.group(1)) if match else 0
