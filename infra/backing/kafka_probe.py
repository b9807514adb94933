"""Asks a broker whether it serves, with one request on one socket and no client library.

A client library starts threads and retries of its own before the broker is there; this leaves
nothing behind whatever the answer.
"""

import socket
import struct

_METADATA = 3
_VERSION = 1
_CORRELATION = 1
_PROBE_SECONDS = 5.0
_SMALLEST_ANSWER = 8


def not_serving(bootstrap: str) -> str | None:
    """None when one of the servers in `bootstrap` ("host:port,…") lists a live broker.

    A broker lists itself only once the controller has let it in, so topics can be created from
    then on. Otherwise the reason, one clause.
    """
    reasons: list[str] = []
    for server in bootstrap.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            brokers = _live_brokers(host.strip("[]"), int(port))
        except (OSError, ValueError) as error:
            reasons.append(f"{server}: {error}")
            continue
        if brokers > 0:
            return None
        reasons.append(f"{server}: no broker has joined yet")
    return "; ".join(reasons)


def _live_brokers(host: str, port: int) -> int:
    """How many brokers a Metadata request (version 1, no topics) is answered with."""
    no_client, no_topics = -1, 0
    request = struct.pack(">hhihi", _METADATA, _VERSION, _CORRELATION, no_client, no_topics)
    with socket.create_connection((host, port), timeout=_PROBE_SECONDS) as connection:
        connection.settimeout(_PROBE_SECONDS)
        connection.sendall(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", _exactly(connection, 4))
        if size < _SMALLEST_ANSWER:
            raise ValueError(f"answered {size} bytes, which is not Kafka")
        correlation, brokers = struct.unpack(">ii", _exactly(connection, _SMALLEST_ANSWER))
    if correlation != _CORRELATION:
        raise ValueError("answered something that is not Kafka")
    return int(brokers)


def _exactly(connection: socket.socket, count: int) -> bytes:
    received = bytearray()
    while len(received) < count:
        part = connection.recv(count - len(received))
        if not part:
            raise ConnectionError("closed the connection")
        received += part
    return bytes(received)
