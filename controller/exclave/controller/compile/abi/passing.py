"""How a C compiler passes a struct or a vector: in registers, on the stack, or by a pointer.

Owns: the words for it, and what all the architectures ask of a type. Must not know: any one architecture, how IR is
written. Invariant: a `Passing` says all that the two sides of a call have to agree on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from ...errors import SignatureError
from ...types import Type


@dataclass(frozen=True)
class Part:
    """What one argument of LLVM's carries: `llvm` is its type, `offset` where it lies in the value.

    A part may reach beyond the value, up to the next multiple of 8.
    """

    llvm: str
    offset: int


@dataclass(frozen=True)
class Passing:
    """A value in `parts`, or in memory: a copy on the stack, or a copy that a pointer leads to."""

    parts: tuple[Part, ...] = ()
    memory: Literal["", "stack", "pointer"] = ""


class Convention(Protocol):
    """An architecture's rules, for one call: it counts the registers that are taken."""

    def result(self, restype: Type) -> Passing | None:
        """How a result comes back, asked before the arguments; None for LLVM's own way."""
        ...

    def argument(self, argtype: Type, named: bool, /) -> Passing | None:
        """How the next argument is passed; None for LLVM's own way. `named`: it is none of a `...`'s."""
        ...


@dataclass(frozen=True)
class Leaf:
    """A number, pointer or vector in a value."""

    type: Type
    offset: int


def leaves_of(given: Type, offset: int = 0) -> Iterator[Leaf]:
    """What a small value consists of, in its order in memory."""
    if given.kind == "struct":
        for field, place in zip(given.fields, given.offsets, strict=True):
            yield from leaves_of(field, offset + place)
    elif given.kind == "array":
        for index in range(given.count):
            yield from leaves_of(given.item, offset + index * given.item.size)
    else:
        yield Leaf(given, offset)


def check_known(given: Type) -> None:
    """Refuse what C compilers pass one way or another: packed structs, and vectors that not every CPU has.

    Raises:
        SignatureError: it is one, or has one in it.
    """
    if given.packed:
        raise SignatureError(f"{given} is packed: give C a pointer to it")
    if given.kind == "vector" and (given.size not in (8, 16) or given.count == 1):
        raise SignatureError(f"{given}: C passes vectors of 8 or 16 bytes and of more than one element: give a pointer")
    for inner in (*given.fields, *filter(None, [given.element])):
        check_known(inner)
