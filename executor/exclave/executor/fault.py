"""The fault record: what a fatal signal found in a worker, as the session runtime left it in the lanes zone.

Owns: the record's layout. Must not know: what the numbers mean to people, how the worker ended.
Invariant: whatever lies there, `read_fault` gives a Fault whose sizes are bounded, or None; nothing is decided by
its content, for foreign code could have written it as well.

Layout (little endian; the session runtime's fault.ll has the other half):

    0x000 i32 parts           how many are written: 1 claimed, 2 cause and registers, 3 the call too
    0x004 i32 signal          its number
    0x008 i32 code            si_code
    0x00c i32 system_call     SIGSYS: the number of the system call that was refused
    0x010 u64 address         si_addr
    0x018 u64 register_count
    0x020 u64 lane            address of the lane whose thread it was, 0: none
    0x028 u64 entry, u64 function, two slots: of the innermost call
    0x048 u64 stack_address, u64 stack_size
    0x080 u64 registers[]
    0x200 stack[]
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from exclave.executor.zones import LANE_SIZE

_PARTS_WITH_REGISTERS, _PARTS_WITH_CALL = 2, 3
_CAUSE = struct.Struct("<4i2Q")
_CALL = struct.Struct("<3Q16s")
_STACK = struct.Struct("<2Q")
_CALL_AT, _STACK_AT, _REGISTERS_AT, _STACK_BYTES_AT = 0x20, 0x48, 0x80, 0x200
_MAX_REGISTERS = (_STACK_BYTES_AT - _REGISTERS_AT) // 8
FOREIGN_THREAD = -1
_NO_CALL: tuple[int, int, int, bytes] = (FOREIGN_THREAD, 0, 0, b"")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fatal signal, and the state of its thread.

    Attributes:
        signal, code, address: of its siginfo_t.
        system_call: SIGSYS: which one was refused.
        registers: in the order of the kernel's mcontext_t.
        lane: whose thread it was, 0 the control lane's; FOREIGN_THREAD: one that the code started.
        entry, function, slots: of the innermost call on that lane; 0 and empty if there is none.
        stack_address, stack: bytes of the stack, from its pointer upwards if that is on it.
    """

    signal: int
    code: int
    address: int
    system_call: int
    registers: tuple[int, ...]
    lane: int = FOREIGN_THREAD
    entry: int = 0
    function: int = 0
    slots: bytes = b""
    stack_address: int = 0
    stack: bytes = b""


def read_fault(record: bytes, lanes: int, lanes_size: int) -> Fault | None:
    """What a record of LANE_SIZE bytes says; None if it says nothing. The lanes zone is at `lanes` in the worker."""
    parts, signal, code, system_call, address, count = _CAUSE.unpack_from(record)
    if not _PARTS_WITH_REGISTERS <= parts <= _PARTS_WITH_CALL:
        return None
    registers = struct.unpack_from(f"<{min(count, _MAX_REGISTERS)}Q", record, _REGISTERS_AT)
    pointer, size = _STACK.unpack_from(record, _STACK_AT)
    stack = record[_STACK_BYTES_AT : min(_STACK_BYTES_AT + size, LANE_SIZE)]
    call = _read_call(record, lanes, lanes_size) if parts == _PARTS_WITH_CALL else _NO_CALL
    return Fault(signal, code, address, system_call, registers, *call, pointer, stack)


def _read_call(record: bytes, lanes: int, lanes_size: int) -> tuple[int, int, int, bytes]:
    lane, entry, function, slots = _CALL.unpack_from(record, _CALL_AT)
    offset = lane - lanes
    if not 0 <= offset < lanes_size or offset % LANE_SIZE:
        return _NO_CALL
    return offset // LANE_SIZE, entry, function, slots if entry else b""
