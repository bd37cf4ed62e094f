"""What is about the process and its control flow: setjmp, signals, errno, dlsym, system calls, frames."""

from __future__ import annotations

import os
import signal

from .. import system_calls
from ..architecture import Trap
from ..arguments import Arguments
from ..signals import deliver
from ..thread import Jump, Thread
from .table import library_function, signed

_MAGIC = 0x6A6D70


@library_function
def c__setjmp(thread: Thread, buffer: int) -> int:
    """Keeps what a function must: where it goes on, the stack pointer then, and registers."""
    architecture, uc = thread.machine.architecture, thread.machine.uc
    registers = [*architecture.kept, *architecture.kept_floats]
    on_stack = architecture.link is None
    sp = uc.reg_read(architecture.sp)
    pc = thread.memory.word(sp) if on_stack else uc.reg_read(architecture.link)
    words = [_MAGIC, pc, sp + 8 if on_stack else sp, *thread.machine.registers(registers)]
    thread.memory.write(buffer, b"".join(word.to_bytes(8, "little") for word in words))
    return 0


@library_function
def longjmp(thread: Thread, buffer: int, value: int) -> None:
    architecture = thread.machine.architecture
    registers = [*architecture.kept, *architecture.kept_floats]
    magic, pc, sp, *values = [thread.memory.word(buffer + 8 * i) for i in range(3 + len(registers))]
    if magic != _MAGIC:
        raise ValueError(f"longjmp to {buffer:#x}, which setjmp has not filled")
    result = value & 0xFFFFFFFF or 1
    raise Jump(pc, sp, {**dict(zip(registers, values, strict=True)), architecture.result: result})


@library_function
def c__exit(thread: Thread, status: int) -> None:
    os._exit(signed(status) & 0xFF)


@library_function
def abort(thread: Thread) -> None:
    c_raise(thread, signal.SIGABRT)


@library_function
def c___errno_location(thread: Thread) -> int:
    return thread.errno_address


@library_function
def dlsym(thread: Thread, handle: int, name: int) -> int:
    return thread.process.library.address_of(thread.memory.read_string(name).decode())


@library_function
def getauxval(thread: Thread, kind: int) -> int:
    """What the kernel tells of itself and the machine: nothing that anybody could rely on."""
    return 0


@library_function
def syscall(thread: Thread, number: int, rest: Arguments) -> int:
    result = system_calls.make(thread, number, [rest.integer() for _ in range(6)])
    if -4096 < result < 0:
        thread.memory.set_word(thread.errno_address, -result, 4)
        return -1
    return result


@library_function
def sigaction(thread: Thread, number: int, new: int, old: int) -> int:
    """The handler is the structure's first word; all else is as the session runtime wants it."""
    if new:
        thread.process.signal_handlers[number & 0xFFFFFFFF] = thread.memory.word(new)
    return 0


@library_function
def sigaltstack(thread: Thread, new: int, old: int) -> int:
    thread.alternate_stack = thread.memory.word(new), thread.memory.word(new + 16)
    return 0


@library_function
def c_raise(thread: Thread, number: int) -> int:
    """In a handler a signal is blocked until that returns."""
    if thread.in_handler:
        thread.pending_signal = number
    else:
        deliver(thread, Trap("signal", thread.machine.uc.reg_read(thread.machine.architecture.pc), number))
    return 0


@library_function
def c___register_frame(thread: Thread, frames: int) -> None:
    """Nobody unwinds here."""


@library_function
def c___deregister_frame(thread: Thread, frames: int) -> None:
    """Nobody unwinds here."""
