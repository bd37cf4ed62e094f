"""What an address is, for people: null, the guard page of the stack, a variable, code that was freed, ...

Owns: the words. Must not know: how faults are recorded. Invariant: an answer is given for every address, and says no
more than is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from signal import SIGBUS, SIGILL, SIGSEGV, SIGTRAP

from ..model import Fault, Zone, ZoneRange
from .code_map import CodeMap, Place
from .registers import RegisterFile

NULL_BYTES = 64 << 10
"""Below this nothing is ever mapped: a null pointer, and an offset or a small index."""
GUARD_BYTES = 128 << 10
"""How far below the stack pointer a write of a function's frame may go."""
_SI_KERNEL, _SEGV_MAPERR, _SEGV_ACCERR = 0x80, 1, 2
_CANONICAL_BITS = 47
_ILL_HINT = "a trap, code that cannot be reached, or an instruction that this processor does not have"
_ZONE_WORDS: Mapping[str, str] = {
    "code": "the code zone, which can be read and executed",
    "readonly": "the zone of read-only data",
    "data": "the data zone, which cannot be executed",
    "lanes": "the lanes of calls",
}


@dataclass(frozen=True)
class AddressBook:
    """What is known of a session's addresses."""

    code: CodeMap
    zones: Mapping[Zone, ZoneRange]

    def explain(self, address: int) -> str:
        """Such as `null+0x8`, ``read-only data `tab`+0x10``, or that nothing is mapped there."""
        if address < NULL_BYTES:
            return f"null+{address:#x}" if address else "null"
        if address >> _CANONICAL_BITS:
            return "no address that a process can have (not canonical, or the kernel's)"
        place = self.code.find(address)
        if place is not None:
            return _place_text(place)
        zone = next((z for z in self.zones.values() if z.address <= address < z.address + z.size), None)
        if zone is None:
            return "outside of the session's zones"
        return f"{_ZONE_WORDS[zone.zone]}, where nothing lies (any more)"


def _place_text(place: Place) -> str:
    offset = f"+{place.offset:#x}" if place.offset else ""
    what = {"code": "code", "readonly": "read-only data"}.get(place.zone, "data")
    name = f"`{place.name}`{offset}" if place.name else f"{place.unit}{offset}"
    return f"freed {what} {name}: {place.unit} was removed" if place.freed else f"{what} {name}"


def describe_access(fault: Fault, registers: RegisterFile, book: AddressBook) -> str:
    """What a memory fault did: which access, to what. For other signals what they may mean, or nothing."""
    values = registers.by_name(fault.registers)
    if fault.signal in (SIGTRAP, SIGILL):
        return _describe_trap(fault, registers.fault_pc(fault.signal, fault.registers), book)
    if fault.signal not in (SIGBUS, SIGSEGV) or fault.code <= 0:
        return ""
    if fault.code == _SI_KERNEL and fault.address == 0:
        return "access to an address that no process can have: a pointer was overwritten, or is no pointer"
    pc, sp = values.get(registers.pc, 0), values.get(registers.sp, 0)
    if fault.address == pc:
        return f"jump to {fault.address:#x}: {book.explain(fault.address)}{_why_not(fault)}"
    if _is_stack_overflow(fault, sp):
        return f"{_access(values)} {fault.address:#x}, in the guard page of the stack: it has run out (8 MiB)"
    return f"{_access(values)} {fault.address:#x}: {book.explain(fault.address)}{_why_not(fault)}"


def _describe_trap(fault: Fault, pc: int, book: AddressBook) -> str:
    """Freed code is filled with traps."""
    place = book.code.find(pc)
    if place is not None and place.freed:
        return book.explain(pc)
    return _ILL_HINT if fault.signal == SIGILL else ""


def _is_stack_overflow(fault: Fault, sp: int) -> bool:
    """An access just below, or at, a stack pointer under which no page can be read."""
    ran_out = fault.stack_address > sp
    return ran_out and -GUARD_BYTES < fault.address - sp < GUARD_BYTES


def _access(values: Mapping[str, int]) -> str:
    """x86-64 says in its error code whether it was a write."""
    if "err" not in values:
        return "access to"
    return "write to" if values["err"] & 2 else "read of"


def _why_not(fault: Fault) -> str:
    if fault.signal != SIGSEGV or fault.address < NULL_BYTES:
        return ""
    return {_SEGV_MAPERR: ", not mapped", _SEGV_ACCERR: ", not allowed there"}.get(fault.code, "")
