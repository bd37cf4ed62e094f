"""AArch64: edge kinds and stub.

Owns: everything about AArch64 that the linker needs. Must not know: passes, layout, files.
Invariant: a row of KINDS is a row of the ABI's table of relocation types; ranges are its overflow checks, multiples its
alignment checks; "_NC" types are not checked. (ELF for the Arm 64-bit Architecture, "Relocation"; jitlink/aarch64.h)
"""

from __future__ import annotations

import numpy as np

from .architecture import Architecture, EdgeKind, Formula, GotLoads, StubEdge, StubTemplate
from .arrays import Bytes, Flags, Ints, rows_of, window
from .encoders import Encoder, Fields, Part, store_little_endian

_ANY = (-(2**63), 2**63)
_GIB = 1 << 30


def _data(number: int, name: str, formula: Formula, width: int, low: int, high: int) -> EdgeKind:
    return EdgeKind(number, f"R_AARCH64_{name}", formula, width, low, high, store_little_endian)


def _instruction(
    number: int,
    name: str,
    formula: Formula,
    encode: Encoder,
    bits: int = 0,
    multiple: int = 1,
    *,
    low: int | None = None,
) -> EdgeKind:
    """`bits`: of a value with a sign, 0: any value fits; `low`: the least one, if there is no sign."""
    if not bits:
        low, high = _ANY
    elif low is None:
        low, high = -(1 << bits - 1), (1 << bits - 1) - 1
    else:
        high = (1 << bits) - 1
    return EdgeKind(number, f"R_AARCH64_{name}", formula, 4, low, high, encode, multiple, alignment=4)


def _move_signed(shift: int) -> Encoder:
    """MOVZ of the value's bits, or MOVN of its complement's if it is negative: bit 30 says which."""
    field = Fields(Part(shift, 16, 5))

    def encode(image: Bytes, at: Ints, values: Ints, width: int) -> None:
        words, negative = window(image, "<u4"), values < 0
        words[at] = np.where(negative, words[at] & 0xBFFFFFFF, words[at] | 0x40000000)
        field(image, at, np.where(negative, ~values, values), width)

    return encode


_BRANCH26 = Fields(Part(2, 26, 0))  # b, bl
_LITERAL19 = Fields(Part(2, 19, 5))  # ldr literal; b.cond, cbz
_BRANCH14 = Fields(Part(2, 14, 5))  # tbz
_ADR21 = Fields(Part(0, 2, 29), Part(2, 19, 5))  # adr
_PAGE21 = Fields(Part(12, 2, 29), Part(14, 19, 5))  # adrp
_ADD12 = Fields(Part(0, 12, 10))  # add; ldrb, strb
_LOAD12 = {size: Fields(Part(size, 12 - size, 10)) for size in range(5)}  # ldr, str of 1 << size bytes
_OFFSET15 = Fields(Part(3, 12, 10))  # ldr of 8 bytes; 15 bits
_MOVE16 = {n: Fields(Part(16 * n, 16, 5)) for n in range(4)}  # movz, movk

KINDS = (
    _data(257, "ABS64", "S + A", 8, 0, 2**64 - 1),
    _data(258, "ABS32", "S + A", 4, -(2**31), 2**32 - 1),
    _data(259, "ABS16", "S + A", 2, -(2**15), 2**16 - 1),
    _data(260, "PREL64", "S + A - P", 8, *_ANY),
    _data(261, "PREL32", "S + A - P", 4, -(2**31), 2**32 - 1),
    _data(262, "PREL16", "S + A - P", 2, -(2**15), 2**16 - 1),
    _data(314, "PLT32", "L + A - P", 4, -(2**31), 2**31 - 1),
    _data(315, "GOTPCREL32", "G + A - P", 4, -(2**31), 2**31 - 1),
    _data(307, "GOTREL64", "S + A - GOT", 8, *_ANY),
    _data(308, "GOTREL32", "S + A - GOT", 4, -(2**31), 2**31 - 1),
    # Sequences of movz and movk that make an address: code model large.
    _instruction(263, "MOVW_UABS_G0", "S + A", _MOVE16[0], 16, low=0),
    _instruction(264, "MOVW_UABS_G0_NC", "S + A", _MOVE16[0]),
    _instruction(265, "MOVW_UABS_G1", "S + A", _MOVE16[1], 32, low=0),
    _instruction(266, "MOVW_UABS_G1_NC", "S + A", _MOVE16[1]),
    _instruction(267, "MOVW_UABS_G2", "S + A", _MOVE16[2], 48, low=0),
    _instruction(268, "MOVW_UABS_G2_NC", "S + A", _MOVE16[2]),
    _instruction(269, "MOVW_UABS_G3", "S + A", _MOVE16[3]),
    _instruction(270, "MOVW_SABS_G0", "S + A", _move_signed(0), 17),
    _instruction(271, "MOVW_SABS_G1", "S + A", _move_signed(16), 33),
    _instruction(272, "MOVW_SABS_G2", "S + A", _move_signed(32), 49),
    _instruction(287, "MOVW_PREL_G0", "S + A - P", _move_signed(0), 17),
    _instruction(288, "MOVW_PREL_G0_NC", "S + A - P", _MOVE16[0]),
    _instruction(289, "MOVW_PREL_G1", "S + A - P", _move_signed(16), 33),
    _instruction(290, "MOVW_PREL_G1_NC", "S + A - P", _MOVE16[1]),
    _instruction(291, "MOVW_PREL_G2", "S + A - P", _move_signed(32), 49),
    _instruction(292, "MOVW_PREL_G2_NC", "S + A - P", _MOVE16[2]),
    _instruction(293, "MOVW_PREL_G3", "S + A - P", _MOVE16[3]),
    _instruction(300, "MOVW_GOTOFF_G0", "G + A - GOT", _move_signed(0), 17),
    _instruction(301, "MOVW_GOTOFF_G0_NC", "G + A - GOT", _MOVE16[0]),
    _instruction(302, "MOVW_GOTOFF_G1", "G + A - GOT", _move_signed(16), 33),
    _instruction(303, "MOVW_GOTOFF_G1_NC", "G + A - GOT", _MOVE16[1]),
    _instruction(304, "MOVW_GOTOFF_G2", "G + A - GOT", _move_signed(32), 49),
    _instruction(305, "MOVW_GOTOFF_G2_NC", "G + A - GOT", _MOVE16[2]),
    _instruction(306, "MOVW_GOTOFF_G3", "G + A - GOT", _MOVE16[3]),
    # What is known to be near.
    _instruction(273, "LD_PREL_LO19", "S + A - P", _LITERAL19, 21, 4),
    _instruction(274, "ADR_PREL_LO21", "S + A - P", _ADR21, 21),
    _instruction(275, "ADR_PREL_PG_HI21", "Page(S + A) - Page(P)", _PAGE21, 33),
    _instruction(276, "ADR_PREL_PG_HI21_NC", "Page(S + A) - Page(P)", _PAGE21),
    _instruction(277, "ADD_ABS_LO12_NC", "S + A", _ADD12),
    _instruction(278, "LDST8_ABS_LO12_NC", "S + A", _LOAD12[0]),
    _instruction(284, "LDST16_ABS_LO12_NC", "S + A", _LOAD12[1], multiple=2),
    _instruction(285, "LDST32_ABS_LO12_NC", "S + A", _LOAD12[2], multiple=4),
    _instruction(286, "LDST64_ABS_LO12_NC", "S + A", _LOAD12[3], multiple=8),
    _instruction(299, "LDST128_ABS_LO12_NC", "S + A", _LOAD12[4], multiple=16),
    # Branches; L is S itself where that is in reach.
    _instruction(279, "TSTBR14", "L + A - P", _BRANCH14, 16, 4),
    _instruction(280, "CONDBR19", "L + A - P", _LITERAL19, 21, 4),
    _instruction(282, "JUMP26", "L + A - P", _BRANCH26, 28, 4),
    _instruction(283, "CALL26", "L + A - P", _BRANCH26, 28, 4),
    # Through the GOT.
    _instruction(309, "GOT_LD_PREL19", "G + A - P", _LITERAL19, 21, 4),
    _instruction(310, "LD64_GOTOFF_LO15", "G + A - GOT", _OFFSET15, 15, 8, low=0),
    _instruction(311, "ADR_GOT_PAGE", "Page(G + A) - Page(P)", _PAGE21, 33),
    _instruction(312, "LD64_GOT_LO12_NC", "G + A", _LOAD12[3], multiple=8),
    _instruction(313, "LD64_GOTPAGE_LO15", "G + A - Page(GOT)", _OFFSET15, 15, 8, low=0),
)  # fmt: skip

STUB = StubTemplate(
    content=(
        b"\x10\x00\x00\x90"  # adrp x16, page of the entry: x16 is the linker's between a call and its function
        b"\x10\x02\x40\xf9"  # ldr x16, [x16, offset in the page]
        b"\x00\x02\x1f\xd6"  # br x16
    ),
    alignment=4,
    edges=(StubEdge(offset=0, kind=275), StubEdge(offset=4, kind=286)),
)

RELOCATION_NAMES = {0: "R_AARCH64_NONE", 256: "R_AARCH64_NONE"} | {kind.number: kind.name for kind in KINDS} | {
    number: f"R_AARCH64_{name}"
    for number, name in {
        512: "TLSGD_ADR_PREL21", 513: "TLSGD_ADR_PAGE21", 514: "TLSGD_ADD_LO12_NC", 515: "TLSGD_MOVW_G1",
        516: "TLSGD_MOVW_G0_NC", 517: "TLSLD_ADR_PREL21", 518: "TLSLD_ADR_PAGE21", 519: "TLSLD_ADD_LO12_NC",
        520: "TLSLD_MOVW_G1", 521: "TLSLD_MOVW_G0_NC", 522: "TLSLD_LD_PREL19", 523: "TLSLD_MOVW_DTPREL_G2",
        524: "TLSLD_MOVW_DTPREL_G1", 525: "TLSLD_MOVW_DTPREL_G1_NC", 526: "TLSLD_MOVW_DTPREL_G0",
        527: "TLSLD_MOVW_DTPREL_G0_NC", 528: "TLSLD_ADD_DTPREL_HI12", 529: "TLSLD_ADD_DTPREL_LO12",
        530: "TLSLD_ADD_DTPREL_LO12_NC", 531: "TLSLD_LDST8_DTPREL_LO12", 532: "TLSLD_LDST8_DTPREL_LO12_NC",
        533: "TLSLD_LDST16_DTPREL_LO12", 534: "TLSLD_LDST16_DTPREL_LO12_NC", 535: "TLSLD_LDST32_DTPREL_LO12",
        536: "TLSLD_LDST32_DTPREL_LO12_NC", 537: "TLSLD_LDST64_DTPREL_LO12", 538: "TLSLD_LDST64_DTPREL_LO12_NC",
        539: "TLSIE_MOVW_GOTTPREL_G1", 540: "TLSIE_MOVW_GOTTPREL_G0_NC", 541: "TLSIE_ADR_GOTTPREL_PAGE21",
        542: "TLSIE_LD64_GOTTPREL_LO12_NC", 543: "TLSIE_LD_GOTTPREL_PREL19", 544: "TLSLE_MOVW_TPREL_G2",
        545: "TLSLE_MOVW_TPREL_G1", 546: "TLSLE_MOVW_TPREL_G1_NC", 547: "TLSLE_MOVW_TPREL_G0",
        548: "TLSLE_MOVW_TPREL_G0_NC", 549: "TLSLE_ADD_TPREL_HI12", 550: "TLSLE_ADD_TPREL_LO12",
        551: "TLSLE_ADD_TPREL_LO12_NC", 552: "TLSLE_LDST8_TPREL_LO12", 553: "TLSLE_LDST8_TPREL_LO12_NC",
        554: "TLSLE_LDST16_TPREL_LO12", 555: "TLSLE_LDST16_TPREL_LO12_NC", 556: "TLSLE_LDST32_TPREL_LO12",
        557: "TLSLE_LDST32_TPREL_LO12_NC", 558: "TLSLE_LDST64_TPREL_LO12", 559: "TLSLE_LDST64_TPREL_LO12_NC",
        560: "TLSDESC_LD_PREL19", 561: "TLSDESC_ADR_PREL21", 562: "TLSDESC_ADR_PAGE21", 563: "TLSDESC_LD64_LO12",
        564: "TLSDESC_ADD_LO12", 565: "TLSDESC_OFF_G1", 566: "TLSDESC_OFF_G0_NC", 567: "TLSDESC_LDR",
        568: "TLSDESC_ADD", 569: "TLSDESC_CALL", 570: "TLSLE_LDST128_TPREL_LO12", 571: "TLSLE_LDST128_TPREL_LO12_NC",
        572: "TLSLD_LDST128_DTPREL_LO12", 573: "TLSLD_LDST128_DTPREL_LO12_NC",
        1024: "COPY", 1025: "GLOB_DAT", 1026: "JUMP_SLOT", 1027: "RELATIVE", 1028: "TLS_DTPMOD", 1029: "TLS_DTPREL",
        1030: "TLS_TPREL", 1031: "TLSDESC", 1032: "IRELATIVE",
    }.items()
}  # fmt: skip

THREAD_LOCAL = frozenset(range(512, 574))

_NEAR = (-4 * _GIB, 4 * _GIB - 1)  # from any page of a session, which lies below 2 GiB
_LOADS = (278, 284, 285, 286, 299)


def takes_address(_content: Bytes, _at: Ints, kind: Ints) -> Flags:
    """adrp and add make an address; loads and stores use what is there."""
    found: Flags = ~np.isin(kind, _LOADS)
    return found


_GOT_PAGE, _GOT_LOAD, _PAGE, _ADD = 311, 312, 275, 277


def rewrite_got_loads(image: Bytes, loads: GotLoads) -> tuple[Ints, Ints, Ints]:
    """adrp x, entry; ldr x, [x, entry] becomes adrp x, target; add x, x, target.

    Only where one follows the other, on one register, and where no other instruction uses what adrp gave: compilers may
    share it, or put something between.
    """
    order = loads.P.argsort(kind="stable")
    kind, at, place, target = (column[order] for column in (loads.kind, loads.at, loads.P, loads.S))
    words = window(image, "<u4")[at]
    follows = (kind[:-1] == _GOT_PAGE) & (kind[1:] == _GOT_LOAD) & (place[1:] == place[:-1] + 4)
    first, second = words[:-1] & 31, words[1:]
    follows &= (target[1:] == target[:-1]) & (second & 31 == first) & (second >> 5 & 31 == first)
    shared = np.isin(target, target[~_paired(follows)])
    distance = (target & ~0xFFF) - (place & ~0xFFF)
    pair = rows_of(follows & ~shared[:-1] & (distance[:-1] >= -4 * _GIB) & (distance[:-1] < 4 * _GIB))
    register = first[pair]
    window(image, "<u4")[at[pair + 1]] = 0x91000000 | register << 5 | register
    rows = np.concatenate((order[pair], order[pair + 1]))
    return rows, np.repeat([_PAGE, _ADD], len(pair)), np.zeros(len(rows), np.int64)


def _paired(follows: Flags) -> Flags:
    """Which of all instructions are part of a pair."""
    found: Flags = np.append(follows, False) | np.append(False, follows)
    return found


AARCH64 = Architecture(
    name="aarch64",
    machine=183,  # EM_AARCH64
    kinds=KINDS,
    stub=STUB,
    pointer_kind=257,
    ignored_kinds=frozenset({0, 256}),
    branch_kind=283,
    relocation_names=RELOCATION_NAMES,
    thread_local_kinds=THREAD_LOCAL,
    direct_reach=dict.fromkeys((275, 276, 277, *_LOADS), _NEAR),
    addresses_are_split=True,
    got_load_kinds=frozenset({_GOT_PAGE, _GOT_LOAD}),
    rewrite_got_loads=rewrite_got_loads,
    takes_address=takes_address,
)
