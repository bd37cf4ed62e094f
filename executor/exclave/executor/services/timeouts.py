"""Timeouts in requests.

Owns: reading one. Must not know: what is waited for. Invariant: any value is a number of seconds; who waits bounds it.
"""

from __future__ import annotations

from exclave.v1 import execution_pb2, memory_pb2

_Message = execution_pb2.ConverseRequest.Begin | execution_pb2.ConverseRequest.Call | memory_pb2.InitializePlan


def timeout_of(message: _Message) -> float | None:
    """In seconds, None if it says none."""
    return message.timeout.seconds + message.timeout.nanos / 1e9 if message.HasField("timeout") else None
