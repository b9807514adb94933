"""A PostgreSQL server as a local process, from the system's packages."""

import contextlib
import ctypes
import secrets
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

from infra.backing.commands import run
from infra.backing.ports import LOOPBACK, free_port
from infra.backing.postgres import (
    READY_SECONDS,
    SETTINGS,
    PostgresBacking,
    not_answering,
    setting_arguments,
)
from infra.backing.postgres_programs import account, programs, version
from infra.backing.process import ProcessSpec, SupervisedProcess
from infra.backing.scratch import scratch_directory
from infra.backing.waiting import wait_until

_ROLE = "antq"
_INITDB_SECONDS = 60.0
_IPC_RMID = 0
_PIDFILE_SHMEM_LINE = 6  # "key id" of the segment that guards the data directory


class LocalPostgres(PostgresBacking):
    """A server of our own on the loopback interface; it dies with this process."""

    kind = "local"
    can_kill = True

    def __init__(
        self, url: str, process: SupervisedProcess, data: Path, release: int, reason: str
    ) -> None:
        super().__init__(url)
        self._process = process
        self._data = data
        self._release = release
        self._reason = reason

    def describe(self) -> str:
        return (
            f"postgres: local process, PostgreSQL {self._release} on {self.address} "
            f"({self._reason})"
        )

    def kill(self) -> None:
        self._process.kill()

    def restart(self) -> None:
        self._process.kill()
        self._forget_killed_postmaster()
        self.start()

    def start(self) -> None:
        """Start the process and wait until the server answers.

        Raises:
            BackingError: it ended, or does not answer within a minute; with its last log lines.
        """
        self._process.start()
        wait_until(
            "postgres: start",
            lambda: not_answering(self._url),
            seconds=READY_SECONDS,
            died=self._process.died,
        )

    def stop(self) -> None:
        if self._process.died() is not None:
            self._forget_killed_postmaster()
        self._process.close()

    def _forget_killed_postmaster(self) -> None:
        """Remove what a killed postmaster left: its pid file and its shared memory segment.

        Both guard against a second server on the same data. The supervisor has reaped every
        process of the first, so nothing is left to guard; and the pid may since belong to
        another process, for whose sake the server would refuse to start. A crash between the two
        leaves a segment of 56 bytes, which the next server on the same data takes over.
        """
        pid_file = self._data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
            segment = int(pid_file.read_text().splitlines()[_PIDFILE_SHMEM_LINE].split()[1])
            ctypes.CDLL(None).shmctl(segment, _IPC_RMID, None)
        pid_file.unlink(missing_ok=True)


def start_local(reason: str, workdir: Path | None, further: Mapping[str, str]) -> LocalPostgres:
    """Initialise a new data directory, start a server on it and wait until it answers.

    `further` are settings of the server beside those that every one has.

    Raises:
        UnavailableError: no programs, no account for them, and neither can be made; not Linux.
        BackingError: the server does not start.
    """
    binaries, user = programs(), account()
    password = secrets.token_hex(16)
    with scratch_directory("antq-postgres-", workdir, user) as scratch:
        data = scratch / "data"
        _initialise(binaries, data, password, user)
        port = free_port()
        settings = {
            **SETTINGS,
            **further,
            "listen_addresses": LOOPBACK,
            "port": str(port),
            "unix_socket_directories": "",
            # in the data directory, which goes with it; /dev/shm would keep a killed server's
            "dynamic_shared_memory_type": "mmap",
        }
        process = SupervisedProcess(
            ProcessSpec(
                command=[str(binaries / "postgres"), "-D", str(data), *setting_arguments(settings)],
                log=scratch / "postgres.log",
                directory=scratch,
                user=user,
                stop_signal=signal.SIGQUIT,  # at once, releasing shared memory: the data go anyway
                remove=[scratch],
            )
        )
        url = f"postgresql://{_ROLE}:{password}@{LOOPBACK}:{port}/postgres"
        server = LocalPostgres(url, process, data, version(binaries), reason)
        try:
            server.start()
        except BaseException:
            process.close()
            raise
    return server


def _initialise(binaries: Path, data: Path, password: str, user: str | None) -> None:
    """Make a cluster. Its own files are not flushed: nothing is in it yet; the server's will be."""
    password_file = data.with_name("password")
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if user is not None:
        shutil.chown(password_file, user)
    run(
        [
            str(binaries / "initdb"),
            f"--pgdata={data}",
            f"--username={_ROLE}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--no-instructions",
        ],
        seconds=_INITDB_SECONDS,
        directory=data.parent,
        user=user,
    )
    password_file.unlink()
