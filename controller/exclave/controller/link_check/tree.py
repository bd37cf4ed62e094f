"""A check as a tree.

Owns: nothing but the shapes. Invariant: `start` and `end` are the part's place in the check's text, in characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """A part of a check."""

    start: int
    end: int


@dataclass(frozen=True)
class Number(Node):
    """`0x10`, `-4`."""

    value: int


@dataclass(frozen=True)
class Name(Node):
    """The address of a symbol; as an argument the name of a symbol, a section or an object."""

    name: str


@dataclass(frozen=True)
class Load(Node):
    """`*{4}address`: bytes of the image, little-endian; `*{4s}` extends the sign."""

    size: int
    signed: bool
    address: Node


@dataclass(frozen=True)
class Slice(Node):
    """`value[high:low]`: bits, both ends included."""

    value: Node
    high: int
    low: int


@dataclass(frozen=True)
class Call(Node):
    """`next_pc(f)`."""

    function: str
    arguments: Sequence[Node]


@dataclass(frozen=True)
class Chain(Node):
    """`first + a - b`: from left to right; the operators do not mix but for + and -."""

    first: Node
    rest: Sequence[tuple[str, Node]]


@dataclass(frozen=True)
class Unstated(Node):
    """`?`: what the right-hand side must be is not known yet."""


@dataclass(frozen=True)
class Comparison:
    """A whole check."""

    left: Node
    operator: str
    right: Node
