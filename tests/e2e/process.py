"""One node as an operating-system process: started, killed, paused, asked."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from tests.e2e.waiting import until

_PROGRAM: Final = (sys.executable, "-m", "services.app")
_ROOT: Final = Path(__file__).parents[2]
_READY_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 20.0
_LOG_LINES: Final = 60


class NodeProcess:
    """`antq serve LEVEL` with its own settings and its own log file, on one address for good.

    The process ends when this one does, however it does: the kernel then closes the pipe that is
    its standard input, and it was told to stop with that.
    """

    def __init__(
        self, name: str, level: str, port: int, environ: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        self.starts = 0
        self._level = level
        self._environ = {**environ, "ANTQ_PORT": str(port)}
        self._process: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(base_url=self.url, timeout=30)

    def start(self) -> None:
        """Start it; it may not answer yet when this returns."""
        assert self._process is None, f"{self.name} runs already"
        self.starts += 1
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*_PROGRAM, "serve", self._level, "--stop-with-parent"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._environ,
                cwd=_ROOT,
            )

    def run(self, *arguments: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run another command of `antq` with this node's settings, beside it."""
        return subprocess.run(
            [*_PROGRAM, "--lang", "en", *arguments],
            env=self._environ,
            cwd=_ROOT,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def kill(self) -> None:
        """SIGKILL; when this returns it is dead."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def ask_to_stop(self) -> None:
        """SIGTERM, as an operator would."""
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """SIGTERM, and wait for its end; SIGKILL if that takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reap()

    def _reap(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.wait()
            if process.stdin is not None:
                process.stdin.close()

    def pause(self) -> None:
        """SIGSTOP: it does nothing until `resume`, and keeps everything it holds."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, f"{self.name} does not run"
        self._process.send_signal(number)

    def close(self) -> None:
        """End it and let go of the connection to it."""
        self.stop()
        self._client.close()

    def wait_until_alive(self, seconds: float = _READY_SECONDS) -> None:
        """Wait until it answers at all, ready or not. Raises AssertionError."""
        until(f"{self.name} answers", self._not_alive, seconds)

    def _not_alive(self) -> str | None:
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError(
                f"{self.name} ended with {self._process.returncode}:\n{self.log_tail()}"
            )
        try:
            self._client.get("/healthz", timeout=2).raise_for_status()
        except httpx.HTTPError as error:
            return repr(error)
        return None

    def answer(self, path: str) -> httpx.Response:
        """The answer to a GET, whatever its status. Raises httpx.TransportError."""
        return self._client.get(path)

    def response(self, path: str, **parameters: Any) -> httpx.Response:
        """The answer to a GET. Raises httpx.HTTPError also for statuses from 400."""
        headers = parameters.pop("headers", None)
        return self._client.get(path, params=parameters, headers=headers).raise_for_status()

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON of the answer to a GET. Raises httpx.HTTPError."""
        return self.response(path, **parameters).json()

    def log_tail(self) -> str:
        """The last lines it wrote, over all its lives."""
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_LOG_LINES:])
