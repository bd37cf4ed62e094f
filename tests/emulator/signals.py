"""Signals that the kernel sends for what code does: which, and what its handler finds.

Owns: siginfo_t, ucontext_t, the end of the process. Must not know: what handlers do. Invariant: a process whose signal
has no handler, or whose handler raises it again, ends by that signal, and really: it is sent to this process.
(Linux: include/uapi/asm-generic/siginfo.h, arch/*/include/uapi/asm/ucontext.h)
"""

from __future__ import annotations

import os
import signal
import struct
from typing import TYPE_CHECKING, NoReturn

from unicorn import UC_ERR_INSN_INVALID, UcError

from .architecture import SIGILL, Trap

if TYPE_CHECKING:
    from .thread import Thread

SIGSEGV = int(signal.SIGSEGV)
_SEGV_MAPERR, _SEGV_ACCERR = 1, 2
_SIGINFO_SIZE, _UCONTEXT_SIZE = 128, 1024


def meaning_of(stopped: Trap | UcError, pc: int) -> tuple[int, int]:
    """The signal, and what si_addr says. Unicorn does not tell the address of an access; that of a fetch is known."""
    if isinstance(stopped, Trap):
        return stopped.signal, stopped.pc
    if stopped.errno == UC_ERR_INSN_INVALID:
        return SIGILL, pc
    return SIGSEGV, pc


def deliver(thread: Thread, number: int, address: int, pc: int) -> int:
    """Have the handler run, on the stack that it is to have; where the thread goes on after it."""
    handler = thread.process.signal_handlers.pop(number, 0)  # all have SA_RESETHAND
    if not handler:
        end_by(number)
    architecture, uc = thread.machine.architecture, thread.machine.uc
    uc.reg_write(architecture.pc, pc)
    before = uc.context_save()
    stack, size = thread.alternate_stack or (uc.reg_read(architecture.sp) - 65536, 65536)
    info = (stack + size - _SIGINFO_SIZE - _UCONTEXT_SIZE) & -16
    thread.memory.write(info, siginfo(thread, number, address))
    thread.memory.write(info + _SIGINFO_SIZE, ucontext(thread))
    thread.in_handler = True
    thread.call(handler, number, info, info + _SIGINFO_SIZE, stack_end=info)
    thread.in_handler = False
    if thread.pending_signal:
        end_by(thread.pending_signal)
    uc.context_restore(before)
    return pc


def siginfo(thread: Thread, number: int, address: int) -> bytes:
    """si_signo, si_errno, si_code, padding, si_addr."""
    code = _SEGV_ACCERR if thread.memory.is_mapped(address) else _SEGV_MAPERR
    return struct.pack("<4iQ", number, 0, code, 0, address).ljust(_SIGINFO_SIZE, b"\0")


def ucontext(thread: Thread) -> bytes:
    """uc_flags, uc_link, uc_stack, uc_sigmask, and at its offset the registers."""
    architecture, uc = thread.machine.architecture, thread.machine.uc
    values = [0 if register is None else uc.reg_read(register) for register in architecture.mcontext]
    registers = struct.pack(f"<{len(values)}Q", *values)
    return (bytes(architecture.mcontext_offset) + registers).ljust(_UCONTEXT_SIZE, b"\0")


def end_by(number: int) -> NoReturn:
    """End this process as the kernel would."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    while True:
        signal.pause()
