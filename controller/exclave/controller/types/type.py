"""One type: what it is, and how its values lie in memory.

Owns: `Type`, its size and alignment, its names. Must not know: where types come from, what values are. Invariant: size,
alignment and offsets are those of LLVM and of C on all the 64-bit targets; a type that none of them has is not made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from ..alignment import align_up
from ..errors import SignatureError

if TYPE_CHECKING:
    import numpy as np

    from .signature import Signature

SLOT_BYTES = 8
MAX_BYTES = 1 << 47
"""No type is larger: user space ends there."""
MAX_NODES = 4096
"""Of a type that is written out: one that uses a struct twice, which uses another twice, and so on, never ends."""

Kind = Literal["int", "float", "ptr", "void", "struct", "array", "vector"]

_LLVM_FLOATS = {16: "half", 32: "float", 64: "double"}


@dataclass(frozen=True)
class Type:
    """A type of a value.

    `bits` is the width of a number; `signed` is None for IR's integers, which are neither. `fields` and, where they
    are known, `names` make a struct; `element` and `count` an array or a vector. What is only of interest to those who
    marshal takes no part in comparisons: of a pointer what it points to (`pointee`, or `function` with its signature)
    and whether nothing is written through it (`const`), of a struct the ctypes class that it came from (`ctype`).

    Raises:
        SignatureError: a vector of what cannot be in one, or a size that no memory has.
    """

    kind: Kind
    bits: int = 0
    signed: bool | None = None
    fields: tuple[Type, ...] = ()
    names: tuple[str, ...] = ()
    element: Type | None = None
    count: int = 0
    packed: bool = False
    pointee: Type | None = field(default=None, compare=False)
    const: bool = field(default=False, compare=False)
    function: Signature | None = field(default=None, compare=False)
    ctype: Any = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.count < 0:
            raise SignatureError(f"an {self.kind} has at least 0 elements, not {self.count}")
        if self.kind == "vector":
            _check_vector(self)
        if not self.bits and self.size > MAX_BYTES:
            raise SignatureError(f"a {self.kind} of {self.size} bytes: there is no memory of that size")
        if self.nodes > MAX_NODES:
            raise SignatureError(f"a {self.kind} with {self.nodes} fields within fields, at most {MAX_NODES} are taken")

    def __str__(self) -> str:
        match self.kind:
            case "int":
                return f"{'u' if self.signed is False else 'i'}{self.bits}"
            case "float":
                return f"f{self.bits}"
            case "struct":
                return self._around(f"{{{', '.join(map(str, self.fields))}}}")
        return self._repeated(str(self.element)) if self.element else self.kind

    @cached_property
    def llvm(self) -> str:
        """Its name in LLVM IR."""
        match self.kind:
            case "int":
                return f"i{self.bits}"
            case "float":
                return _LLVM_FLOATS[self.bits]
            case "struct":
                return self._around(f"{{ {', '.join(one.llvm for one in self.fields)} }}")
        return self._repeated(self.element.llvm) if self.element else self.kind

    def _around(self, fields: str) -> str:
        return f"<{fields}>" if self.packed else fields

    def _repeated(self, element: str) -> str:
        return f"[{self.count} x {element}]" if self.kind == "array" else f"<{self.count} x {element}>"

    @property
    def is_aggregate(self) -> bool:
        """Whether it consists of others: a struct or an array."""
        return self.kind in ("struct", "array")

    @cached_property
    def alignment(self) -> int:
        """In bytes."""
        if self.kind == "struct":
            return 1 if self.packed else max((one.alignment for one in self.fields), default=1)
        if self.kind == "array":
            return self.item.alignment
        return self.size or 1

    @cached_property
    def size(self) -> int:
        """In bytes, with the padding at its end: the distance of an array's elements."""
        match self.kind:
            case "struct":
                return align_up(self._end_of_fields, self.alignment)
            case "array":
                return self.count * self.item.size
            case "vector":
                return power_of_two(self.count * self.item.size)
        return power_of_two((self.bits + 7) // 8) if self.bits else 0

    @property
    def item(self) -> Type:
        """The type of an array's or a vector's elements."""
        assert self.element is not None, f"{self} has no elements"
        return self.element

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """Where each field of a struct begins."""
        places, end = [], 0
        for one in self.fields:
            end = align_up(end, 1 if self.packed else one.alignment)
            places.append(end)
            end += one.size
        return tuple(places)

    @property
    def _end_of_fields(self) -> int:
        return self.offsets[-1] + self.fields[-1].size if self.fields else 0

    @cached_property
    def leaves(self) -> int:
        """How many numbers and pointers a value consists of."""
        if self.kind == "struct":
            return sum(one.leaves for one in self.fields)
        return self.count * self.item.leaves if self.element else 1

    @cached_property
    def nodes(self) -> int:
        """How many types it is written with."""
        return 1 + sum(one.nodes for one in self.fields) + (self.element.nodes if self.element else 0)

    @property
    def low(self) -> int:
        """The smallest integer that fits."""
        return 0 if self.signed is False or self.kind == "ptr" or self.bits == 1 else -(1 << (self.bits - 1))

    @property
    def high(self) -> int:
        """The largest integer that fits; IR's own integers take both readings of their top bit."""
        return (1 << (self.bits - 1)) - 1 if self.signed else (1 << self.bits) - 1

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """NumPy's type for its values in memory; IR's own integers are signed there.

        Raises:
            SignatureError: NumPy has none.
        """
        from .dtypes import dtype_of

        return dtype_of(self)


VOID = Type("void")
PTR = Type("ptr", 64)


def power_of_two(number: int) -> int:
    """The next power of two."""
    return 1 << max(number - 1, 0).bit_length()


def _check_vector(vector: Type) -> None:
    """LLVM packs integers of other widths bit by bit, and C has no such vectors."""
    item = vector.item
    if item.kind not in ("int", "float", "ptr") or item.bits not in (8, 16, 32, 64):
        raise SignatureError(f"a vector of {item}: its elements must be i8, i16, i32, i64, f16, f32, f64 or ptr")
    if vector.count < 1:
        raise SignatureError("a vector has at least one element")
