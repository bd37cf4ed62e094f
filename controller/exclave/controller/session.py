"""A session: what the user adds, looks up and calls. The front of everything else.

Owns: the public API of a session, and its end. Must not know: how any of it is done. Nobody imports this module
but the package's front and the executor's handle. Invariant: after `close()` every use raises
`SessionClosedError`; after its worker died, the next use has another one, or raises the reason (`recover=False`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypeVar, overload

from .account import Account
from .calls.callbacks import Callback
from .calls.native import NativeCaller
from .checks import checked_bytes, checked_name, checked_names, checked_range, checked_timeout
from .compile import CompilePool
from .data import GlobalVariables, RemoteArray, array_of, make_array
from .errors import ExecutorCrash, SessionClosedError
from .function import Function
from .graph_cache import GraphCache
from .linked_batch import FinalizedBatch
from .memory_map import MemoryMap
from .model import ExecutorAddr, OpenedSession, SandboxLayer
from .output import OutputConsumer, SessionOutput
from .policy import Limits, Policy, check_library
from .programs import Programs
from .remote.connection import Connection
from .session_adding import SessionAdding
from .session_calls import SessionCalls
from .session_census import SessionCensus
from .session_code import SessionCode
from .session_inputs import accepting_one
from .session_recovery import Rebuilt, Recovery, WorkerNeeds
from .session_runtime import SessionRuntime
from .session_worker import SessionWorker, WorkerRequest, open_worker
from .standard_input import ProgramStdin
from .statistics import SessionStats

T = TypeVar("T")


class Session(SessionAdding):
    """A worker process of its own, and the code that runs in it. Made by `Executor.session()`.

    Methods may be called from several threads.

    When its worker is no more (a crash, a deadline, Ctrl-C, the daemon's end), the next use brings the session back on
    another one: what was live is linked again, variables have their initial values, initializers have run; handles and
    callbacks stay valid, addresses that `lookup` returned and arrays do not (`DataLostError`).
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
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
        recover: bool = True,
        on_close: Callable[[Session], None] = lambda _session: None,
    ) -> None:
        self._target = connect().capabilities.target
        self._output = SessionOutput(stdout, stderr)
        self._closed = False
        self._pid = os.getpid()
        self._close_lock = threading.Lock()
        self._on_close = on_close
        self._account = Account()
        self._code = SessionCode(pool, self._check_usable, checked_timeout(compile_timeout), self._target.architecture)
        self._code.runtime.add(runtime.unit())
        rest = self._output.deliver, lambda: self.stderr, reservation, policy, limits
        self._request = WorkerRequest(
            connect, compiler, runtime, native, lambda message: self._calls.callbacks.serve(message), *rest
        )
        worker = open_worker(self._request, self._code, Account())
        worker.materializer.count_in(self._account)  # from here on it is the user's own work
        self._calls = SessionCalls(self._code, worker, self._check_usable, self._guarded)
        needs = WorkerNeeds(reservation, policy.libraries)
        self._recovery = Recovery(worker, self._code, self._open_worker, needs, self._calls.use, recover)
        self._census = SessionCensus(lambda: self._worker, self._code, self._calls)
        self._programs = Programs(lambda: self._worker, self.write_memory, self._calls, self._guarded)
        self._globals = GlobalVariables(self._code.variable, self._code.variables, self.read_memory, self.write_memory)

    def _open_worker(self, needs: WorkerNeeds) -> SessionWorker:
        policy = replace(self._request.policy, libraries=needs.libraries)
        request = replace(self._request, reservation=needs.reservation, policy=policy)
        return open_worker(request, self._code, self._account)

    @property
    def _worker(self) -> SessionWorker:
        return self._recovery.worker

    @property
    def account(self) -> Account:
        """What was done so far, counted and timed."""
        self._account.calls = self._calls.count()
        return self._account

    def stats(self) -> SessionStats:
        """What the session has and has done, in figures of both sides, as they are now."""
        self._check_usable()
        return self._guarded(lambda: self._census.stats(self.generation))

    def memory_map(self) -> MemoryMap:
        """What lies where in its memory, as it is now; a notebook shows a picture, `print` a table."""
        self._check_usable()
        return self._guarded(self._census.map)

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
        found = self._guarded(lambda: self._code.lookup(wanted))
        return found[names] if isinstance(names, str) else found

    def on_finalized(self, callback: Callable[[FinalizedBatch], object] | Callable[[], object]) -> None:
        """Call `callback(batch)`, or `callback()`, after each batch that went live, in the thread that looked up.

        No lock is held: it may add, look up and call. What it raises is reported and does not stop the rest.
        """
        self._check_usable()
        self._code.finalized_callbacks.append(accepting_one(callback))

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

    def run_main(
        self, argv: Iterable[str] = ("main",), timeout: float | None = None, stdin: ProgramStdin = None
    ) -> int:
        """Run `main(argc, argv)` and return its exit status: main's result, or exit()'s argument.

        `timeout`, in seconds, bounds its constructors, and then main itself.

        `stdin` is what main reads from descriptor 0, with end-of-file behind it: None (nothing), text (as UTF-8),
        bytes, a path (`pathlib.Path`), or a file: anything with a `read` method. A file is read in another thread, as
        main takes it (up to some MB ahead), and no more when main has ended; what was read and not taken is lost, and
        the next run_main does not find it. Pipes, terminals, sockets and `sys.stdin` give what is there at the time,
        and end with main while they wait for more. An object without a descriptor that waits in its `read` when main
        has ended is left alone, in a daemon thread. A text file with a `buffer` gives its bytes, as they are; other
        text becomes UTF-8. Constructors find end-of-file.

        Raises:
            SignatureError: `argv` is no list of arguments, `timeout` no time, `stdin` nothing to read: nothing was
                sent then. Or `read` gave neither text nor bytes.
            OSError: `stdin` is a path that cannot be opened; nothing was sent.
            UndefinedSymbolsError: there is no `main`, or something that it needs is missing.
            ExecutorRefusedError: `stdin` is given, and another run_main of this session that has one has not ended.
            CallTimeout: it ran longer than `timeout` seconds.
            ExecutorCrash: it crashed.
            BaseException: what the file's `read` raised. Main found end-of-file there, and ran to its end before.
        """
        self._check_usable()
        return self._programs.run(argv, timeout, stdin)

    # -- memory and output --------------------------------------------------------------------------------------

    def read_memory(self, address: int, size: int) -> bytes:
        """`size` bytes of the worker's memory, within the session's zones."""
        self._check_usable()
        start, length = checked_range(address, size)
        return self._guarded(lambda: self._worker.client.read_memory(start, length))

    def write_memory(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Write to the worker's memory, within the session's data zone."""
        self._check_usable()
        content = checked_bytes(data, "write_memory")
        start, _ = checked_range(address, len(content))
        if content:
            self._guarded(lambda: self._worker.client.write_memory([(start, content)]))

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
        return self._worker.client.opened

    @property
    def sandbox(self) -> tuple[SandboxLayer, ...]:
        """The sandbox's layers, as they are for this session's worker."""
        return self._worker.client.opened.sandbox

    # -- life ---------------------------------------------------------------------------------------------------

    def _check_usable(self) -> None:
        if self._closed:
            raise SessionClosedError("the session is closed: open another with executor.session()")
        if self._pid != os.getpid():
            raise SessionClosedError("the session belongs to the process that forked this one: connect() here")
        self._recovery.ensure()

    def _guarded(self, do: Callable[[], T]) -> T:
        """Run `do`; if the worker died in it, the error carries all that is known then, its last output too."""
        worker = self._worker
        try:
            return do()
        except ExecutorCrash as crash:
            worker.explain(crash)
            self._calls.forget_addresses()  # the next call of any handle must see that there is no worker
            raise

    @property
    def generation(self) -> int:
        """Which worker it is that the session has now: 1, and one more after each rebuild."""
        return self._recovery.generation

    def on_rebuilt(self, callback: Callable[[Rebuilt], object]) -> None:
        """Call `callback(event)` after each rebuild, in the thread whose use needed it. What it raises is reported."""
        self._recovery.on_rebuilt(callback)

    def grow(self, reservation: int) -> None:
        """Take another worker, with a larger reservation, in bytes: a worker maps nothing once it runs code.

        It is as after a crash: what was live is linked again, variables have their initial values, initializers have
        run, arrays are lost, `generation` is one more, `on_rebuilt` is told; no exit handlers or finalizers are run.

        Raises:
            ArgumentRangeError: it is no larger, or more than the executor reserves; nothing was done then.
            InUseError: calls are being made; nothing was done.
            ExecutorError: there is no such worker now; the next use brings the session back as large as it was.
        """
        self._check_usable()
        self._calls.check_idle("grow")
        self._recovery.grow(reservation)

    def add_library(self, name: str) -> None:
        """Have a shared library of the executor's host loaded, such as "libz.so.1"; lookups find its symbols then.

        A library's initializers run before the sandbox closes, so the session takes another worker for it, as in
        `grow`: do it first. `Policy(libraries=)` has them from the start. One that the session has costs nothing.

        Raises:
            SignatureError: no name of a library. InUseError: calls are being made.
            ExecutorRefusedError: the executor does not allow it. Nothing was done in any of these cases.
            ExecutorError: it is not there, or no worker is; the next use brings the session back without it.
        """
        self._check_usable()
        (checked,) = Policy(libraries=(name,)).libraries
        self._calls.check_idle("add_library")
        check_library(checked, self._request.connect().capabilities)
        self._recovery.add_library(checked)

    def close(self) -> None:
        """Run exit handlers and finalizers, end the worker, free everything. A second call does nothing."""
        with self._close_lock:
            if self._closed or self._pid != os.getpid():
                return  # a forked child has nothing to close: gRPC does not survive a fork
            self._closed = True
        try:
            self._programs.run_exit_handlers()
        finally:
            self._calls.close()
            self._worker.client.close()
            self._worker.forget()
            self._code.forget()
            self._on_close(self)

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
        state = "closed" if self._closed else f"worker {self._worker.client.opened.worker_pid}"
        return f"<exclave session: {state}, {self._target.triple}>"
