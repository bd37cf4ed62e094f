"""x86-64: edge kinds, stub, and what its instructions look like around a fixup.

Owns: everything about x86-64 that the linker needs. Must not know: passes, layout, files.
Invariant: a row of KINDS is a row of the psABI's table of relocation types; widths and ranges are its fields'.
(System V ABI, AMD64 supplement, "Relocation Types"; jitlink/x86_64.h)
"""

from __future__ import annotations

import numpy as np

from .architecture import Architecture, EdgeKind, Formula, GotLoads, StubEdge, StubTemplate
from .arrays import Bytes, Flags, Ints, any_of, rows_of, window
from .encoders import store_little_endian


def _unsigned(number: int, name: str, formula: Formula, width: int) -> EdgeKind:
    return EdgeKind(number, f"R_X86_64_{name}", formula, width, 0, 2 ** (8 * width) - 1, store_little_endian)


def _signed(number: int, name: str, formula: Formula, width: int) -> EdgeKind:
    half = 2 ** (8 * width - 1)
    return EdgeKind(number, f"R_X86_64_{name}", formula, width, -half, half - 1, store_little_endian)


KINDS = (
    _unsigned(1, "64", "S + A", 8),  # pointers in data; movabs in the large code model
    _signed(2, "PC32", "S + A - P", 4),  # lea/mov of what is known to be near; .eh_frame
    _signed(3, "GOT32", "G + A - GOT", 4),
    _signed(4, "PLT32", "L + A - P", 4),  # call, jmp; L is S itself where that is in reach
    _signed(9, "GOTPCREL", "G + A - P", 4),  # mov of a GOT entry
    _unsigned(10, "32", "S + A", 4),  # mov $sym, %r32 in position-dependent code (zero-extended)
    _signed(11, "32S", "S + A", 4),  # sym(,%reg,8) in position-dependent code (sign-extended)
    _unsigned(12, "16", "S + A", 2),
    _signed(13, "PC16", "S + A - P", 2),
    _unsigned(14, "8", "S + A", 1),
    _signed(15, "PC8", "S + A - P", 1),
    _signed(24, "PC64", "S + A - P", 8),
    _signed(25, "GOTOFF64", "S + A - GOT", 8),  # medium and large code model, -fPIC
    _signed(26, "GOTPC32", "GOT + A - P", 4),  # lea _GLOBAL_OFFSET_TABLE_(%rip)
    _signed(27, "GOT64", "G + A - GOT", 8),  # the entry's offset in the GOT, large code model
    _signed(28, "GOTPCREL64", "G + A - P", 8),
    _signed(29, "GOTPC64", "GOT + A - P", 8),
    _signed(30, "GOTPLT64", "G + A - GOT", 8),  # as GOT64: we have no lazy entries
    _signed(31, "PLTOFF64", "L + A - GOT", 8),  # 64 bits reach everything, so L is S
    _unsigned(32, "SIZE32", "Z + A", 4),
    _unsigned(33, "SIZE64", "Z + A", 8),
    _signed(41, "GOTPCRELX", "G + A - P", 4),  # as GOTPCREL, in an instruction that may be rewritten
    _signed(42, "REX_GOTPCRELX", "G + A - P", 4),  # the same with a REX prefix
)

STUB = StubTemplate(
    content=(
        b"\xff\x25\x00\x00\x00\x00"  # jmp *entry(%rip)
        b"\x66\x90"  # xchg %ax,%ax: keeps stubs 8 bytes apart
    ),
    alignment=8,
    edges=(StubEdge(offset=2, kind=2, addend=-4),),  # R_X86_64_PC32; %rip is the end of the field
)

RELOCATION_NAMES = {0: "R_X86_64_NONE"} | {kind.number: kind.name for kind in KINDS} | {
    number: f"R_X86_64_{name}"
    for number, name in {
        5: "COPY", 6: "GLOB_DAT", 7: "JUMP_SLOT", 8: "RELATIVE", 16: "DTPMOD64", 17: "DTPOFF64",
        18: "TPOFF64", 19: "TLSGD", 20: "TLSLD", 21: "DTPOFF32", 22: "GOTTPOFF", 23: "TPOFF32",
        34: "GOTPC32_TLSDESC", 35: "TLSDESC_CALL", 36: "TLSDESC", 37: "IRELATIVE", 38: "RELATIVE64",
        43: "CODE_4_GOTPCRELX", 44: "CODE_4_GOTTPOFF", 45: "CODE_4_GOTPC32_TLSDESC",
    }.items()
}  # fmt: skip

THREAD_LOCAL = frozenset({16, 17, 18, 19, 20, 21, 22, 23, 34, 35, 36, 44, 45})


def find_branches(content: Bytes, at: Ints) -> Flags:
    """Which 4-byte fields at `content[at]` are the displacement of call, jmp or jcc.

    Old assemblers use R_X86_64_PC32 for branches too, where a stub is as good as the function; elsewhere it is not.
    """
    last, previous = content[np.maximum(at - 1, 0)], content[np.maximum(at - 2, 0)]
    call_or_jump = (last == 0xE8) | (last == 0xE9)
    conditional = (previous == 0x0F) & (last & 0xF0 == 0x80)
    found: Flags = (call_or_jump & (at >= 1)) | (conditional & (at >= 2))
    return found


def takes_address(content: Bytes, at: Ints, kind: Ints) -> Flags:
    """Which 4-byte fields at `content[at]` are an address that an instruction computes or stores, not one it reads.

    PC32: the displacement of lea. 32: nearly always an immediate (mov $sym, %r32; the field is zero-extended). 32S: an
    immediate, of push, or behind the operand of mov (c7) or cmp and its like (81), in all forms that it may have.
    """

    def before(distance: int) -> Bytes:
        found: Bytes = np.where(at >= distance, content[np.maximum(at - distance, 0)], 0)
        return found

    def stores(distance: int, mask: int, *forms: int) -> Flags:
        opcode, modrm = before(distance), before(distance - 1)
        found: Flags = ((opcode == 0xC7) | (opcode == 0x81)) & np.isin(modrm & mask, forms)
        return found

    # The fields of modrm: mode (2 bits), what the opcode means (3), register or memory (3; 4: a sib byte follows).
    immediate = stores(2, 0xC0, 0xC0)  # register
    immediate |= stores(2, 0xC7, 0, 1, 2, 3, 6, 7) | stores(3, 0xC7, 4)  # (register), (sib)
    immediate |= stores(3, 0xC7, 0x40, 0x41, 0x42, 0x43, 0x45, 0x46, 0x47) | stores(
        4, 0xC7, 0x44
    )  # 8(register), 8(sib)
    immediate |= stores(6, 0xC7, 5, 0x80, 0x81, 0x82, 0x83, 0x85, 0x86, 0x87) | stores(7, 0xC7, 0x84)  # with 32 bits
    immediate |= (before(1) == 0x3D) | (before(1) == 0x68)  # cmp $sym, %rax; push $sym
    found: Flags = (kind == 10) | ((kind == 2) & (before(2) == 0x8D)) | ((kind == 11) & immediate)
    return found


def rewrite_got_loads(image: Bytes, loads: GotLoads) -> tuple[Ints, Ints, Ints]:
    """mov entry(%rip), %r becomes lea; call *entry(%rip) becomes addr32 call; jmp *entry(%rip) becomes jmp, and nop.

    Other instructions (cmp, add, ... with an entry) stay. The bytes before the field are opcode and modrm.
    """
    head = window(image, "<u2")[loads.at - 2]
    value = loads.S + loads.A - loads.P
    near = (value >= -(2**31)) & (value < 2**31 - 1) & (loads.A == -4)  # a jump's field moves by one
    load, call, jump = head & 0xC7FF == 0x058B, head == 0x15FF, head == 0x25FF
    rows = rows_of((load | call | jump) & near)
    at, shift = loads.at[rows], -jump[rows].astype(np.int64)
    image[at[load[rows]] - 2] = 0x8D
    if any_of(call | jump):
        window(image, "<u2")[at[call[rows]] - 2] = 0xE867
        image[at[jump[rows]] - 2], image[at[jump[rows]] + 3] = 0xE9, 0x90
    return rows, np.full(len(rows), 2), shift  # R_X86_64_PC32


_DIRECT = {kind.number: kind for kind in KINDS if kind.number in (2, 10, 11)}  # PC32, 32, 32S

X86_64 = Architecture(
    name="x86_64",
    machine=62,  # EM_X86_64
    kinds=KINDS,
    stub=STUB,
    pointer_kind=1,
    ignored_kinds=frozenset({0}),
    pc32_kind=2,
    branch_kind=4,
    relocation_names=RELOCATION_NAMES,
    thread_local_kinds=THREAD_LOCAL,
    start_addend={2: -4, 4: -4},  # %rip is the end of the field
    direct_reach={number: (kind.low, kind.high) for number, kind in _DIRECT.items()},
    got_load_kinds=frozenset({41, 42}),
    got_load_prefix=2,
    rewrite_got_loads=rewrite_got_loads,
    find_branches=find_branches,
    takes_address=takes_address,
)
