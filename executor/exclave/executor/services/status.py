"""Errors on the wire: status code, message, and an ErrorDetail as trailing metadata `exclave-error-bin`.

Owns: the translation of every exception that leaves a service. Must not know: who raises what.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
from exclave.executor.errors import ExecutorError
from exclave.executor.exits import WorkerExit
from exclave.executor.fault import Fault
from exclave.executor.logs import log_event
from exclave.v1 import common_pb2

_log = logging.getLogger(__name__)
DETAIL_KEY = "exclave-error-bin"
_LONGEST = 4096  # metadata is limited to 16 KiB in all


@contextmanager
def translated_errors(context: grpc.ServicerContext) -> Iterator[None]:
    """Ends the RPC with the status of an ExecutorError raised within; anything else is a bug of ours."""
    try:
        yield
    except ExecutorError as error:
        _abort(context, error)
    except grpc.RpcError:
        raise
    except Exception as error:
        if not context.is_active():
            raise  # the client went away in the middle of a stream; nobody reads a status
        log_event(_log, "internal error", logging.ERROR, error=repr(error))
        _log.debug("internal error", exc_info=True)
        _abort(context, ExecutorError("INTERNAL", f"a bug of the executor: {type(error).__name__}: {error}"))


def _abort(context: grpc.ServicerContext, error: ExecutorError) -> None:
    detail = common_pb2.ErrorDetail(
        reason=error.reason,
        message=error.message[:_LONGEST],
        facts=error.facts,
        worker_exit=exit_message(error.worker_exit, with_stack=False),
    )
    context.set_trailing_metadata(((DETAIL_KEY, detail.SerializeToString()),))
    context.abort(grpc.StatusCode[error.status], error.message[:_LONGEST])


def exit_message(gone: WorkerExit | None, with_stack: bool = True) -> common_pb2.WorkerExit | None:
    """How a worker ended, as a message; without the stack where there is no room for it."""
    if gone is None:
        return None
    return common_pb2.WorkerExit(
        cause=common_pb2.ExitCause.Name(gone.cause),
        signal=gone.signal,
        exit_code=gone.exit_code,
        message=gone.message,
        fault=_fault_message(gone.fault, with_stack),
    )


def _fault_message(fault: Fault | None, with_stack: bool) -> common_pb2.Fault | None:
    if fault is None:
        return None
    return common_pb2.Fault(
        signal=fault.signal,
        code=fault.code,
        address=fault.address,
        system_call=fault.system_call,
        registers=fault.registers,
        lane=fault.lane,
        entry=fault.entry,
        function=fault.function,
        slots=fault.slots,
        stack_address=fault.stack_address,
        stack=fault.stack if with_stack else b"",
    )
