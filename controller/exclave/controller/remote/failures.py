"""What gRPC raises, as what Exclave raises.

Owns: the translation of status codes and of the executor's `ErrorDetail`. Must not know: what was asked.
Invariant: nothing of gRPC leaves this package; `grpc.RpcError` does not even pickle.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import grpc
from exclave.v1 import common_pb2

from ..errors import (
    CallTimeout,
    ExecutorCrash,
    ExecutorError,
    ExecutorRefusedError,
    ExecutorUnreachableError,
    LanesBusyError,
    OutcomeUnknownError,
    SessionClosedError,
)
from ..model import Fault, WorkerExit

DETAIL_KEY = "exclave-error-bin"

_KINDS = {
    common_pb2.EXIT_CAUSE_UNSPECIFIED: "exit",
    common_pb2.EXIT_CAUSE_SIGNAL: "signal",
    common_pb2.EXIT_CAUSE_SANDBOX: "sandbox",
    common_pb2.EXIT_CAUSE_EXIT: "exit",
    common_pb2.EXIT_CAUSE_DEADLINE: "deadline",
    common_pb2.EXIT_CAUSE_CLOSED: "closed",
    common_pb2.EXIT_CAUSE_PROTOCOL: "protocol",
    common_pb2.EXIT_CAUSE_CPU: "cpu",
    common_pb2.EXIT_CAUSE_MEMORY: "memory",
    common_pb2.EXIT_CAUSE_OUTPUT: "output",
}


@contextlib.contextmanager
def translated(doing: str, address: str) -> Iterator[None]:
    """Run the body; a gRPC error in it becomes an `ExecutorError` that begins with `doing`."""
    try:
        yield
    except grpc.RpcError as error:
        raise to_exclave_error(error, doing, address) from None
    except ValueError as error:
        if not str(error).startswith("Cannot invoke RPC"):  # gRPC's two ways to say that the channel is closed
            raise
        raise SessionClosedError(f"{doing}: the executor's handle was closed: connect() again") from None


def to_exclave_error(error: grpc.RpcError, doing: str, address: str) -> ExecutorError | SessionClosedError:
    """The error that the user sees for `error`."""
    code: grpc.StatusCode = error.code()
    text = error.details() or code.name
    detail = _detail_of(error)
    if detail is not None and detail.HasField("worker_exit"):
        crash = crash_error(worker_exit_from(detail.worker_exit), doing)
        crash.slots = _slots_of(detail)
        return crash
    if code is grpc.StatusCode.UNAVAILABLE and detail is None:
        return ExecutorUnreachableError(f"{doing}: no executor answers at {address} ({text})", address=address)
    if detail is not None and detail.reason == "NO_SUCH_SESSION":
        return SessionClosedError(f"{doing}: the session is closed on the executor's side")
    if detail is None:
        return OutcomeUnknownError(f"{doing}: the executor did not answer ({code.name}: {text})", status=code.name)
    refusal = LanesBusyError if detail.reason == "NO_FREE_LANE" else ExecutorRefusedError
    return refusal(f"{doing}: {text}", reason=detail.reason, status=code.name, facts=dict(detail.facts))


def _slots_of(detail: common_pb2.ErrorDetail) -> bytes:
    try:
        return bytes.fromhex(detail.facts.get("slots", ""))
    except ValueError:  # text from the wire
        return b""


def _detail_of(error: grpc.RpcError) -> common_pb2.ErrorDetail | None:
    metadata: Any = error.trailing_metadata() or ()
    for key, value in metadata:
        if key == DETAIL_KEY:
            with contextlib.suppress(Exception):  # bytes from the wire: what does not parse is no detail
                return common_pb2.ErrorDetail.FromString(value)
    return None


def worker_exit_from(message: common_pb2.WorkerExit) -> WorkerExit:
    """How the worker ended, as a value."""
    kind = _KINDS.get(message.cause, "exit")
    fault = _fault_from(message.fault) if message.HasField("fault") else None
    return WorkerExit(kind, message.signal, message.exit_code, message.message, fault)


def _fault_from(message: common_pb2.Fault) -> Fault:
    return Fault(
        signal=message.signal,
        code=message.code,
        address=message.address,
        system_call=message.system_call,
        registers=tuple(message.registers),
        lane=message.lane,
        entry=message.entry,
        function=message.function,
        slots=message.slots,
        stack_address=message.stack_address,
        stack=message.stack,
    )


def crash_error(end: WorkerExit, doing: str) -> ExecutorCrash:
    """The exception for a worker that is no more."""
    cls = CallTimeout if end.kind == "deadline" else ExecutorCrash
    return cls(
        f"{doing}: {end.message}",
        kind=end.kind,
        signal=end.signal,
        exit_code=end.exit_code,
        ending=end.message,
        fault=end.fault,
    )
