"""Call frame information: from an .eh_frame section and an address to the rules that find the caller.

Owns: the records' encodings and their little programs. Must not know: stacks, threads, where sections come from.
Invariant: bytes that make no sense raise `CfiError`, and nothing else; every loop ends with its bytes.

Source: DWARF 5, section 6.4; LSB Core, "Exception Frames".
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

MASK = (1 << 64) - 1


class CfiError(Exception):
    """The section's bytes make no sense, or use what is not known here."""


@dataclass(frozen=True)
class Rule:
    """How a register of the caller is found: `kind` is "offset" (memory at CFA + value), "value" (CFA + value itself),
    "register" (another register), "same" or "undefined"."""

    kind: str
    value: int = 0


@dataclass
class Row:
    """The rules that hold at one place: the caller's stack pointer (CFA) is a register plus an offset."""

    cfa_register: int = -1
    cfa_offset: int = 0
    rules: dict[int, Rule] = field(default_factory=dict)

    def copy(self) -> Row:
        """Another one like it."""
        return replace(self, rules=dict(self.rules))


@dataclass(frozen=True)
class CommonInformation:
    """A CIE: what several functions' descriptions share."""

    code_alignment: int
    data_alignment: int
    return_register: int
    pointer_encoding: int
    has_augmentation: bool
    signal_frame: bool
    program: bytes


@dataclass(frozen=True)
class FrameDescription:
    """An FDE: the addresses `start` up to `end`, and the program of rules for them."""

    start: int
    end: int
    common: CommonInformation
    program: bytes

    def row_at(self, address: int) -> Row:
        """The rules at an address within.

        Raises:
            CfiError: the programs make no sense, or give no CFA.
        """
        initial = _run(self.common, self.common.program, Row(), Row(), self.start, MASK)
        row = _run(self.common, self.program, initial.copy(), initial, self.start, address)
        if row.cfa_register < 0:
            raise CfiError("no rule for the frame's address")
        return row


class _Bytes:
    """A position in bytes that lie at an address."""

    def __init__(self, data: bytes, address: int = 0, at: int = 0) -> None:
        self.data, self.address, self.at = data, address, at

    def take(self, size: int) -> bytes:
        part = self.data[self.at : self.at + size]
        if len(part) != size or size < 0:
            raise CfiError("a record that is cut off")
        self.at += size
        return part

    def number(self, form: str) -> int:
        return int(struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0])

    def uleb(self) -> int:
        value, shift = 0, 0
        while True:
            byte = self.number("B")
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
            if shift > 70:
                raise CfiError("a number that is too long")

    def sleb(self) -> int:
        start = self.at
        value = self.uleb()
        bits = 7 * (self.at - start)
        return value - (1 << bits) if value >> (bits - 1) & 1 else value

    def text(self) -> bytes:
        end = self.data.find(b"\0", self.at)
        if end < 0:
            raise CfiError("a text without an end")
        part = self.take(end - self.at)
        self.at += 1
        return part

    def pointer(self, encoding: int) -> int:
        """DW_EH_PE_*: the low half is the form, the high one what it is relative to."""
        if encoding == _OMITTED:
            return 0
        here = self.address + self.at
        form = _FORMS.get(encoding & 0x0F)
        if form is None or encoding & 0x70 not in (0, _PC_RELATIVE):
            raise CfiError(f"a pointer of encoding {encoding:#x}")
        value = self.number(form)
        return (value + (here if encoding & _PC_RELATIVE else 0)) & MASK


_OMITTED, _PC_RELATIVE = 0xFF, 0x10
_FORMS = {0x0: "Q", 0x2: "H", 0x3: "I", 0x4: "Q", 0xA: "h", 0xB: "i", 0xC: "q"}


def parse_frames(content: bytes, address: int) -> Iterator[FrameDescription]:
    """The descriptions in a relocated .eh_frame section at `address`, up to its terminator.

    Raises:
        CfiError: while it is iterated.
    """
    commons: dict[int, CommonInformation] = {}
    at = 0
    while at + 4 <= len(content):
        (length,) = struct.unpack_from("<I", content, at)
        if length in (0, 0xFFFFFFFF):
            return
        record = _Bytes(content[: at + 4 + length], address, at + 4)
        pointer = record.number("I")
        if pointer == 0:
            commons[at] = _parse_common(record)
        else:
            yield _parse_description(record, commons.get(at + 4 - pointer))
        at += 4 + length


def _parse_common(record: _Bytes) -> CommonInformation:
    if record.number("B") not in (1, 3):
        raise CfiError("a version that is not known")
    augmentation = record.text()
    code, data, register = record.uleb(), record.sleb(), record.uleb()
    encoding, has_size = 0, augmentation.startswith(b"z")
    if has_size:
        end = record.uleb() + record.at
        for letter in augmentation[1:]:
            encoding = _take_augmentation(record, letter, encoding)
        record.at = end
    elif augmentation:
        raise CfiError(f"an augmentation {augmentation!r}")
    return CommonInformation(code, data, register, encoding, has_size, b"S" in augmentation, record.data[record.at :])


def _take_augmentation(record: _Bytes, letter: int, encoding: int) -> int:
    """Read what a letter stands for; the encoding of addresses in descriptions from here on."""
    match chr(letter):
        case "R":
            return record.number("B")
        case "P":
            record.pointer(record.number("B") & 0x7F)
        case "L":
            record.number("B")
    return encoding


def _parse_description(record: _Bytes, common: CommonInformation | None) -> FrameDescription:
    if common is None:
        raise CfiError("a description without its common information")
    start = record.pointer(common.pointer_encoding)
    size = record.pointer(common.pointer_encoding & 0x0F)
    if common.has_augmentation:
        record.at += record.uleb()
    return FrameDescription(start, start + size, common, record.data[record.at :])


# -- programs ---------------------------------------------------------------------------------------------------


@dataclass
class _Machine:
    common: CommonInformation
    code: _Bytes
    row: Row
    initial: Row
    location: int
    stack: list[Row] = field(default_factory=list)


def _run(common: CommonInformation, program: bytes, row: Row, initial: Row, start: int, until: int) -> Row:
    """Run a program up to the row that holds at address `until`."""
    machine = _Machine(common, _Bytes(program), row, initial, start)
    while machine.code.at < len(program):
        opcode = machine.code.number("B")
        if not _step(machine, opcode):
            raise CfiError(f"an instruction {opcode:#x}")
        if machine.location > until:
            return machine.row  # the advance left the row as it was
    return machine.row


def _step(machine: _Machine, opcode: int) -> bool:
    low = opcode & 0x3F
    match opcode >> 6:
        case 1:  # DW_CFA_advance_loc
            machine.location += low * machine.common.code_alignment
        case 2:  # DW_CFA_offset
            machine.row.rules[low] = Rule("offset", machine.code.uleb() * machine.common.data_alignment)
        case 3:  # DW_CFA_restore
            _restore(machine, low)
        case _:
            action = _ACTIONS.get(opcode)
            if action is None:
                return False
            action(machine)
    return True


def _restore(machine: _Machine, register: int) -> None:
    if register in machine.initial.rules:
        machine.row.rules[register] = machine.initial.rules[register]
    else:
        machine.row.rules.pop(register, None)


def _advance(form: str) -> Callable[[_Machine], None]:
    def advance(machine: _Machine) -> None:
        machine.location += machine.code.number(form) * machine.common.code_alignment

    return advance


def _set_location(machine: _Machine) -> None:
    machine.location = machine.code.pointer(machine.common.pointer_encoding)


def _set_rule(kind: str, factored: bool = True, signed: bool = False) -> Callable[[_Machine], None]:
    def rule(machine: _Machine) -> None:
        register = machine.code.uleb()
        value = machine.code.sleb() if signed else machine.code.uleb()
        machine.row.rules[register] = Rule(kind, value * (machine.common.data_alignment if factored else 1))

    return rule


def _set_plain(kind: str) -> Callable[[_Machine], None]:
    def rule(machine: _Machine) -> None:
        machine.row.rules[machine.code.uleb()] = Rule(kind)

    return rule


def _set_unknown(machine: _Machine) -> None:
    """A register by an expression: we do not compute it, so it is not known."""
    register = machine.code.uleb()
    machine.code.take(machine.code.uleb())
    machine.row.rules[register] = Rule("undefined")


def _set_cfa(machine: _Machine) -> None:
    machine.row.cfa_register, machine.row.cfa_offset = machine.code.uleb(), machine.code.uleb()


def _set_cfa_signed(machine: _Machine) -> None:
    machine.row.cfa_register = machine.code.uleb()
    machine.row.cfa_offset = machine.code.sleb() * machine.common.data_alignment


def _set_cfa_register(machine: _Machine) -> None:
    machine.row.cfa_register = machine.code.uleb()


def _set_cfa_offset(machine: _Machine) -> None:
    machine.row.cfa_offset = machine.code.uleb()


def _set_cfa_offset_signed(machine: _Machine) -> None:
    machine.row.cfa_offset = machine.code.sleb() * machine.common.data_alignment


def _set_cfa_unknown(machine: _Machine) -> None:
    machine.code.take(machine.code.uleb())
    machine.row.cfa_register = -1


def _remember(machine: _Machine) -> None:
    machine.stack.append(machine.row.copy())


def _recall(machine: _Machine) -> None:
    if not machine.stack:
        raise CfiError("nothing was remembered")
    machine.row = machine.stack.pop()


def _restore_extended(machine: _Machine) -> None:
    _restore(machine, machine.code.uleb())


def _skip_number(machine: _Machine) -> None:
    machine.code.uleb()


_ACTIONS: dict[int, Callable[[_Machine], None]] = {
    0x00: lambda _machine: None,  # DW_CFA_nop
    0x01: _set_location,
    0x02: _advance("B"),
    0x03: _advance("H"),
    0x04: _advance("I"),
    0x05: _set_rule("offset"),
    0x06: _restore_extended,
    0x07: _set_plain("undefined"),
    0x08: _set_plain("same"),
    0x09: _set_rule("register", factored=False),
    0x0A: _remember,
    0x0B: _recall,
    0x0C: _set_cfa,
    0x0D: _set_cfa_register,
    0x0E: _set_cfa_offset,
    0x0F: _set_cfa_unknown,
    0x10: _set_unknown,
    0x11: _set_rule("offset", signed=True),
    0x12: _set_cfa_signed,
    0x13: _set_cfa_offset_signed,
    0x14: _set_rule("value"),
    0x15: _set_rule("value", signed=True),
    0x16: _set_unknown,
    0x2D: lambda _machine: None,  # DW_CFA_AARCH64_negate_ra_state: the return address is signed
    0x2E: _skip_number,  # DW_CFA_GNU_args_size
}
