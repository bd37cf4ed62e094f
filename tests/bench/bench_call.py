"""One int call and back, on an open session, beside a plain gRPC unary and ORC's own remote call.

Issue 1 sets no target here: calls go through gRPC in their simplest form, so the ratio to a plain unary says
what the daemon, the lane and the worker add.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
from exclave.controller import connect

from . import peers
from .grpc_echo import METHOD
from .measure import Effort, Measurement, Peer, median_ms
from .workshop import Unavailable

NAME = "one int call and back"
PAYLOAD = bytes(64)


def measure(effort: Effort) -> Iterator[Measurement]:
    """Ours, held against each peer."""
    ours = call_ms(effort.times(2000))
    yield Measurement("call", NAME, "ms", ours, Peer("plain gRPC unary", unary_ms(effort.times(2000))))
    try:
        yield Measurement("call", NAME, "ms", ours, Peer(peers.NAME, peers.call_ms(effort.times(3000))))
    except Unavailable as why:
        yield Measurement("call", f"{NAME} ({peers.NAME})", skipped=str(why))


def call_ms(times: int) -> float:
    """Ours: `fn(1)` on an embedded executor."""
    with connect() as executor, executor.session() as session:
        session.add_ir("define i32 @increment(i32 %x) { %y = add i32 %x, 1  ret i32 %y }")
        increment = session.function("increment")
        return median_ms(lambda: increment(1), times, warmup=20)


def unary_ms(times: int) -> float:
    """A gRPC unary of 64 bytes to another Python process, over a UNIX socket."""
    with _echo_server() as socket, grpc.insecure_channel(f"unix:{socket}") as channel:
        echo = channel.unary_unary(METHOD, request_serializer=bytes, response_deserializer=bytes)
        return median_ms(lambda: echo(PAYLOAD, wait_for_ready=True), times, warmup=20)


@contextmanager
def _echo_server() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="xb-") as folder:
        socket = Path(folder) / "echo.sock"
        command = [sys.executable, "-m", "bench.grpc_echo", str(socket)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdout.readline()
            yield socket
            server.stdin.close()
