"""A session: what the user adds, looks up and calls. The front of everything else.

Owns: the public API of a session, and its end. Must not know: how any of it is done. Nobody imports this module
but the package's front and the executor's handle. Invariant: after `close()` every use raises
`SessionClosedError`; after its worker died, every use raises the reason.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, overload

from .account import Account
from .calls.callbacks import Callback
from .calls.native import NativeCaller
from .checks import checked_bytes, checked_level, checked_name, checked_names, checked_range, checked_timeout
from .compile import CompilePool
from .data import GlobalVariables, RemoteArray, array_of, make_array
from .errors import ExclaveError, ExecutorCrash, ExitCalled, SessionClosedError
from .function import Function
from .graph_cache import GraphCache
from .materialize import FinalizedBatch, Materializer
from .memory import MemoryManager
from .model import CallOutcome, ExecutorAddr, OpenedSession, SandboxLayer
from .output import OutputConsumer, SessionOutput
from .policy import Limits, Policy, longest_call
from .process_symbols import ProcessSymbols
from .program import argument_strings, run_program
from .remote.connection import Connection
from .remote.session_client import open_session
from .runtime import DISPATCH_LANE, FAULT_RECORD, RUN_EXIT_HANDLERS, RUN_MAIN
from .session_calls import SessionCalls
from .session_code import SessionCode
from .session_inputs import ObjectInput, accepting_one
from .session_runtime import SessionRuntime, start_runtime
from .session_way import choose_way
from .tracker import ResourceTracker

RESULT_BYTES = 8
T = TypeVar("T")
EXIT_HANDLER_SECONDS = 10.0


class Session:
    """A worker process of its own, and the code that runs in it. Made by `Executor.session()`.

    Methods may be called from several threads.
    """

    def __init__(
        self,
        connection: Connection,
        pool: CompilePool,
        compiler: GraphCache,
        runtime: SessionRuntime,
        native: NativeCaller | None,
        *,
        reservation: int = 0,
        stdout: OutputConsumer | None = None,
        stderr: OutputConsumer | None = None,
        compile_timeout: float | None = None,
        policy: Policy,
        limits: Limits,
        on_close: Callable[[Session], None] = lambda _session: None,
    ) -> None:
        self._target = connection.capabilities.target
        self._output = SessionOutput(stdout, stderr)
        self._closed = False
        self._pid = os.getpid()
        self._close_lock = threading.Lock()
        self._on_close = on_close
        seconds, architecture = checked_timeout(compile_timeout), self._target.architecture
        self._code = SessionCode(pool, self._check_usable, seconds, architecture)
        symbols, deliver = runtime.bootstrap_symbols, self._output.deliver
        self._client = open_session(connection, symbols, deliver, reservation, policy=policy, limits=limits)
        try:
            self._memory = MemoryManager(self._client.opened.zones, self._client)
            self._process = ProcessSymbols(self._client.lookup_symbols, self._client.opened.bootstrap)
            self._materializer = self._make_materializer(compiler)
            self._code.use(self._materializer)
            self._code.runtime.define(DISPATCH_LANE, self._client.opened.dispatch_lane)
            self._code.runtime.define(FAULT_RECORD, self._client.opened.fault_record)
            start_runtime(runtime.unit(), self._code.runtime, self._materializer, self._client)
            self._calls = self._make_calls(native, longest_call(connection.capabilities, limits))
        except BaseException:
            self._client.close()
            raise
        self._materializer.account = Account()  # from here on it is the user's own work
        self._process.may_print = False
        self._globals = GlobalVariables(self._code.variable, self._code.variables, self.read_memory, self.write_memory)

    def _make_materializer(self, compiler: GraphCache) -> Materializer:
        timeout = self._code.compile_timeout
        return Materializer(self._target, self._code.dylibs, compiler, self._memory, self._process, Account(), timeout)

    def _make_calls(self, native: NativeCaller | None, longest: float) -> SessionCalls:
        client = self._client
        way = choose_way(client, self._memory, native, client.opened.call_lanes)
        facts = way, client.opened, client, self._process
        return SessionCalls(self._code, *facts, self._check_usable, self._guarded, client.read_memory, longest)

    @property
    def account(self) -> Account:
        """What was done so far, counted and timed."""
        self._materializer.account.calls = self._calls.count()
        return self._materializer.account

    # -- adding -------------------------------------------------------------------------------------------------

    def add_ir(self, module: Any, *, name: str | None = None, optimize: int = 2) -> ResourceTracker:
        """Add a module: IR text, an `llvmlite.ir.Module` or an `llvmlite.binding.ModuleRef`.

        It is parsed now and compiled, at `-O{optimize}`, when one of its symbols is looked up.

        Raises:
            CompileError: LLVM refuses it; says the line. Or it is no module.
            SignatureError: there is no such `optimize`.
            DuplicateSymbolsError: something that it defines is defined already.
        """
        self._check_usable()
        return self._code.add_module(module, name, checked_level(optimize))

    def add_bitcode(self, bitcode: bytes, *, name: str | None = None, optimize: int = 2) -> ResourceTracker:
        """Add a module of LLVM bitcode; as `add_ir`."""
        return self.add_ir(checked_bytes(bitcode, "add_bitcode"), name=name, optimize=optimize)

    def add_object(self, path_or_bytes: ObjectInput, *, name: str | None = None) -> ResourceTracker:
        """Add an ELF relocatable object, by path or content.

        Raises:
            SignatureError: neither a path nor bytes. LinkError: the file cannot be read.
            ObjectFormatError: it is none, or one for another architecture, or damaged.
            UnsupportedRelocationError: it has relocations that this linker does not know.
            DuplicateSymbolsError: something that it defines is defined already.
        """
        self._check_usable()
        return self._code.add_object(path_or_bytes, name)

    def add_archive(self, path_or_bytes: ObjectInput, *, name: str | None = None) -> tuple[str, ...]:
        """Add an archive (.a): a member joins when it defines something that is undefined otherwise.

        Returns the names of its members, but for those that are no objects and define nothing. A member that
        cannot be used is an error of the lookup that needs it.

        Raises:
            ObjectFormatError: no archive, or a damaged one. SignatureError, LinkError: as `add_object`.
        """
        self._check_usable()
        return self._code.add_archive(path_or_bytes, name)

    def define(self, name: str, address: int | Callback) -> None:
        """Give `name` an absolute address in the worker, such as one that `lookup` returned, or a callback.

        Raises:
            DuplicateSymbolsError: it is defined already.
            SignatureError: no name, or no address.
        """
        self._check_usable()
        place, _ = checked_range(address.address if isinstance(address, Callback) else address, 0)
        self._code.define(checked_name(name, "a symbol's name"), place)

    # -- looking up ---------------------------------------------------------------------------------------------

    @overload
    def lookup(self, names: str) -> ExecutorAddr: ...
    @overload
    def lookup(self, names: list[str] | tuple[str, ...]) -> dict[str, ExecutorAddr]: ...
    def lookup(self, names: str | list[str] | tuple[str, ...]) -> ExecutorAddr | dict[str, ExecutorAddr]:
        """The address of a symbol, or of many in one batch; they and all that they reach are live then.

        Raises:
            SignatureError: neither a name nor a list of names.
            UndefinedSymbolsError: all that is missing, with who refers to it.
            CompileError, LinkError, ExecutorError: why not; nothing of this lookup remains.
        """
        self._check_usable()
        wanted = checked_names(names)
        found = self._guarded(lambda: self._materializer.lookup(wanted))
        return found[names] if isinstance(names, str) else found

    def on_finalized(self, callback: Callable[[FinalizedBatch], object] | Callable[[], object]) -> None:
        """Call `callback(batch)`, or `callback()`, after each batch that went live, in the thread that looked up.

        No lock is held: it may add, look up and call. What it raises is reported and does not stop the rest.
        """
        self._check_usable()
        self._materializer.on_finalized(accepting_one(callback))

    def function(self, name: str, restype: Any = None, argtypes: Sequence[Any] | None = None) -> Function:
        """A function to call. Its types come from its IR, or from you: IR names (`"i32"`) or ctypes types.

        Raises:
            SignatureError: no types are known, or one of those given is none.
            UndefinedSymbolsError, ...: as `lookup`.
        """
        self._check_usable()
        return self._guarded(lambda: self._calls.function(checked_name(name, "a function's name"), restype, argtypes))

    # -- calling ------------------------------------------------------------------------------------------------

    def callback(
        self, function: Callable[..., Any], restype: Any = None, argtypes: Sequence[Any] | None = None
    ) -> Callback:
        """Make a Python function something that native code can call.

        Its types: `restype` and `argtypes`, or in their place a C declaration or a `ctypes.CFUNCTYPE`. Pass it as a
        pointer argument, or give it a name with `define`. Python runs in the thread that waits for the call; calls may
        nest in both directions, 32 deep. What it raises abandons the native call and is raised from the Python call
        that made it. A callback from a thread that native code started runs in a thread of the session's.

        Raises:
            SignatureError: no function, or no types that it could have.
        """
        self._check_usable()
        return self._guarded(lambda: self._calls.callback(function, restype, argtypes))

    def on_dispatch(self, tag: int, handler: Callable[[bytes], bytes] | None) -> None:
        """Have `handler` answer what native code sends by `exclave_jit_dispatch(tag, ...)`; None: nobody any more."""
        self._check_usable()
        self._calls.on_dispatch(tag, handler)

    def run_main(self, argv: Iterable[str] = ("main",), timeout: float | None = None) -> int:
        """Run `main(argc, argv)` and return its exit status: main's result, or exit()'s argument.

        `timeout`, in seconds, bounds its constructors, and then main itself.

        Raises:
            SignatureError: `argv` is no list of arguments, or `timeout` no time; nothing was sent.
            UndefinedSymbolsError: there is no `main`, or something that it needs is missing.
            CallTimeout: it ran longer than `timeout` seconds.
            ExecutorCrash: it crashed.
        """
        self._check_usable()
        strings = argument_strings(argv)
        seconds = checked_timeout(timeout)
        try:
            found = self._guarded(lambda: self._materializer.lookup([RUN_MAIN, "main"], seconds))
        except ExitCalled as exited:  # a constructor of the program
            return exited.exit_code & 0xFF

        def call_main(slots: bytes) -> CallOutcome:
            with self._materializer.account.timed("call"):
                return self._calls.call(found[RUN_MAIN], found["main"], slots, RESULT_BYTES, timeout, "run main")

        return run_program(strings, self._memory, self.write_memory, call_main)

    # -- memory and output --------------------------------------------------------------------------------------

    def read_memory(self, address: int, size: int) -> bytes:
        """`size` bytes of the worker's memory, within the session's zones."""
        self._check_usable()
        start, length = checked_range(address, size)
        return self._guarded(lambda: self._client.read_memory(start, length))

    def write_memory(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Write to the worker's memory, within the session's data zone."""
        self._check_usable()
        content = checked_bytes(data, "write_memory")
        start, _ = checked_range(address, len(content))
        if content:
            self._guarded(lambda: self._client.write_memory(start, content))

    @property
    def globals(self) -> GlobalVariables:
        """The global variables that come from IR: `session.globals["n"] = 3`."""
        self._check_usable()
        return self._globals

    def array(self, shape: int | Sequence[int], dtype: Any = "float64") -> RemoteArray:
        """An array in the worker's memory, zeroed: on the same host without copies.

        Raises:
            SignatureError: no shape, or a dtype of no fixed size. OutOfMemoryError: the data zone is full.
        """
        self._check_usable()
        return make_array(self._calls.way.zone, shape, dtype)

    def asarray(self, values: Any, dtype: Any = None) -> RemoteArray:
        """A copy of `values` in the worker's memory."""
        self._check_usable()
        return array_of(self._calls.way.zone, values, dtype)

    @property
    def shared(self) -> bool:
        """Whether calls and arrays go through memory that this process shares with the worker."""
        return self._calls.way.shared

    @property
    def stdout(self) -> str:
        """What the code printed so far."""
        return self._output.stdout.text

    @property
    def stderr(self) -> str:
        """What the code printed to stderr so far."""
        return self._output.stderr.text

    @property
    def opened(self) -> OpenedSession:
        """Zones, worker and bootstrap symbols, as the executor gave them."""
        return self._client.opened

    @property
    def sandbox(self) -> tuple[SandboxLayer, ...]:
        """The sandbox's layers, as they are for this session's worker."""
        return self._client.opened.sandbox

    # -- life ---------------------------------------------------------------------------------------------------

    def _check_usable(self) -> None:
        if self._closed:
            raise SessionClosedError("the session is closed: open another with executor.session()")
        if self._pid != os.getpid():
            raise SessionClosedError("the session belongs to the process that forked this one: connect() here")
        reason = self._client.crash_reason("the session's worker is no more", self.stderr[-2000:])
        if reason is not None:
            raise reason

    def _guarded(self, do: Callable[[], T]) -> T:
        """Run `do`; if the worker died in it, the error carries all that is known then, its last output too."""
        try:
            return do()
        except ExecutorCrash as crash:
            self._client.wait_for_end()
            crash.stderr_tail = self.stderr[-2000:]
            crash.fault = self._client.fault or crash.fault
            raise

    def close(self) -> None:
        """Run exit handlers and finalizers, end the worker, free everything. A second call does nothing."""
        with self._close_lock:
            if self._closed or self._pid != os.getpid():
                return  # a forked child has nothing to close: gRPC does not survive a fork
            self._closed = True
        try:
            self._run_exit_handlers()
        finally:
            self._calls.close()
            self._client.close()
            self._on_close(self)

    def _run_exit_handlers(self) -> None:
        """What atexit() registered outside of run_main; a worker that is gone has none."""
        if self._client.crash_reason("close") is not None:
            return
        try:
            address = self._materializer.lookup([RUN_EXIT_HANDLERS])[RUN_EXIT_HANDLERS]
            self._calls.caller.call(address, address, b"", 0, EXIT_HANDLER_SECONDS, "run exit handlers")
        except ExclaveError:
            pass  # the session ends either way

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"worker {self._client.opened.worker_pid}"
        return f"<exclave session: {state}, {self._target.triple}>"
