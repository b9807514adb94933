"""Ports for services that keep their address over restarts."""

import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"

_LOWEST = 20_000
_LINUX_DEFAULT_EPHEMERAL = 32_768
_EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A TCP port that nothing on the loopback interface uses now.

    It lies below the ephemeral range: while a killed broker is down, clients that keep dialling
    its port cannot be given that very port as their own end, which would make a connection to
    themselves and take the address away from the restart.
    """
    highest = _first_ephemeral_port()
    chooser = random.SystemRandom()
    for _ in range(200):
        port = chooser.randrange(_LOWEST, highest) if highest > _LOWEST else 0
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no free port between {_LOWEST} and {highest} on {LOOPBACK}")


def _first_ephemeral_port() -> int:
    try:
        return int(_EPHEMERAL_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return _LINUX_DEFAULT_EPHEMERAL
