"""RISC-V, 64 bits: edge kinds and stub.

Owns: everything about riscv64 that the linker needs but relaxation. Must not know: passes, layout, files.
Invariant: a row of KINDS is a row of the psABI's table of relocation types, in the order in which they are applied:
what sets a field comes before what is added to it and subtracted from it.
(RISC-V ABIs Specification, "Relocations"; jitlink/riscv.h)
"""

from __future__ import annotations

import numpy as np

from .architecture import Architecture, EdgeKind, Formula, StubEdge, StubTemplate
from .arrays import Bytes, Flags, Ints, rows_of
from .encoders import (
    Encoder,
    Fields,
    Part,
    add_to_word,
    both,
    store_little_endian,
    store_nothing,
    subtract_from_word,
)
from .uleb128 import set_uleb128, subtract_from_uleb128

_ANY = (-(2**63), 2**63)
_FAR = (-(2**31) - 0x800, 2**31 - 0x801)  # auipc or lui, and 12 bits with a sign: rounded

JAL, CALL, CALL_PLT, ALIGN, RVC_JUMP, RELAX = 17, 18, 19, 43, 45, 51

# Internal kinds.
CALL_RELAX, CALL_RELAX_C = 1000, 1002
"""A call that may be made shorter: CALL or CALL_PLT with RELAX; _C: where compressed instructions may be used."""
GOT_JUMP = 1001
"""auipc and ld, side by side: the distance to a GOT entry, in a stub."""


def _data(number: int, name: str, formula: Formula, width: int, low: int, high: int) -> EdgeKind:
    return EdgeKind(number, f"R_RISCV_{name}", formula, width, low, high, store_little_endian)


def _field(number: int, name: str, width: int, encode: Encoder) -> EdgeKind:
    """What is set, added, subtracted: modulo its width, since only the sum of several edges means something."""
    return EdgeKind(number, f"R_RISCV_{name}", "S + A", width, *_ANY, encode)


def _instruction(
    number: int, name: str, formula: Formula, encode: Encoder, low: int, high: int, width: int = 4, multiple: int = 1
) -> EdgeKind:
    return EdgeKind(number, f"R_RISCV_{name}", formula, width, low, high, encode, multiple, alignment=2)


def _branch(number: int, name: str, formula: Formula, encode: Encoder, bits: int, width: int = 4) -> EdgeKind:
    half = 1 << bits - 1
    return _instruction(number, name, formula, encode, -half, half - 1, width, multiple=2)


_U = Fields(Part(12, 20, 12), bias=0x800)  # lui, auipc: the lower 12 bits have a sign
_I = Fields(Part(0, 12, 20))  # addi, loads, jalr
_S = Fields(Part(5, 7, 25), Part(0, 5, 7))  # stores
_B = Fields(Part(12, 1, 31), Part(5, 6, 25), Part(1, 4, 8), Part(11, 1, 7))  # beq and its like
_J = Fields(Part(20, 1, 31), Part(1, 10, 21), Part(11, 1, 20), Part(12, 8, 12))  # jal
_CB = Fields(Part(8, 1, 12), Part(3, 2, 10), Part(6, 2, 5), Part(1, 2, 3), Part(5, 1, 2), size=2)  # c.beqz
_CJ = Fields(
    Part(11, 1, 12), Part(4, 1, 11), Part(8, 2, 9), Part(10, 1, 8), Part(6, 1, 7), Part(7, 1, 6), Part(1, 3, 3),
    Part(5, 1, 2), size=2,
)  # c.j  # fmt: skip
_CI = Fields(Part(17, 1, 12), Part(12, 5, 2), size=2, bias=0x800)  # c.lui
_NEXT_I = Fields(Part(0, 12, 20), offset=4)
_LOW6 = Fields(Part(0, 6, 0), size=1)


def _subtract_from_low6(image: Bytes, at: Ints, values: Ints, width: int) -> None:
    """From the lowest 6 bits of a byte, the distance of DW_CFA_advance_loc."""
    _LOW6(image, at, image[at].astype(np.int64) - values, width)


KINDS = (
    _data(1, "32", "S + A", 4, -(2**31), 2**32 - 1),
    _data(2, "64", "S + A", 8, 0, 2**64 - 1),
    _data(57, "32_PCREL", "S + A - P", 4, -(2**31), 2**31 - 1),
    _data(59, "PLT32", "L + A - P", 4, -(2**31), 2**31 - 1),
    _data(41, "GOT32_PCREL", "G + A - P", 4, -(2**31), 2**31 - 1),
    _branch(16, "BRANCH", "S + A - P", _B, 13),
    _branch(17, "JAL", "L + A - P", _J, 21),
    _branch(44, "RVC_BRANCH", "S + A - P", _CB, 9, width=2),
    _branch(45, "RVC_JUMP", "S + A - P", _CJ, 12, width=2),
    _instruction(18, "CALL", "L + A - P", both(_U, _NEXT_I), *_FAR, width=8),
    _instruction(19, "CALL_PLT", "L + A - P", both(_U, _NEXT_I), *_FAR, width=8),
    _instruction(CALL_RELAX, "CALL", "L + A - P", both(_U, _NEXT_I), *_FAR, width=8),
    _instruction(CALL_RELAX_C, "CALL", "L + A - P", both(_U, _NEXT_I), *_FAR, width=8),
    _instruction(GOT_JUMP, "GOT_JUMP", "S + A - P", both(_U, _NEXT_I), *_FAR, width=8),
    _instruction(20, "GOT_HI20", "G + A - P", _U, *_FAR),
    _instruction(23, "PCREL_HI20", "S + A - P", _U, *_FAR),
    _instruction(24, "PCREL_LO12_I", "PAIRED", _I, *_ANY),
    _instruction(25, "PCREL_LO12_S", "PAIRED", _S, *_ANY),
    _instruction(26, "HI20", "S + A", _U, *_FAR),
    _instruction(27, "LO12_I", "S + A", _I, *_ANY),
    _instruction(28, "LO12_S", "S + A", _S, *_ANY),
    _instruction(46, "RVC_LUI", "S + A", _CI, -(2**17) - 0x800, 2**17 - 0x801, width=2),
    EdgeKind(43, "R_RISCV_ALIGN", "S + A", 0, *_ANY, store_nothing),
    # Differences between labels, which the assembler leaves to the linker since code between them may shrink.
    _field(53, "SET6", 1, _LOW6),
    _field(54, "SET8", 1, store_little_endian),
    _field(55, "SET16", 2, store_little_endian),
    _field(56, "SET32", 4, store_little_endian),
    _field(60, "SET_ULEB128", 1, set_uleb128),
    _field(33, "ADD8", 1, add_to_word),
    _field(34, "ADD16", 2, add_to_word),
    _field(35, "ADD32", 4, add_to_word),
    _field(36, "ADD64", 8, add_to_word),
    _field(52, "SUB6", 1, _subtract_from_low6),
    _field(37, "SUB8", 1, subtract_from_word),
    _field(38, "SUB16", 2, subtract_from_word),
    _field(39, "SUB32", 4, subtract_from_word),
    _field(40, "SUB64", 8, subtract_from_word),
    _field(61, "SUB_ULEB128", 1, subtract_from_uleb128),
)

STUB = StubTemplate(
    content=(
        b"\x17\x0e\x00\x00"  # auipc t3, upper part of the distance to the entry
        b"\x03\x3e\x0e\x00"  # ld t3, lower part(t3)
        b"\x67\x00\x0e\x00"  # jr t3
        b"\x13\x00\x00\x00"  # nop: keeps stubs 16 bytes apart
    ),
    alignment=4,
    edges=(StubEdge(offset=0, kind=GOT_JUMP),),
)

RELOCATION_NAMES = {0: "R_RISCV_NONE"} | {kind.number: kind.name for kind in KINDS} | {
    number: f"R_RISCV_{name}"
    for number, name in {
        3: "RELATIVE", 4: "COPY", 5: "JUMP_SLOT", 6: "TLS_DTPMOD32", 7: "TLS_DTPMOD64", 8: "TLS_DTPREL32",
        9: "TLS_DTPREL64", 10: "TLS_TPREL32", 11: "TLS_TPREL64", 12: "TLSDESC", 21: "TLS_GOT_HI20", 22: "TLS_GD_HI20",
        29: "TPREL_HI20", 30: "TPREL_LO12_I", 31: "TPREL_LO12_S", 32: "TPREL_ADD", 47: "GPREL_I", 48: "GPREL_S",
        51: "RELAX", 58: "IRELATIVE", 62: "TLSDESC_HI20", 63: "TLSDESC_LOAD_LO12", 64: "TLSDESC_ADD_LO12",
        65: "TLSDESC_CALL",
    }.items()
}  # fmt: skip

THREAD_LOCAL = frozenset({6, 7, 8, 9, 10, 11, 12, 21, 22, 29, 30, 31, 32, 62, 63, 64, 65})


def takes_address(content: Bytes, at: Ints, kind: Ints) -> Flags:
    """lui, and addi behind it; loads and stores use what is there."""
    opcode = content[at] & 0x7F
    found: Flags = (kind == 26) | ((kind == 27) & ((opcode == 0x13) | (opcode == 0x67)))  # addi; jalr
    return found


_EF_RVC = 1  # of e_flags


def mark_relaxable(kind: Ints, offset: Ints, flags: int) -> Ints:
    """Calls that RELAX follows get a kind of their own. `flags`: the object's e_flags."""
    call = (kind[:-1] == CALL) | (kind[:-1] == CALL_PLT)
    rows = rows_of(call & (kind[1:] == RELAX) & (offset[:-1] == offset[1:]))
    if len(rows):
        kind = kind.copy()
        kind[rows] = CALL_RELAX_C if flags & _EF_RVC else CALL_RELAX
    return kind


RISCV64 = Architecture(
    name="riscv64",
    machine=243,  # EM_RISCV
    kinds=KINDS,
    stub=STUB,
    pointer_kind=2,
    ignored_kinds=frozenset({0, RELAX}),
    relaxable=mark_relaxable,
    branch_kind=19,
    relocation_names=RELOCATION_NAMES,
    thread_local_kinds=THREAD_LOCAL,
    paired_kinds=(20, 23),
    direct_reach=dict.fromkeys((26, 27, 28), _FAR),
    addresses_are_split=True,
    takes_address=takes_address,
)
