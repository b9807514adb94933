"""A service process under a supervisor: it can be killed and started again, and dies with us."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from infra.backing.errors import BackingError, UnavailableError

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_SPARE_SECONDS = 30.0


@dataclass(frozen=True)
class ProcessSpec:
    """What to run and how to end it.

    `user` is the account to run under (only root may give one), None for this process's own.
    `stop_signal` is sent by `close`; SIGKILL follows after `stop_seconds`. The directories in
    `remove` are deleted once nothing runs any more.
    """

    command: Sequence[str]
    log: Path
    directory: Path
    user: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    stop_signal: int = signal.SIGKILL
    stop_seconds: float = 5.0
    remove: Sequence[Path] = ()


class SupervisedProcess:
    """One service process, run by `supervisor.py`.

    Guarantees:
        - The process and all its descendants end when this Python process ends in any way,
          SIGKILL included; the directories in `remove` are deleted then too.
        - When `kill` returns, the process and all its descendants are dead and reaped.
        - When `close` returns, the same holds and the directories are gone.

    Linux only (prctl, pidfd). Safe to call from several threads.
    """

    def __init__(self, spec: ProcessSpec) -> None:
        if not sys.platform.startswith("linux"):
            raise UnavailableError("local processes need Linux")
        self._spec = spec
        self._lock = threading.Lock()
        # A crash before the spec is written leaves an empty directory and no process: the
        # supervisor reads the end of its input instead of a spec and ends.
        with spec.log.open("ab") as log:
            self._supervisor = subprocess.Popen(  # noqa: S603 - our own script, fixed arguments
                [sys.executable, "-I", str(_SUPERVISOR)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                bufsize=1,
                start_new_session=True,  # Ctrl-C in the terminal is ours to handle, in order
            )
        self._send(json.dumps({**asdict(spec), "parent": os.getpid()}, default=str))

    def start(self) -> None:
        """Start the process; no effect while it runs. It may not yet be ready when this returns."""
        self._ask("start")

    def kill(self) -> None:
        """SIGKILL the process and every descendant; returns when all are dead and reaped."""
        self._ask("kill")

    def died(self) -> str | None:
        """None while the process runs, else how it ended and the end of its log."""
        ended = self._supervisor.poll() is not None
        status = "and its supervisor have ended" if ended else self._ask("status")
        if status.startswith("running"):
            return None
        return f"the process {status}; the end of its log:\n{self.log_tail()}"

    def close(self) -> None:
        """End the process, remove its directories, end the supervisor. Idempotent."""
        if self._supervisor.poll() is None:
            with contextlib.suppress(BackingError):  # it ended in the meantime
                self._ask("close")
        for pipe in (self._supervisor.stdin, self._supervisor.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # a command it died before reading
                    pipe.close()
        self._supervisor.wait(self._spec.stop_seconds + _SPARE_SECONDS)

    def log_tail(self, lines: int = 25) -> str:
        """The last lines of what the process printed."""
        try:
            text = self._spec.log.read_text(errors="replace")
        except OSError:
            return "(no log)"
        return "\n".join(text.splitlines()[-lines:])

    def _send(self, line: str) -> None:
        assert self._supervisor.stdin is not None  # noqa: S101 - opened as a pipe above
        self._supervisor.stdin.write(f"{line}\n")
        self._supervisor.stdin.flush()

    def _ask(self, command: str) -> str:
        with self._lock:
            try:
                self._send(command)
                assert self._supervisor.stdout is not None  # noqa: S101 - opened as a pipe above
                answer = self._supervisor.stdout.readline()
            except (OSError, ValueError) as error:
                raise BackingError(f"the supervisor has ended: {self.log_tail()}") from error
        if not answer:
            raise BackingError(f"the supervisor has ended: {self.log_tail()}")
        return answer.strip()
