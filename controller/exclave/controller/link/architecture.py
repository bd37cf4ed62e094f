"""What the linker needs to know of an architecture; each has a file with its table of edge kinds.

Owns: the vocabulary of formulas. Must not know: any one architecture. Invariant: the linker's passes look at the
derived arrays only, which are indexed by edge kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from .arrays import Bytes, Flags, Ints
from .encoders import Encoder, store_little_endian, store_nothing

Formula = Literal[
    "S + A", "S + A - P", "S + A - GOT", "G + A", "G + A - P", "G + A - GOT", "GOT + A - P",
    "L + A - P", "L + A - GOT", "Z + A", "P - S",
    "Page(S + A) - Page(P)", "Page(G + A) - Page(P)", "G + A - Page(GOT)", "PAIRED",
]  # fmt: skip
"""In psABI letters: S symbol, A addend, P fixup, G its GOT entry, GOT the table's start, L its stub, Z its size.
Page(x) is x without its lowest 12 bits. PAIRED: the value of another edge, which is where S is: RISC-V's PCREL_LO12."""

KIND_LIMIT = 1024
INTERNAL = 1000
"""The first number that is no relocation type: kinds that the linker makes."""
LINK_ORDER = 1022
"""From what belongs to another block (SHF_LINK_ORDER) to that one: no fixup, it lives and is ordered as that."""
FRAME = 1023
"""How an FDE names its CIE: made when .eh_frame is split into records (JITLink's NegDelta32)."""


@dataclass(frozen=True)
class EdgeKind:
    """A kind of edge: which bytes get which value.

    Attributes:
        width: bytes of the field.
        low, high: the values that fit; `fits_all`: any value does.
        multiple: the value must be one of this.
        alignment: of the fixup's address.
    """

    number: int
    name: str
    formula: Formula
    width: int
    low: int
    high: int
    encode: Encoder
    multiple: int = 1
    alignment: int = 1

    @property
    def fits_all(self) -> bool:
        """Every 64-bit value fits."""
        return self.high - self.low >= 2**64 - 1


@dataclass(frozen=True)
class StubEdge:
    """An edge from a stub to its GOT entry."""

    offset: int
    kind: int
    addend: int = 0


@dataclass(frozen=True)
class StubTemplate:
    """Code that jumps through a GOT entry: its bytes, and the edges to the entry in them."""

    content: bytes
    alignment: int
    edges: tuple[StubEdge, ...]


class GotLoads(NamedTuple):
    """Fixups of instructions that load a GOT entry, one row each: kind, offset in the image, and P, S, A of the psABI,
    where S is the entry's target."""

    kind: Ints
    at: Ints
    P: Ints
    S: Ints
    A: Ints


RewriteGotLoads = Callable[[Bytes, GotLoads], tuple[Ints, Ints, Ints]]
"""rewrite(image, loads): changes instructions that need no GOT entry; which rows these were, the kind that each edge to
the target has now, and by how many bytes its fixup moved."""


def _none(_content: Bytes, at: Ints, *_kinds: Ints) -> Flags:
    return np.zeros(len(at), np.bool_)


@dataclass(frozen=True)
class Architecture:
    """An architecture's table of edge kinds and what is derived from it (arrays indexed by kind).

    Attributes:
        kinds: in the order in which they are applied; those of every architecture are added.
        ignored_kinds: relocation types that are no edges.
        pc32_kind: the kind that old assemblers give branches, too; -1: there is none.
        paired_kinds: those whose values edges of formula PAIRED share.
        direct_reach: the kinds of fields of position-dependent code that hold an address, or the distance to it, and
            the addresses that they certainly reach from any place of a session.
        start_addend: by kind, the addend that means the symbol's first byte, where that is not 0.
        addresses_are_split: an address is made by two instructions, so that a stub must take the place of both.
        relaxable: given the types, the offsets and the object's e_flags: kinds in which it shows what may be made
            shorter.
        got_load_kinds: those of instructions that rewrite_got_loads can change, which have `got_load_prefix` bytes
            before their field.
        find_branches: which of the fixups at these bytes belong to a branch instruction.
        takes_address: which of those, of these kinds, give an instruction an address.
    """

    name: str
    machine: int
    kinds: Sequence[EdgeKind]
    stub: StubTemplate
    pointer_kind: int
    ignored_kinds: frozenset[int]
    branch_kind: int
    relocation_names: dict[int, str]
    thread_local_kinds: frozenset[int]
    pc32_kind: int = -1
    paired_kinds: Sequence[int] = ()
    direct_reach: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    start_addend: Mapping[int, int] = field(default_factory=dict)
    addresses_are_split: bool = False
    relaxable: Callable[[Ints, Ints, int], Ints] | None = None
    got_load_kinds: frozenset[int] = frozenset()
    got_load_prefix: int = 0
    rewrite_got_loads: RewriteGotLoads | None = None
    find_branches: Callable[[Bytes, Ints], Flags] = _none
    takes_address: Callable[[Bytes, Ints, Ints], Flags] = _none

    at_start: Ints = field(init=False)
    width: Ints = field(init=False)
    known: Flags = field(init=False)
    wants_got: Flags = field(init=False)
    wants_stub: Flags = field(init=False)
    wants_got_base: Flags = field(init=False)
    is_got_load: Flags = field(init=False)
    is_direct: Flags = field(init=False)
    lowest: Ints = field(init=False)
    highest: Ints = field(init=False)
    direct_lowest: Ints = field(init=False)
    direct_highest: Ints = field(init=False)
    by_number: dict[int, EdgeKind] = field(init=False)
    position: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        own = (
            EdgeKind(LINK_ORDER, "LINK_ORDER", "S + A", 0, -(2**63), 2**63, store_nothing),
            EdgeKind(FRAME, "FRAME", "P - S", 4, 0, 2**32 - 1, store_little_endian),
        )
        object.__setattr__(self, "kinds", (*self.kinds, *own))
        reach = self.direct_reach
        derived = {
            "by_number": {kind.number: kind for kind in self.kinds},
            "position": {kind.number: place for place, kind in enumerate(self.kinds)},
            "at_start": self._column(lambda kind: self.start_addend.get(kind.number, 0)),
            "width": self._column(lambda kind: kind.width),
            "known": self._flags(lambda _: True),
            "wants_got": self._flags(lambda kind: bool(re.search(r"\bG\b", kind.formula))),
            "wants_stub": self._flags(lambda kind: kind.formula == "L + A - P"),
            "is_got_load": self._flags(lambda kind: kind.number in self.got_load_kinds),
            "wants_got_base": self._flags(lambda kind: "GOT" in kind.formula),
            "is_direct": self._flags(lambda kind: kind.number in reach),
            "lowest": self._column(lambda kind: _signed(kind.low)),
            "highest": self._column(lambda kind: _signed(kind.high)),
            "direct_lowest": self._column(lambda kind: reach.get(kind.number, (0, 0))[0]),
            "direct_highest": self._column(lambda kind: reach.get(kind.number, (0, 0))[1]),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)  # frozen: this is the one place that sets them

    def _column(self, value: Callable[[EdgeKind], int]) -> Ints:
        column = np.zeros(KIND_LIMIT, np.int64)
        for kind in self.kinds:
            column[kind.number] = value(kind)
        return column

    def _flags(self, value: Callable[[EdgeKind], bool]) -> Flags:
        return self._column(value).astype(np.bool_)

    def kind_name(self, number: int) -> str:
        """The psABI's name of a relocation type, or its number."""
        kind = self.by_number.get(number)
        return kind.name if kind else self.relocation_names.get(number, f"type {number}")


def _signed(value: int) -> int:
    """As near as 64 bits with a sign come to it."""
    return max(-(2**63), min(value, 2**63 - 1))
