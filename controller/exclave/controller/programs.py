"""The programs of a session: `main` found, fed, and called.

Owns: the order of it. Must not know: argument blocks, how input is read, how a call is made. Invariant: what the user
gives is checked before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .checks import checked_timeout
from .errors import ExclaveError, ExitCalled
from .model import CallOutcome
from .program import argument_strings, run_program
from .runtime import RUN_EXIT_HANDLERS, RUN_MAIN
from .session_calls import SessionCalls
from .session_worker import SessionWorker
from .standard_input import InputReader, reading

RESULT_BYTES = 8
EXIT_HANDLER_SECONDS = 4.0
"""Of all that close() does, what the worker can draw out: handlers that never end, lanes that are never free."""
Guard = Callable[[Callable[[], Any]], Any]


class Programs:
    """Runs one session's `main`."""

    def __init__(
        self,
        worker: Callable[[], SessionWorker],
        write_memory: Callable[[int, bytes], None],
        calls: SessionCalls,
        guard: Guard,
    ) -> None:
        """`worker` is the session's present one."""
        self._worker = worker
        self._write_memory = write_memory
        self._calls = calls
        self._guard = guard

    def run(self, argv: Iterable[str], timeout: float | None, stdin: Any) -> int:
        """As `Session.run_main`."""
        strings = argument_strings(argv)
        seconds = checked_timeout(timeout)
        with reading(stdin) as reader, self._calls.running("main"):
            try:
                found = self._guard(lambda: self._worker().materializer.lookup([RUN_MAIN, "main"], seconds))
            except ExitCalled as exited:  # a constructor of the program
                return exited.exit_code & 0xFF
            return self._run(strings, found[RUN_MAIN], found["main"], seconds, reader)

    def run_exit_handlers(self) -> None:
        """What atexit() registered outside of run_main; a worker that is gone has none."""
        worker = self._worker()
        if worker.client.worker_exit is not None:
            return
        try:
            address = worker.materializer.lookup([RUN_EXIT_HANDLERS])[RUN_EXIT_HANDLERS]
            self._calls.caller.call(address, address, b"", 0, EXIT_HANDLER_SECONDS, "run exit handlers")
        except ExclaveError:
            pass  # the session ends either way

    def _run(
        self, strings: Sequence[bytes], entry: int, main: int, timeout: float | None, reader: InputReader | None
    ) -> int:
        worker = self._worker()

        def call_main(slots: bytes) -> CallOutcome:
            with worker.materializer.account.timed("call"):
                return self._calls.call(entry, main, slots, RESULT_BYTES, timeout, "run main")

        with worker.input.given(reader) as renewed:
            return run_program(strings, worker.memory, self._write_memory, call_main, renewed_input=renewed)
