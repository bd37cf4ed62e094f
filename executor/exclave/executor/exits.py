"""How a worker ended, in the words of the protocol.

Owns: the translation of a wait status into a cause and a sentence. Must not know: processes, sessions, the
wire.
"""

from __future__ import annotations

import enum
import os
import signal
from dataclasses import dataclass

from exclave.executor.fault import Fault
from exclave.executor.syscall_numbers import syscall_name

_SYS_SECCOMP = 1  # si_code: the filter refused a system call; else somebody sent the signal


class ExitCause(enum.IntEnum):
    """Why a worker is no more; the numbers are the protocol's."""

    UNSPECIFIED = 0
    SIGNAL = 1
    SANDBOX = 2
    EXIT = 3
    DEADLINE = 4
    CLOSED = 5
    PROTOCOL = 6


@dataclass(frozen=True, slots=True)
class WorkerExit:
    """How a worker ended.

    Attributes:
        cause: why.
        signal: the signal's number, 0 if there was none.
        exit_code: the exit status, if there was no signal.
        message: one sentence for people.
        fault: what its fatal signal found, if it could still say so.
    """

    cause: ExitCause
    signal: int
    exit_code: int
    message: str
    fault: Fault | None = None


def exit_from_status(status: int, fault: Fault | None = None) -> WorkerExit:
    """Explains a status as waitpid(2) gives it, for a worker that nobody ended on purpose.

    `fault` is what it left of a fatal signal, of this one or of another.
    """
    if not os.WIFSIGNALED(status):
        code = os.waitstatus_to_exitcode(status)
        return WorkerExit(ExitCause.EXIT, 0, code, f"the code ended its process with _exit({code})")
    number = os.WTERMSIG(status)
    found = fault if fault is not None and fault.signal == number else None
    if number == signal.SIGSYS:
        text = f"the sandbox ended the worker for {_refused_call(found)}, which the policy does not allow"
        return WorkerExit(ExitCause.SANDBOX, number, 0, text, found)
    text = f"the worker died of {signal_name(number)}{_hint(number)}"
    return WorkerExit(ExitCause.SIGNAL, number, 0, text, found)


def exit_on_purpose(cause: ExitCause, message: str, status: int, fault: Fault | None = None) -> WorkerExit:
    """Explains the end of a worker that the daemon killed; one that was quicker to die explains itself."""
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return WorkerExit(cause, int(signal.SIGKILL), 0, message)
    return exit_from_status(status, fault)


def signal_name(number: int) -> str:
    """Such as `SIGSEGV (segmentation fault)`."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return f"{name} ({(signal.strsignal(number) or 'unknown').lower()})"


def _refused_call(fault: Fault | None) -> str:
    """What was refused, as the worker has it: for people only, since the code could have written it as well."""
    if fault is None or fault.code != _SYS_SECCOMP:
        return "a system call"
    number = fault.system_call
    return f"{syscall_name(os.uname().machine, number) or 'one that we do not know'} (system call {number})"


def _hint(number: int) -> str:
    if number == signal.SIGKILL:
        return ", sent by the system (out of memory?) or by somebody outside"
    return ""
