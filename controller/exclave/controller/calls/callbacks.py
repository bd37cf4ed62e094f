"""Python functions that native code can call.

Owns: the numbers of callbacks, and running the right function with checked arguments. Must not know: lanes, where stubs
lie. Invariant: a number is never used twice in a session; what a request says is checked against the signature that we
made the stub for, never believed.
"""

from __future__ import annotations

import itertools
import struct
import threading
from collections.abc import Callable
from typing import Any, Protocol

from ..checks import shown
from ..errors import ExecutorError, SignatureError
from ..model import ExecutorAddr
from ..types import Signature
from .jit_dispatch import JitDispatch
from .lane import FIRST_CALLBACK, JIT_DISPATCH, LAZY, CallbackRequest
from .lazy import LazyTable
from .quick import NOT_PLAIN

Convert = Callable[[Signature, list[Any]], list[Any]]
"""Makes what a function gets of its raw arguments: pointers become something to look through."""


class Owner(Protocol):
    """Where a callback's stub lives; a session."""

    def callback_address(self, callback: Callback) -> ExecutorAddr:
        """The stub's address now."""
        ...

    def drop_callback(self, callback: Callback) -> None:
        """Free the stub."""
        ...


class Callback:
    """A Python function with an address in the worker; made by `Session.callback()`.

    Pass it as a pointer argument, or give it a name: `session.define("host_log", callback)`. What it raises abandons
    the native call that it came out of, and is raised from the call that Python made. It stays valid as long as its
    session; `close()` frees it earlier, when no native code holds its address any more.
    """

    def __init__(self, owner: Owner, number: int, function: Callable[..., Any], signature: Signature) -> None:
        self._owner = owner
        self.number = number
        self.function = function
        self.signature = signature
        self.unpack, self.pack = _quick_unpack(signature), _quick_pack(signature)

    @property
    def address(self) -> ExecutorAddr:
        """The stub's address in the worker."""
        return self._owner.callback_address(self)

    @property
    def symbol(self) -> str:
        """The stub's name."""
        return f"exclave_callback_{self.number}"

    def close(self) -> None:
        """Forget it. Native code that calls it from now on gets an error."""
        self._owner.drop_callback(self)

    def __repr__(self) -> str:
        name = getattr(self.function, "__qualname__", repr(self.function))
        return f"<exclave callback {self.number} {name}: {self.signature}>"


class CallbackTable:
    """All callbacks of a session. Thread-safe."""

    def __init__(self, owner: Owner, convert: Convert) -> None:
        self._owner = owner
        self._convert = convert
        self._numbers = itertools.count(FIRST_CALLBACK)
        self._callbacks: dict[int, Callback] = {}
        self.dispatch = JitDispatch()
        self.lazy = LazyTable()
        self._lock = threading.Lock()

    def add(self, function: Callable[..., Any], signature: Signature) -> Callback:
        """Give a function a number.

        Raises:
            SignatureError: it is no function, or variadic.
        """
        if not callable(function):
            raise SignatureError(f"a callback is something to call, not {shown(function)}")
        if signature.variadic:
            raise SignatureError(f"a callback cannot be variadic: {signature}")
        with self._lock:
            callback = Callback(self._owner, next(self._numbers), function, signature)
            self._callbacks[callback.number] = callback
        return callback

    def remove(self, callback: Callback) -> None:
        """Forget it; its number stays taken."""
        with self._lock:
            self._callbacks.pop(callback.number, None)

    def serve(self, request: CallbackRequest) -> bytes:
        """Run what native code asks for; the slots with the result in them.

        Raises:
            ExecutorError: there is no such callback, or the slots are not what its stub sends.
            BaseException: what the function raises.
        """
        if request.callback == JIT_DISPATCH:
            return self.dispatch.serve(request.slots)
        if request.callback == LAZY:
            return self.lazy.serve(request.slots)
        callback = self._callbacks.get(request.callback)
        if callback is None:
            raise ExecutorError(f"native code called back number {request.callback}, which no callback has (any more)")
        signature, slots = callback.signature, request.slots
        if len(slots) != signature.slots_size:
            raise ExecutorError(
                f"{callback!r}: native code sent {len(slots)} bytes, its stub sends {signature.slots_size}"
            )
        if callback.unpack is not None:
            value = callback.function(*callback.unpack(slots))
        else:
            value = callback.function(*self._convert(signature, signature.unpack_arguments(slots)))
        result = _result_bytes(callback, value)
        return result + slots[len(result) :]


def _result_bytes(callback: Callback, value: Any) -> bytes:
    """A plain result takes the short way; whatever `struct` does not take is the signature's to decide."""
    if callback.pack is not None:
        try:
            return callback.pack(value)
        except NOT_PLAIN:
            pass
    return callback.signature.pack_result(value)


def _quick_unpack(signature: Signature) -> Callable[[bytes], tuple[Any, ...]] | None:
    """For plain arguments, none of which is something to look through."""
    fast = signature.fast_arguments
    if fast is None or any(one.pointee is not None for one in signature.argtypes):
        return None
    return lambda slots: fast.unpack_from(slots)


def _quick_pack(signature: Signature) -> Callable[[Any], bytes] | None:
    """For a result of a whole slot."""
    code = signature.fast_result
    whole = signature.restype.bits == 64 and code in ("q", "Q", "d")
    return struct.Struct(f"<{code}").pack if whole else None
