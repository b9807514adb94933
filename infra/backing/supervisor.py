"""Runs one service process and never lets it outlive the process that asked for it.

Started as a script of its own (standard library only) by `infra.backing.process`. It reads one
JSON object (a `ProcessSpec`) as the first line of its standard input, then commands, one a line,
each answered by one line on standard output:

    start    -> running <pid>
    kill     -> stopped <status>     SIGKILL to the process and to every descendant
    status   -> running <pid> | stopped <status>
    close    -> closed               stop signal, SIGKILL, directories removed, exit

What a crash leaves behind:

- The parent dies in any way, SIGKILL included: its pipe closes and its pidfd becomes readable
  (the pidfd, because a forked copy of the parent may still hold the pipe); this does `close`.
- The supervisor itself is killed: the service dies with it by PR_SET_PDEATHSIG, and its children
  by their own watch over it. The directories stay behind.
- Descendants that leave the process group (PostgreSQL's backends make sessions of their own) are
  caught because the supervisor is their subreaper: orphans become its children, and it kills and
  reaps until it has none.
"""

import contextlib
import ctypes
import json
import os
import pwd
import select
import shutil
import signal
from pathlib import Path
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_STDIN, _STDOUT, _STDERR = 0, 1, 2
_COULD_NOT_EXEC = 127

_libc = ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")


def _children() -> list[int]:
    """Process ids of this process's direct children, zombies included."""
    mine = str(os.getpid())
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # the name in parentheses may hold spaces: the parent is the second field after it
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended while the list was being read
            if fields[1] == mine:
                found.append(int(entry.name))
    return found


class Service:
    """The supervised process: at most one run at a time."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec
        self._pid: int | None = None
        self._status = "never-started"

    def start(self) -> str:
        if self._pid is None:
            supervisor = os.getpid()
            pid = os.fork()
            if pid == 0:
                self._become(supervisor)
            self._pid = pid
        return self.status()

    def _become(self, supervisor: int) -> NoReturn:
        """In the child: lose privileges, tie life to the supervisor's, become the service."""
        try:
            os.setsid()
            for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
                signal.signal(signum, signal.SIG_DFL)
            signal.set_wakeup_fd(-1)
            log = os.open(self._spec["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(os.open(os.devnull, os.O_RDONLY), _STDIN)
            os.dup2(log, _STDOUT)
            os.dup2(log, _STDERR)
            if self._spec["user"]:
                user = pwd.getpwnam(self._spec["user"])
                os.setgroups([user.pw_gid])
                os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
                os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
            # after the change of user: the kernel forgets the death signal when credentials change
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != supervisor:
                os._exit(_COULD_NOT_EXEC)  # it died before the line above could tie us to it
            os.chdir(self._spec["directory"])
            command = self._spec["command"]
            environ = {**os.environ, **self._spec["environ"]}
            os.execvpe(command[0], command, environ)  # noqa: S606 - the parent's own command
        except BaseException as error:  # a forked child must never return
            os.write(_STDERR, f"cannot start {self._spec['command'][0]}: {error}\n".encode())
        os._exit(_COULD_NOT_EXEC)

    def status(self) -> str:
        self._reap()
        return f"stopped {self._status}" if self._pid is None else f"running {self._pid}"

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._ended(pid, status)

    def _ended(self, pid: int, status: int) -> None:
        if pid == self._pid:
            self._pid = None
            self._status = str(os.waitstatus_to_exitcode(status))

    def kill(self) -> str:
        """SIGKILL the process first, so that it can start no more, then all that is left."""
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)
        while True:
            for pid in _children():
                os.kill(pid, signal.SIGKILL)  # ours and unreaped: the id cannot have been reused
            try:
                self._ended(*os.waitpid(-1, 0))
            except ChildProcessError:
                return self.status()

    def close(self) -> None:
        if self._pid is not None and self._spec["stop_signal"] != signal.SIGKILL:
            os.kill(self._pid, self._spec["stop_signal"])
            self._wait(self._spec["stop_seconds"])
        self.kill()
        for directory in self._spec["remove"]:
            shutil.rmtree(directory, ignore_errors=True)

    def _wait(self, seconds: float) -> None:
        """Return when the service has ended or the seconds have passed."""
        if self._pid is None:
            return
        watch = os.pidfd_open(self._pid)
        try:
            select.select([watch], [], [], seconds)
        finally:
            os.close(watch)
        self._reap()


def _answer(line: str) -> None:
    with contextlib.suppress(OSError):  # the parent has gone: the loop sees it next
        os.write(_STDOUT, f"{line}\n".encode())


def _lines(pending: bytearray) -> list[str]:
    *whole, rest = bytes(pending).split(b"\n")
    pending[:] = rest
    return [line.decode() for line in whole]


def main() -> None:
    """Serve the commands on standard input until `close` or the end of the parent."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    # a pipe that signals write into, so that the wait below ends for them too
    signals_read, signals_write = os.pipe()
    os.set_blocking(signals_write, False)
    signal.set_wakeup_fd(signals_write)
    asked_to_end: list[int] = []
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda number, _frame: asked_to_end.append(number))
    with open(_STDIN, "rb", buffering=0, closefd=False) as unbuffered:
        spec = json.loads(unbuffered.readline())
    service = Service(spec)
    watch = os.pidfd_open(os.getppid())
    if os.getppid() != spec["parent"]:
        service.close()  # the parent ended before it could be watched
        return
    pending = bytearray()
    while not asked_to_end:
        ready, _, _ = select.select([_STDIN, watch, signals_read], [], [])
        if signals_read in ready:
            os.read(signals_read, 512)
        if _STDIN in ready:
            received = os.read(_STDIN, 4096)
            pending += received
            for command in _lines(pending):
                if command == "start":
                    _answer(service.start())
                elif command == "kill":
                    _answer(service.kill())
                elif command == "status":
                    _answer(service.status())
                else:
                    service.close()
                    _answer("closed")
                    return
            if not received:
                break
        elif watch in ready:
            break
    service.close()


if __name__ == "__main__":
    main()
