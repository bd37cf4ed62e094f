"""Makes a session's crashes say what was found out about them.

Owns: when a report is made, and what of it an exception carries. Must not know: where crashes come from. Invariant: a
worker dies once, so there is one report, and every exception about it says the same; an exception is explained once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..errors import ExecutorCrash
from ..model import WorkerExit
from .addresses import AddressBook
from .report import CrashReport, report_crash

STDERR_CHARACTERS = 2000
_SHOWN_STDERR_LINES = 10


class CrashExplainer:
    """One per worker."""

    def __init__(self, book: AddressBook, architecture: str, stderr: Callable[[], str]) -> None:
        self._book = book
        self._architecture = architecture
        self._stderr = stderr
        self._report: CrashReport | None = None
        self._lock = threading.Lock()

    def explain(self, crash: ExecutorCrash, end: WorkerExit | None) -> None:
        """Have `crash` say what is known; `end` is how the worker ended, with all that its signal found."""
        if crash.explained:
            return
        crash.explained = True
        crash.stderr_tail = self._stderr()[-STDERR_CHARACTERS:]
        crash.fault = end.fault if end is not None and end.fault is not None else crash.fault
        if end is not None and crash.fault is not None:
            self._add_report(crash, self._report_of(end, crash))
        if crash.stderr_tail.strip():
            lines = crash.stderr_tail.strip().splitlines()[-_SHOWN_STDERR_LINES:]
            crash.add_note("printed last to stderr:\n" + "\n".join(f"  {line}" for line in lines))

    def _report_of(self, end: WorkerExit, crash: ExecutorCrash) -> CrashReport:
        with self._lock:
            if self._report is None:
                self._report = report_crash(end, crash.fault, self._book, self._architecture)
            return self._report

    def _add_report(self, crash: ExecutorCrash, report: CrashReport) -> None:
        first, *rest = report.text.splitlines()
        begin, found, behind = crash.message.partition(crash.ending)
        text = f"{begin}{first}{behind}" if found else f"{crash.message}: {first}"
        crash.args = ("\n".join([text, *rest]),)
        crash.access, crash.instruction = report.access, report.instruction
        crash.registers, crash.backtrace = dict(report.registers), report.backtrace
        crash.add_note(report.registers_text)
