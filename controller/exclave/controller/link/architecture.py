"""What the linker needs to know of an architecture; each has a file with its table of edge kinds.

Owns: the vocabulary of formulas. Must not know: any one architecture. Invariant: the linker's passes look at the
derived arrays only, which are indexed by edge kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from .arrays import Bytes, Flags, Ints

Formula = Literal[
    "S + A", "S + A - P", "S + A - GOT", "G + A - P", "G + A - GOT", "GOT + A - P",
    "L + A - P", "L + A - GOT", "Z + A", "P - S",
]  # fmt: skip
"""In psABI letters: S symbol, A addend, P fixup, G its GOT entry, GOT the table's start, L its stub, Z its size."""

Encoder = Callable[[Bytes, Ints, Ints, int], None]
"""encode(image, at, values, width): write values[i] as `width` bytes at image[at[i]]. Values are in range."""


@dataclass(frozen=True)
class EdgeKind:
    """A kind of edge: which bytes get which value. Widths in bytes; low and high are the values that fit."""

    number: int
    name: str
    formula: Formula
    width: int
    low: int
    high: int
    encode: Encoder


@dataclass(frozen=True)
class StubTemplate:
    """Code that jumps through a GOT entry: its bytes, and the edge to the entry in them."""

    content: bytes
    alignment: int
    edge_offset: int
    edge_kind: int
    edge_addend: int


KIND_LIMIT = 256


@dataclass(frozen=True)
class Architecture:
    """An architecture's table of edge kinds and what is derived from it (arrays indexed by kind)."""

    name: str
    machine: int
    kinds: Sequence[EdgeKind]
    stub: StubTemplate
    pointer_kind: int
    none_kind: int
    pc32_kind: int
    branch_kind: int
    frame_kind: int  # FDE -> CIE
    relocation_names: dict[int, str]
    thread_local_kinds: frozenset[int]
    direct_kinds: frozenset[int]  # fields of position-dependent code that hold an address, or the distance to it
    find_branches: Callable[[Bytes, Ints], Flags]  # which of the fixups at these bytes belong to a branch instruction
    takes_address: Callable[
        [Bytes, Ints, Ints], Flags
    ]  # which of those, of these kinds, give an instruction an address

    width: Ints = field(init=False)
    known: Flags = field(init=False)
    wants_got: Flags = field(init=False)
    wants_stub: Flags = field(init=False)
    wants_got_base: Flags = field(init=False)
    is_direct: Flags = field(init=False)
    lowest: Ints = field(init=False)
    highest: Ints = field(init=False)
    by_number: dict[int, EdgeKind] = field(init=False)

    def __post_init__(self) -> None:
        derived = {
            "by_number": {kind.number: kind for kind in self.kinds},
            "width": self._column(lambda kind: kind.width),
            "known": self._column(lambda _: True).astype(np.bool_),
            "wants_got": self._column(lambda kind: kind.formula.startswith("G ")).astype(np.bool_),
            "wants_stub": self._column(lambda kind: kind.formula == "L + A - P").astype(np.bool_),
            "lowest": self._column(lambda kind: max(kind.low, -(2**63))),
            "highest": self._column(lambda kind: min(kind.high, 2**63 - 1)),
            "is_direct": self._column(lambda kind: kind.number in self.direct_kinds).astype(np.bool_),
            "wants_got_base": self._column(lambda kind: "GOT" in kind.formula).astype(np.bool_),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)  # frozen: this is the one place that sets them

    def _column(self, value: Callable[[EdgeKind], int]) -> Ints:
        column = np.zeros(KIND_LIMIT, np.int64)
        for kind in self.kinds:
            column[kind.number] = value(kind)
        return column

    def kind_name(self, number: int) -> str:
        """The psABI's name of a relocation type, or its number."""
        return self.relocation_names.get(number, f"type {number}")
