"""From a crashed thread's registers and a copy of its stack to its callers.

Owns: the walk. Must not know: names, sources, texts. Invariant: nothing is read but the copy; the stack pointer rises
with every step, so that the walk ends whatever the copy says.

Where frame descriptions are missing (C library, functions that cannot unwind), the next word up the stack that can be a
return address, since a call instruction of ours lies before it, is taken for one: such a frame is marked as a guess.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..model import Fault
from .cfi import MASK, CfiError, Row
from .code_map import CodeMap, Place
from .registers import RegisterFile

MAX_FRAMES = 4096


@dataclass(frozen=True)
class Step:
    """One frame: `address` is the faulting instruction's in the innermost one, else the call's own last byte's."""

    address: int
    place: Place | None
    guessed: bool = False


class Stack:
    """A copy of a part of a stack."""

    def __init__(self, address: int, content: bytes) -> None:
        self.address, self._content = address, content

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + len(self._content)

    def word(self, address: int) -> int | None:
        """The word at an address, None if it is not in the copy."""
        offset = address - self.address
        if not 0 <= offset <= len(self._content) - 8:
            return None
        return int(struct.unpack_from("<Q", self._content, offset)[0])


class Unwinder:
    """Walks the stack of one fault."""

    def __init__(self, fault: Fault, code: CodeMap, registers: RegisterFile) -> None:
        self._code = code
        self._file = registers
        self._stack = Stack(fault.stack_address, fault.stack)
        values = registers.by_name(fault.registers)
        self._pc = registers.fault_pc(fault.signal, fault.registers)
        self._registers: dict[int, int] = {
            number: values[name] for name, number in registers.dwarf.items() if name in values
        }

    def steps(self) -> Iterator[Step]:
        """The frames, innermost first."""
        place = self._code.code(self._pc)
        yield Step(self._pc, place if place is not None else self._code.find(self._pc))
        for depth in range(MAX_FRAMES):
            found = self._caller(place, innermost=not depth)
            if found is None:
                return
            address, guessed = found
            place = self._code.code(address - 1)
            yield Step(address - 1, place, guessed)

    def _caller(self, place: Place | None, *, innermost: bool) -> tuple[int, bool] | None:
        """The return address, and whether it is a guess; the registers are the caller's afterwards."""
        described = self._by_description(place, innermost) if place is not None else None
        if described is not None and self._code.code(described - 1) is not None:
            return described, False
        found = self._by_scan()
        return None if found is None else (found, True)

    # -- by frame descriptions ----------------------------------------------------------------------------------

    def _by_description(self, place: Place, innermost: bool) -> int | None:
        frame = self._code.frame_at(place)
        if frame is None:
            return None
        try:
            row = frame.row_at(place.address)
        except CfiError:
            return None
        return self._apply(row, frame.common.return_register, innermost)

    def _apply(self, row: Row, return_register: int, innermost: bool) -> int | None:
        base = self._registers.get(row.cfa_register)
        if base is None:
            return None
        cfa = (base + row.cfa_offset) & MASK
        sp = self._registers.get(self._file.sp_number, MASK)
        leaf = innermost and return_register not in row.rules  # the address is in the register
        if cfa < sp or (cfa == sp and not leaf):
            return None  # frames are above each other; only a leaf may have an empty one
        caller = self._restored(row, cfa)
        address = caller.get(return_register)
        if address is None:
            return None
        caller[self._file.sp_number] = cfa
        self._registers = caller
        return address

    def _restored(self, row: Row, cfa: int) -> dict[int, int]:
        """The caller's registers: those with a rule by it, the others as they are."""
        caller = dict(self._registers)
        for register, rule in row.rules.items():
            value: int | None = None
            match rule.kind:
                case "offset":
                    value = self._stack.word((cfa + rule.value) & MASK)
                case "value":
                    value = (cfa + rule.value) & MASK
                case "register":
                    value = self._registers.get(rule.value)
                case "same":
                    value = self._registers.get(register)
            if value is None:
                caller.pop(register, None)
            else:
                caller[register] = value
        return caller

    # -- by scanning --------------------------------------------------------------------------------------------

    def _by_scan(self) -> int | None:
        """The next word that can be a return address; the stack pointer is behind it afterwards."""
        sp = max(self._registers.get(self._file.sp_number, 0), self._stack.address)
        at = -(-sp // 8) * 8
        while (word := self._stack.word(at)) is not None:
            at += 8
            if self._follows_call(word):
                self._registers[self._file.sp_number] = at
                return word
        return None

    def _follows_call(self, address: int) -> bool:
        place = self._code.code(address - 1)
        if place is None:
            return False
        size = max(self._file.call_sizes)
        before = place.image.read(max(address - size, 0), size)
        return len(before) == size and is_call(before, self._file)


def is_call(before: bytes, registers: RegisterFile) -> bool:
    """Whether the bytes end with a call instruction, as far as encodings tell."""
    return any(_ENDS_WITH_CALL[registers.pc](before[-size:]) for size in registers.call_sizes)


def _x86_64_call(code: bytes) -> bool:
    """`call rel32`, or `call r/m64` (FF /2) of any length; REX before it does not change the register field."""
    if len(code) == 5 and code[0] == 0xE8:
        return True
    body = code[1:] if code[0] & 0xF0 == 0x40 else code
    return len(body) >= 2 and body[0] == 0xFF and body[1] >> 3 & 7 == 2 and len(body) == _modrm_size(body)


def _modrm_size(code: bytes) -> int:
    """Bytes of an FF instruction with its addressing mode."""
    mode, register = code[1] >> 6, code[1] & 7
    size = 2
    if mode != 3 and register == 4:
        size += 1  # SIB
        if mode == 0 and len(code) > 2 and code[2] & 7 == 5:
            size += 4
    return size + {0: 4 if register == 5 else 0, 1: 1, 2: 4, 3: 0}[mode]


def _fixed_call(code: bytes) -> bool:
    """aarch64: `bl`, `blr`. riscv64, which has the same name for its pc: `jal ra`, `jalr ra`, `c.jalr`."""
    if len(code) == 2:
        half = int.from_bytes(code, "little")
        return half & 0xF07F == 0x9002 and half >> 7 & 31 != 0
    word = int.from_bytes(code, "little")
    return word >> 26 == 0x25 or word & 0xFFFFFC1F == 0xD63F0000 or word & 0xFFF == 0x0EF or word & 0x7FFF == 0x00E7


_ENDS_WITH_CALL: Mapping[str, Callable[[bytes], bool]] = {"rip": _x86_64_call, "pc": _fixed_call}
