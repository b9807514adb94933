"""The broker's jars, from their Maven artifacts, kept in the repository's `.cache/`."""

import fcntl
import hashlib
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from infra.backing.commands import install, run
from infra.backing.errors import BackingError, UnavailableError
from infra.backing.kafka_settings import VERSION

ROOT: Final = Path(__file__).resolve().parents[2]
POM: Final = ROOT / "infra" / "kafka" / "pom.xml"
LOGGING: Final = ROOT / "infra" / "kafka" / "log4j2.properties"
CACHE: Final = ROOT / ".cache" / "kafka"

_DOWNLOAD_SECONDS = 300.0
_log = logging.getLogger("infra.backing")


def jars() -> Path:
    """The directory of the broker's jars; fetched once per content of `infra/kafka/pom.xml`.

    A crash while fetching leaves a directory `fetching-…` that nothing reads; the final name
    appears by one rename, so that what has it is complete. Two processes do not fetch twice:
    they wait for each other on a lock that the kernel frees when its holder dies.

    Raises:
        UnavailableError: not in the cache, and Maven is absent or cannot fetch them.
    """
    edition = hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    complete = CACHE / f"{VERSION}-{edition}"
    if complete.is_dir():
        return complete
    CACHE.mkdir(parents=True, exist_ok=True)
    with _locked(CACHE / "lock"):
        if not complete.is_dir():
            _fetch(complete)
    return complete


def _fetch(complete: Path) -> None:
    if shutil.which("mvn") is None:
        install("Maven", ["maven"])
    _log.info("fetching Apache Kafka %s from its Maven artifacts", VERSION)
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=CACHE) as fetching:
        filled = Path(fetching) / "jars"
        command = ["mvn", "-q", "-B", "--strict-checksums", "-f", str(POM)]
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime"]
        try:
            run([*command, *goal, f"-DoutputDirectory={filled}"], seconds=_DOWNLOAD_SECONDS)
        except BackingError as error:
            raise UnavailableError(f"no Kafka jars: {error}") from error
        filled.rename(complete)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
