"""An emulated process: one machine, its memory, what all threads share.

Owns: where everything but the reservation lies, making threads. Must not know: the control socket, any one function of
the library. Invariant: what a thread's code can reach was mapped here.
"""

from __future__ import annotations

import itertools
import os
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .address_space import READ, WRITE, AddressSpace
from .architecture import Architecture
from .heap import Heap
from .library import Library
from .machine import Machine
from .streams import Streams
from .thread import Thread

LIBRARY_SIZE = 1 << 20  # its functions, then as much for its variables
_LIBRARY = 0x7F00_0000_0000
_HEAP, _HEAP_SIZE = 0x7E00_0000_0000, 256 << 20
_STACKS, _STACK_SIZE, _GUARD = 0x7D00_0000_0000, 1 << 20, 1 << 16
_AREAS, _AREA_SIZE = 0x7C00_0000_0000, 1 << 16


class Process:
    """A process. Its reservation is mapped by whoever has it (worker.py)."""

    def __init__(self, architecture: Architecture, library: int = 0) -> None:
        """`library`: where the C library lies, 0: farther from everything than a branch reaches."""
        self.machine = Machine(architecture)
        self.memory = AddressSpace(self.machine.uc)
        self.library = Library(self.memory, library or _LIBRARY, LIBRARY_SIZE)
        self.return_address = self.library.reserved
        self.memory.map(_HEAP, _HEAP_SIZE, READ | WRITE)
        self.heap = Heap(_HEAP, _HEAP_SIZE)
        self.streams = Streams(self.library, self.memory)
        self.signal_handlers: dict[int, int] = {}
        self.mutexes: dict[int, threading.Lock] = {}
        self.key_destructors: dict[int, int] = {}
        self.threads: dict[int, threading.Thread] = {}
        self.results: dict[int, int] = {}
        self._numbers = itertools.count(1)

    def new_thread(self) -> Thread:
        """A thread that does not run yet, with a stack and an area of its own."""
        number = next(self._numbers)
        stack = self.memory.map(_STACKS + number * (_STACK_SIZE + _GUARD), _STACK_SIZE, READ | WRITE)
        return Thread(self, stack.end, self._new_area(number))

    def _new_area(self, number: int) -> int:
        """A thread's own memory, and where its thread pointer points to: the middle of it.

        This is the place for thread-local variables that lie at fixed distances from the pointer, as those of the C
        library do: below it or above it, as the architecture has it. So far there are none; the session runtime keeps
        its own elsewhere.
        """
        area = self.memory.map(_AREAS + number * _AREA_SIZE, _AREA_SIZE, READ | WRITE)
        pointer = area.address + _AREA_SIZE // 2
        self.memory.set_word(pointer, pointer)  # x86-64: what %fs:0 holds
        return pointer

    @staticmethod
    def errno_of(thread_pointer: int) -> int:
        """Where a thread's errno is: at the beginning of its area."""
        return thread_pointer - _AREA_SIZE // 2

    def begin(self, thread: Thread, life: Callable[[], object]) -> None:
        """Have a thread run: `life` is all that it does."""

        def run() -> None:
            with ends_with_a_traceback():
                life()

        host = threading.Thread(target=run, name=f"emulated-{thread.thread_pointer:x}", daemon=True)
        self.threads[thread.thread_pointer] = host
        host.start()


@contextmanager
def ends_with_a_traceback() -> Iterator[None]:
    """What the emulator itself does wrong ends the process, and is read on its stderr."""
    try:
        yield
    except BaseException as error:
        traceback.print_exception(error)
        os._exit(70)
