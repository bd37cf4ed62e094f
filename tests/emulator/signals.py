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

from .architecture import RED_ZONE, Trap

if TYPE_CHECKING:
    from .thread import Thread

_ACCESS_ERROR = 2  # SEGV_ACCERR; 1 is SEGV_MAPERR, FPE_INTDIV, ILL_ILLOPC, TRAP_BRKPT
_SIGINFO_SIZE, _UCONTEXT_SIZE = 128, 1024


def deliver(thread: Thread, trap: Trap) -> int:
    """Have the handler run, on the stack that it is to have; where the thread goes on after it."""
    handler = thread.process.signal_handlers.pop(trap.signal, 0)  # all have SA_RESETHAND
    if not handler:
        end_by(trap.signal)
    uc = thread.machine.uc
    uc.reg_write(thread.machine.architecture.pc, trap.pc)
    before = uc.context_save()
    info, context = _write_frame(thread, trap)
    thread.in_handler = True
    thread.call(handler, trap.signal, info, context, stack_end=info)
    thread.in_handler = False
    if thread.pending_signal:
        end_by(thread.pending_signal)
    uc.context_restore(before)
    return trap.pc


def _write_frame(thread: Thread, trap: Trap) -> tuple[int, int]:
    """What the handler gets, at the end of its stack: the addresses of siginfo_t and ucontext_t."""
    sp = thread.machine.uc.reg_read(thread.machine.architecture.sp)
    stack, size = thread.alternate_stack or (0, sp - RED_ZONE)
    info = (stack + size - _SIGINFO_SIZE - _UCONTEXT_SIZE) & -16
    thread.memory.write(info, _siginfo(thread, trap))
    thread.memory.write(info + _SIGINFO_SIZE, _ucontext(thread, trap))
    return info, info + _SIGINFO_SIZE


def _siginfo(thread: Thread, trap: Trap) -> bytes:
    """si_signo, si_errno, si_code, padding, si_addr."""
    mapped = bool(trap.access) and thread.memory.is_mapped(trap.address)
    address = trap.address if trap.access else trap.pc
    return struct.pack("<4iQ", trap.signal, 0, _ACCESS_ERROR if mapped else 1, 0, address).ljust(_SIGINFO_SIZE, b"\0")


def _ucontext(thread: Thread, trap: Trap) -> bytes:
    """uc_flags, uc_link, uc_stack, uc_sigmask, and at its offset the registers."""
    architecture, uc = thread.machine.architecture, thread.machine.uc
    words = [uc.reg_read(one) if isinstance(one, int) else one(trap) for one in architecture.mcontext]
    registers = struct.pack(f"<{len(words)}Q", *words)
    return (bytes(architecture.mcontext_offset) + registers).ljust(_UCONTEXT_SIZE, b"\0")


def end_by(number: int) -> NoReturn:
    """End this process as the kernel would; Python has no handler for those signals."""
    os.kill(os.getpid(), number)
    while True:
        signal.pause()
