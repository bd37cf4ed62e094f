"""The calls of a session: functions, callbacks, maps, programs.

Owns: what is between a handle's arguments and a lane: adapters, pointers for the length of a call, results. Must not
know: how a lane reaches its worker, what a session's life is. Invariant: a plan for quick calls exists only while its
addresses are right and its session is usable here.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from .calls.callbacks import Callback, CallbackTable
from .calls.caller import Caller, Failed, tell_nobody
from .calls.dispatcher import Dispatcher
from .calls.lane import Lane
from .calls.pointers import convert_arguments
from .calls.quick import is_plain, quick_plan
from .calls.running import PlainCall, QuickCall, RunningCall
from .calls.shared_lane import SharedLane
from .calls.worker_memory import WorkerMemory
from .checks import shown
from .data import HEAD_BYTES, MapBatch, call_scope, prepare_map
from .errors import ExitCalled, InUseError, SignatureError
from .function import Function
from .model import CallOutcome, ExecutorAddr
from .runtime import PEEK, POKE
from .session_code import SessionCode
from .session_worker import SessionWorker
from .types import Signature, parse_declaration

T = TypeVar("T")
_sessions: weakref.WeakSet[SessionCalls] = weakref.WeakSet()


class SessionCalls:
    """Made by its session; the `Owner` of its functions and callbacks."""

    def __init__(
        self,
        code: SessionCode,
        worker: SessionWorker,
        check_usable: Callable[[], None],
        guard: Callable[[Callable[[], Any]], Any],
    ) -> None:
        self._code = code
        self._check_usable = check_usable
        self._guard = guard
        self._usable = True
        self._functions: weakref.WeakSet[Function] = weakref.WeakSet()
        self._threads: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._calls_before = 0
        self._lanes: Sequence[Lane] = ()
        self._dispatches = False
        self._running: dict[RunningCall, str] = {}
        self._plans = threading.Lock()
        self._changes = 0
        self.callbacks = CallbackTable(self, self._convert)
        self.use(worker)
        code.on_change(self.forget_addresses)
        _sessions.add(self)

    def use(self, worker: SessionWorker) -> None:
        """Have calls go to this worker from now on; those that are under way end with the one before."""
        way, client = worker.way, worker.client
        self._calls_before, self._lanes = self.count(), way.lanes
        self.way, self.process, self.caller = way, worker.process, worker.caller
        worker.materializer.remover.running = self.all_running
        self.memory = WorkerMemory(client.opened.zones, way.zone, client.read_memory, self.caller, self._peek_and_poke)
        self._dispatcher = Dispatcher(way.dispatch, self.callbacks.serve, self._end_broken(self.caller))
        for function in list(self._functions):
            function.bind()
        if self._dispatches:
            self._dispatcher.start()
        client.on_end(self.forget_addresses)  # quick calls would not notice

    # -- functions ----------------------------------------------------------------------------------------------

    def function(self, name: str, restype: Any, argtypes: Sequence[Any] | None) -> Function:
        """A handle; `name` may be a C declaration."""
        if "(" in name:
            if restype is not None or argtypes is not None:
                raise SignatureError(f"{name}: a declaration has its types; leave restype= and argtypes= out")
            name, signature = parse_declaration(name)
        else:
            signature = self._code.signature(name, restype, argtypes)
        function = Function(self, name, signature)
        if signature.variadic:
            self._code.lookup([name])
        else:
            self._code.call_addresses(name, signature)
        self._functions.add(function)
        return function

    def call_function(self, function: Function, args: tuple[Any, ...], timeout: float | None) -> Any:
        """Call it, whatever its arguments are."""
        self._check_usable()
        signature = function.signature.for_call(args)
        with self.running(function.name), call_scope(self.way.zone) as scope:
            slots = signature.pack(args, scope)
            scope.ship()
            adapter, address = self._code.call_addresses(function.name, signature)
            doing = f"call {function.name}"
            outcome = self.call(adapter, address, slots, signature.result_size, timeout, doing)
            result = self._result(signature, outcome, function.name)
        function.prepare()
        return result

    def call(
        self,
        entry: int,
        function: int,
        slots: bytes,
        size: int,
        timeout: float | None,
        doing: str,
        failed: Failed = tell_nobody,
    ) -> CallOutcome:
        """Call `entry(function, slots)`, whatever it is. `failed`: as `Caller.call`."""

        def call() -> CallOutcome:
            return self.caller.call(entry, function, slots, size, timeout, doing, failed)

        outcome: CallOutcome = self._guard(call)
        return outcome

    @contextlib.contextmanager
    def running(self, name: str) -> Iterator[None]:
        """In the body, a function is called: its addresses must stay."""
        call = PlainCall()
        self._running[call] = name
        try:
            yield
        finally:
            call.over = True
            del self._running[call]

    def all_running(self) -> dict[RunningCall, str]:
        """The calls that are being made, each with the name of its function."""
        running = self._running.copy()
        for lane in self._lanes:
            if isinstance(lane, SharedLane) and (function := lane.quick) is not None:
                running[QuickCall(lane)] = function.name
        return running

    def check_idle(self, doing: str) -> None:
        """Raises InUseError while calls are being made."""
        names = tuple(sorted(set(self.all_running().values())))
        if names:
            raise InUseError(f"{doing}: {', '.join(names)} runs now; wait for it", calls=names)

    def count(self) -> int:
        """How many calls were made so far."""
        return self._calls_before + sum(lane.calls for lane in self._lanes)

    def finish_quick_call(self, function: Function, caller: Caller, lane: SharedLane, status: int) -> Any:
        """The result of a quick call that did more than to return, or that may have printed."""
        signature, doing = function.signature, f"call {function.name}"
        deadline = caller.deadline(None)

        def finish() -> CallOutcome:
            return caller.finish(
                lane, lambda: lane.quick_answer(status, signature.result_size, deadline), deadline, 1, doing
            )

        return self._result(signature, self._guard(finish), function.name)

    def _result(self, signature: Signature, outcome: CallOutcome, name: str) -> Any:
        if outcome.exited is not None:
            raise ExitCalled(
                f"call {name}: it called exit({outcome.exited}); use run_main() for programs that exit",
                exit_code=outcome.exited,
            )
        return signature.unpack(outcome.result)

    def plan_quick_calls(self, function: Function) -> None:
        """How to call it quickly, unless something has changed while that was looked up."""
        if not self.way.shared or not self._usable or not is_plain(function.signature):
            return
        changes, caller = self._changes, self.caller
        adapter, address = self._code.call_addresses(function.name, function.signature)
        plan = quick_plan(function.signature, adapter, address, caller)
        with self._plans:
            if changes == self._changes:
                function.take(plan)

    def forget_addresses(self) -> None:
        """Quick calls look theirs up again."""
        with self._plans:
            self._changes += 1
            for function in list(self._functions):
                function.forget()

    def function_address(self, function: Function) -> ExecutorAddr:
        """Where it lies now."""
        self._check_usable()
        return self._code.lookup([function.name])[function.name]

    def submit_call(self, function: Function, args: tuple[Any, ...], timeout: float | None) -> Future[Any]:
        """Call it in a thread of ours; there are as many as lanes."""
        self._check_usable()
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(len(self.way.lanes), thread_name_prefix="exclave-call")
        return self._threads.submit(function, *args, timeout=timeout)

    def map_function(self, function: Function, arrays: tuple[Any, ...], out: Any, timeout: float | None) -> Any:
        """Call it for each element of `arrays`, in one call."""
        self._check_usable()
        signature = function.signature
        if signature.variadic:
            raise SignatureError(f"{function.name}: a variadic function cannot be mapped")
        with self.running(function.name), call_scope(self.way.zone) as scope:
            batch = prepare_map(signature, arrays, scope, out)
            if batch.count:
                scope.ship()
                entry, address = self._code.map_addresses(function.name, signature)
                self._call_map(entry, address, batch, timeout, f"map {function.name}")
        return batch.result()

    def _call_map(self, entry: int, function: int, batch: MapBatch, timeout: float | None, doing: str) -> None:
        outcome = self.call(entry, function, batch.slots, HEAD_BYTES, timeout, doing, batch.name_element)
        if outcome.exited is not None:
            error = ExitCalled(f"{doing}: it called exit({outcome.exited})", exit_code=outcome.exited)
            batch.name_element(error, outcome.result)
            raise error

    # -- callbacks ----------------------------------------------------------------------------------------------

    def callback(self, function: Callable[..., Any], restype: Any, argtypes: Sequence[Any] | None) -> Callback:
        """Give a Python function an address."""
        callback = self.callbacks.add(function, callback_signature(restype, argtypes))
        self._start_dispatcher()
        self.callback_address(callback)
        return callback

    def callback_address(self, callback: Callback) -> ExecutorAddr:
        """The stub's address now."""
        self._check_usable()
        return self._code.lookup([self._code.callback_stub(callback)])[callback.symbol]

    def drop_callback(self, callback: Callback) -> None:
        """Free the stub."""
        self.callbacks.remove(callback)
        self._code.remove_glue(callback.symbol)

    def on_dispatch(self, tag: int, handler: Callable[[bytes], bytes] | None) -> None:
        """Have `handler` answer jit_dispatch's messages of `tag`."""
        self.callbacks.dispatch.set_handler(tag, handler)
        self._start_dispatcher()

    def _start_dispatcher(self) -> None:
        self._dispatches = True
        self._dispatcher.start()

    def _end_broken(self, caller: Caller) -> Callable[[], None]:
        """What ends the worker whose dispatch lane is broken, unless it is so because the session is being closed."""

        def end() -> None:
            if self._usable:
                caller.broken("serve callbacks from other threads")

        return end

    def _convert(self, signature: Signature, arguments: list[Any]) -> list[Any]:
        return convert_arguments(signature, arguments, self.memory)

    def _peek_and_poke(self) -> tuple[int, int]:
        found = self._code.lookup([PEEK, POKE])
        return found[PEEK], found[POKE]

    # -- the end ------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Make no more calls: handles that are left say that the session is closed."""
        self._usable = False
        self.forget_addresses()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
        self.way.close()
        self.way.zone.close()


def callback_signature(restype: Any, argtypes: Sequence[Any] | None) -> Signature:
    """From types, from a C declaration in `restype`, or from a ctypes function type there."""
    if argtypes is not None:
        return Signature.parse("void" if restype is None else restype, argtypes)
    if isinstance(restype, str) and "(" in restype:
        return parse_declaration(restype)[1]
    prototype = getattr(restype, "_argtypes_", None)
    if prototype is not None:
        return Signature.parse(restype._restype_, list(prototype))
    raise SignatureError(
        f'a callback\'s types: restype and argtypes, a C declaration ("int compare(const int *, const int *)") or a '
        f"ctypes.CFUNCTYPE wanted, not {shown(restype)}"
    )


def _forget_in_child() -> None:
    """A forked child shares the lanes' memory, but nothing else of its parent's sessions."""
    for session in list(_sessions):
        session._usable = False
        session.forget_addresses()


os.register_at_fork(after_in_child=_forget_in_child)
