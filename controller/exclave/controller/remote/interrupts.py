"""Waiting for an rpc so that Ctrl-C ends it.

Owns: this waiting. Must not know: what is asked.
"""

from __future__ import annotations

from typing import TypeVar

import grpc

T = TypeVar("T")


def interruptible(future: grpc.CallFuture[T]) -> T:
    """Its answer. Ctrl-C ends it at once (gRPC's blocking calls wait where Python sees no signal), and tells the
    executor that its caller went away."""
    try:
        return future.result()
    except BaseException:
        future.cancel()  # type: ignore[no-untyped-call]
        raise
