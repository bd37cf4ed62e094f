"""A function of the session's, as something to call.

Owns: arguments in, result out. Must not know: how a call reaches the worker. Invariant: a handle holds a name
and a signature; the addresses it calls are looked up by its session, so that they may change under it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .model import ExecutorAddr
    from .types import Signature


class Caller(Protocol):
    """What makes the call; a session."""

    def call_function(self, function: Function, slots: bytes, timeout: float | None) -> bytes:
        """Call it with packed arguments; its packed result."""
        ...

    def function_address(self, function: Function) -> ExecutorAddr:
        """Where it lies now."""
        ...


class Function:
    """Call it like any function: `f(1, 2.0)`, or with a deadline in seconds: `f(1, 2.0, timeout=0.5)`.

    Raises (when called):
        SignatureError: the wrong number or types of arguments (a TypeError).
        ArgumentRangeError: an argument does not fit its type (an OverflowError).
        CallTimeout: it took longer than `timeout`; the session's worker was ended for it.
        ExecutorCrash: it crashed; the session's worker is no more.
        ExitCalled: it called exit().
    """

    def __init__(self, caller: Caller, name: str, signature: Signature) -> None:
        self._caller = caller
        self.name = name
        self.signature = signature

    def __call__(self, *args: Any, timeout: float | None = None) -> Any:
        """Call it in the worker and wait for its result."""
        slots = self.signature.pack(args)
        return self.signature.unpack(self._caller.call_function(self, slots, timeout))

    @property
    def address(self) -> ExecutorAddr:
        """Where it lies in the worker now."""
        return self._caller.function_address(self)

    def __repr__(self) -> str:
        return f"<exclave function {self.name}: {self.signature}>"
