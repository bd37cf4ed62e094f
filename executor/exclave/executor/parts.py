"""What a session is made of, when its worker is ready.

Owns: these things' common end. Must not know: sessions, tokens, gRPC. Invariant: `close` gives all of them back,
whatever has become of the worker.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass

from exclave.executor.exits import ExitCause
from exclave.executor.memory.session_memory import SessionMemory
from exclave.executor.output import OutputChannel
from exclave.executor.sandbox_report import LayerReport
from exclave.executor.spawner import WorkerProcess
from exclave.executor.stdin_pipe import StdinPipe

EXIT_TIMEOUT = 5.0
"""Seconds that a killed worker may take to end."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a session is made of, when its worker is ready."""

    memory: SessionMemory
    stdin: StdinPipe
    output: OutputChannel
    worker: WorkerProcess
    control: socket.socket
    lanes: int
    bootstrap: tuple[tuple[str, int], ...]
    layers: tuple[LayerReport, ...]

    def close(self, reason: str) -> None:
        """Ends the worker, and gives everything back. May be called more than once."""
        self.worker.kill(ExitCause.CLOSED, reason)
        self.worker.wait(EXIT_TIMEOUT)
        self.control.close()
        self.output.finish(None)
        self.stdin.close()
        self.memory.close()
