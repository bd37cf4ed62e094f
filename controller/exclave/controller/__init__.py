"""The controller: compiles and links here, runs over there.

    from exclave.controller import connect

    with connect() as executor, executor.session() as session:
        session.add_ir("define i64 @twice(i64 %x) { %y = shl i64 %x, 1  ret i64 %y }")
        print(session.function("twice")(21))

Importing this package starts nothing and imports neither gRPC, NumPy nor llvmlite.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import (
        ArgumentRangeError,
        AuthenticationError,
        CallbackRoomError,
        CallDepthError,
        CallTimeout,
        CompileError,
        DataLostError,
        DuplicateSymbolsError,
        ExclaveError,
        ExecutorCrash,
        ExecutorError,
        ExecutorRefusedError,
        ExecutorUnreachableError,
        ExitCalled,
        FixupError,
        InUseError,
        LanesBusyError,
        LinkError,
        ObjectFormatError,
        OutcomeUnknownError,
        OutOfMemoryError,
        SessionClosedError,
        SignatureError,
        UndefinedSymbolsError,
        UnsupportedRelocationError,
    )
    from .executor import Executor, connect
    from .identification import TLS
    from .memory_map import MemoryMap
    from .model import Capabilities, ExecutorAddr
    from .policy import Limits, Policy
    from .statistics import ExecutorStats, SessionStats

__all__ = [
    "TLS",
    "ArgumentRangeError",
    "AuthenticationError",
    "CallDepthError",
    "CallTimeout",
    "CallbackRoomError",
    "Capabilities",
    "CompileError",
    "DataLostError",
    "DuplicateSymbolsError",
    "ExclaveError",
    "Executor",
    "ExecutorAddr",
    "ExecutorCrash",
    "ExecutorError",
    "ExecutorRefusedError",
    "ExecutorStats",
    "ExecutorUnreachableError",
    "ExitCalled",
    "FixupError",
    "InUseError",
    "LanesBusyError",
    "Limits",
    "LinkError",
    "MemoryMap",
    "ObjectFormatError",
    "OutOfMemoryError",
    "OutcomeUnknownError",
    "Policy",
    "SessionClosedError",
    "SessionStats",
    "SignatureError",
    "UndefinedSymbolsError",
    "UnsupportedRelocationError",
    "connect",
]

_HOMES = {
    "Executor": "executor",
    "connect": "executor",
    "ExecutorStats": "statistics",
    "MemoryMap": "memory_map",
    "SessionStats": "statistics",
    "TLS": "identification",
    "Capabilities": "model",
    "ExecutorAddr": "model",
    "Limits": "policy",
    "Policy": "policy",
}


def __getattr__(name: str) -> Any:
    """Import a name's home when it is first used (PEP 562): compile workers start in half the time without."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES.get(name, 'errors')}", __name__), name)
    globals()[name] = value
    return value
