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
    CPU = 7
    MEMORY = 8
    OUTPUT = 9


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


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else is known of a worker's end.

    Attributes:
        fault: what it left of a fatal signal, of the one that ended it or of another.
        cpu_limit: seconds of CPU time that it had; 0: any.
        cpu_used: seconds that it used.
        memory_limit: bytes that it had; 0: any.
        out_of_memory: its control group ended it for memory.
        unprovided: the fault's address is memory of the session, which the host did not provide.
    """

    fault: Fault | None = None
    cpu_limit: int = 0
    cpu_used: float = 0.0
    memory_limit: int = 0
    out_of_memory: bool = False
    unprovided: bool = False


_NOTHING_KNOWN = Circumstances()


def exit_from_status(status: int, known: Circumstances = _NOTHING_KNOWN) -> WorkerExit:
    """Explains a status as waitpid(2) gives it, for a worker that nobody ended on purpose."""
    if not os.WIFSIGNALED(status):
        code = os.waitstatus_to_exitcode(status)
        return WorkerExit(ExitCause.EXIT, 0, code, f"the code ended its process with _exit({code})")
    number = os.WTERMSIG(status)
    found = known.fault if known.fault is not None and known.fault.signal == number else None
    limit = _limit_reached(number, known, found)
    if limit is not None:
        return WorkerExit(limit[0], number, 0, limit[1], found)
    if number == signal.SIGSYS:
        text = f"the sandbox ended the worker for {_refused_call(found)}, which the policy does not allow"
        return WorkerExit(ExitCause.SANDBOX, number, 0, text, found)
    text = f"the worker died of {signal_name(number)}{_hint(number)}"
    return WorkerExit(ExitCause.SIGNAL, number, 0, text, found)


def _limit_reached(number: int, known: Circumstances, found: Fault | None) -> tuple[ExitCause, str] | None:
    """Which limit a signal stands for, as far as that can be known."""
    late = number == signal.SIGKILL and known.cpu_limit and known.cpu_used >= known.cpu_limit  # SIGXCPU did not help
    if number == signal.SIGXCPU or late:
        text = f"the code used up the {known.cpu_limit} s of CPU time that its session has"
        return (ExitCause.CPU, text) if known.cpu_limit else None
    if number == signal.SIGKILL and known.out_of_memory:
        return ExitCause.MEMORY, f"the code needed more than the {known.memory_limit} bytes of memory of its session"
    if number == signal.SIGBUS and found is not None and known.unprovided:
        return ExitCause.MEMORY, f"the host had no memory for the session's data at {found.address:#x}"
    return None


def exit_on_purpose(cause: ExitCause, message: str, status: int, known: Circumstances = _NOTHING_KNOWN) -> WorkerExit:
    """Explains the end of a worker that the daemon killed; one that was quicker to die explains itself."""
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return WorkerExit(cause, int(signal.SIGKILL), 0, message)
    return exit_from_status(status, known)


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
