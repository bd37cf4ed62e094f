"""Processes that have worked and are idle now, for others to watch.

    python -m bench.idle_pair ours|grpc

Prints their pids as JSON, and ends at the end of its standard input. `ours`: a controller, its daemon and its worker,
with one session that has made calls and has a callback. `grpc`: a plain gRPC client with an open stream, and its server.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

CALLS = 1000
IR = "define i64 @increment(i64 %x) { %y = add i64 %x, 1  ret i64 %y }"
Pids = dict[str, int]


@contextmanager
def ours() -> Iterator[Pids]:
    """A session."""
    from exclave.controller import connect

    with connect() as executor, executor.session() as session:
        session.add_ir(IR)
        increment = session.function("increment")
        session.callback(lambda x: x, "int64_t f(int64_t)")
        for number in range(CALLS):
            increment(number)
        daemon, worker = executor.capabilities.daemon_pid, session.opened.worker_pid
        yield {"controller": os.getpid(), "daemon": daemon, "worker": worker}


@contextmanager
def grpc() -> Iterator[Pids]:
    """The peer."""
    from grpc import insecure_channel

    from .grpc_peer import echo_server, open_stream

    with echo_server() as (address, pid), insecure_channel(address) as channel, open_stream(channel) as stream:
        for _ in range(CALLS):
            stream()
        yield {"client": os.getpid(), "server": pid}


if __name__ == "__main__":
    with {"ours": ours, "grpc": grpc}[sys.argv[1]]() as pids:
        print(json.dumps(pids), flush=True)
        sys.stdin.read()
