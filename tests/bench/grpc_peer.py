"""The peer of calls that go through gRPC: plain gRPC in Python, to the smallest server there is.

Owns: that server's life, and its times. Must not know: our side of a comparison.
"""

from __future__ import annotations

import queue
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc

from .grpc_echo import METHOD, STREAM
from .measure import median_ms

PAYLOAD = bytes(64)


@contextmanager
def echo_server() -> Iterator[tuple[str, int]]:
    """A server in a process of its own: its address and pid."""
    with tempfile.TemporaryDirectory(prefix="xb-") as folder:
        socket = Path(folder) / "echo.sock"
        command = [sys.executable, "-m", "bench.grpc_echo", str(socket)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdout.readline()
            yield f"unix:{socket}", server.pid
            server.stdin.close()


def unary_ms(times: int) -> float:
    """One unary of 64 bytes to another process, over a UNIX socket."""
    with echo_server() as (address, _), grpc.insecure_channel(address) as channel:
        echo = channel.unary_unary(METHOD, request_serializer=bytes, response_deserializer=bytes)
        return median_ms(lambda: echo(PAYLOAD, wait_for_ready=True), times, warmup=20)


def ping_pong_ms(times: int) -> float:
    """One message of 64 bytes there and one back, on a stream that is open."""
    with echo_server() as (address, _), grpc.insecure_channel(address) as channel, open_stream(channel) as stream:
        return median_ms(stream, times, warmup=20)


@contextmanager
def open_stream(channel: grpc.Channel) -> Iterator[EchoStream]:
    """A stream that has been used once."""
    stream = EchoStream(channel)
    try:
        stream()
        yield stream
    finally:
        stream.close()


class EchoStream:
    """A call sends a message and takes one."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._requests: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        method = channel.stream_stream(STREAM, request_serializer=bytes, response_deserializer=bytes)
        self._answers = method(iter(self._requests.get, None), wait_for_ready=True)

    def __call__(self) -> bytes:
        self._requests.put(PAYLOAD)
        answer: bytes = next(self._answers)  # type: ignore[call-overload]
        return answer

    def close(self) -> None:
        """End it."""
        self._requests.put(None)
