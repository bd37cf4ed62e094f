"""Running `main(argc, argv, envp)` like an operating system's loader would.

Owns: the argument block, and what an exit status is. Must not know: how calls and memory reach the worker.
Invariant: the argument block is free again when this returns, whatever happened.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable, Sequence

from .checks import shown
from .errors import ExecutorCrash, SignatureError
from .memory import MemoryManager, RangeRequest
from .model import CallOutcome

POINTER_BYTES = 8


def argument_strings(argv: Iterable[str | bytes | os.PathLike[str]]) -> list[bytes]:
    """The arguments as C has them.

    Raises:
        SignatureError: not a list of arguments, or one of them cannot be a C string.
    """
    if isinstance(argv, str | bytes | bytearray | memoryview) or not isinstance(argv, Iterable):
        raise SignatureError(f'run_main takes a list of arguments, such as ["main", "-v"], not {shown(argv)}')
    return [_argument_string(argument) for argument in argv]


def _argument_string(argument: str | bytes | os.PathLike[str]) -> bytes:
    try:
        string = os.fsencode(argument)
    except TypeError:
        raise SignatureError(f"run_main: an argument is text, bytes or a path, not {shown(argument)}") from None
    except UnicodeEncodeError:
        raise SignatureError(f"run_main: {shown(argument)} has half a character, which has no bytes") from None
    if b"\0" in string:
        raise SignatureError(f"run_main: {shown(argument)} holds a NUL, which ends a C string")
    return string


def run_program(
    argv: Sequence[str | bytes],
    memory: MemoryManager,
    write: Callable[[int, bytes], None],
    call_main: Callable[[bytes], CallOutcome],
    *,
    renewed_input: bool = False,
) -> int:
    """The exit status (0 to 255, as a shell sees it) of a program whose slots `call_main` takes.

    `renewed_input`: what descriptor 0 gives has changed, so what the C library knows of it is out of date.

    Raises:
        SignatureError: an argument cannot be a C string.
        ExecutorCrash: it crashed.
    """
    strings = argument_strings(argv)
    place = memory.allocate([RangeRequest("data", argument_block_size(strings), POINTER_BYTES)])
    try:
        base = place.addresses[0]
        write(base, argument_block(strings, base))
        environment = base + POINTER_BYTES * len(strings)
        return _exit_status(call_main, struct.pack("<QQQQ", len(strings), base, environment, renewed_input))
    finally:
        memory.abandon([place])


def _exit_status(call_main: Callable[[bytes], CallOutcome], slots: bytes) -> int:
    try:
        outcome = call_main(slots)
    except ExecutorCrash as crash:
        if crash.kind == "exit":  # _exit(), or the system call: past all handlers, but an exit status
            return crash.exit_code
        raise
    status = outcome.exited if outcome.exited is not None else struct.unpack("<q", outcome.result)[0]
    return int(status) & 0xFF


def argument_block_size(strings: Sequence[bytes]) -> int:
    """Bytes in the argument block: pointers, two NULLs, the strings with their NULs."""
    return POINTER_BYTES * (len(strings) + 2) + sum(len(string) + 1 for string in strings)


def argument_block(strings: Sequence[bytes], base: int) -> bytes:
    """The block for address `base`: argv's pointers, NULL, NULL (which is the empty `envp` too), the strings."""
    offset = POINTER_BYTES * (len(strings) + 2)
    pointers: list[int] = []
    for string in strings:
        pointers.append(base + offset)
        offset += len(string) + 1
    return struct.pack(f"<{len(strings) + 2}Q", *pointers, 0, 0) + b"".join(s + b"\0" for s in strings)
