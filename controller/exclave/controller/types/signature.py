"""Signatures: a function's types, and the slots that a call of it has.

Owns: where each argument lies in the slots, packing and unpacking them. Must not know: how a call is made, what a value
of each type is. Invariant: what `pack` returns is exactly what the adapter of an equal signature reads, and the other
way round; slots that come from the worker are checked for their size before they are read.

Each argument begins at a multiple of 8, of 16 if its alignment is more than 8. Integers are extended to 64 bits, floats
lie in the low bytes, everything else lies as in memory. The result takes the place of the first arguments.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..alignment import align_up
from ..checks import shown
from ..errors import SignatureError
from .parse import parse_type
from .type import SLOT_BYTES, VOID, Type
from .values import Giver, PointerMaker, float_bytes, from_memory, integer_from, to_memory

MAX_ARGUMENTS = 1024
MAX_SLOTS_BYTES = 32 << 10
"""A lane has room for these twice."""
MAX_LEAVES = 256
"""Of one value that LLVM passes as a struct or an array: each is a register or a place on the stack of its own."""

_FORMATS = {8: "b7x", 16: "h6x", 32: "i4x", 64: "q"}
_FLOAT_FORMATS = {16: "e6x", 32: "f4x", 64: "d"}


@dataclass(frozen=True)
class Signature:
    """Result and arguments of a function.

    `variadic`: more arguments may follow; such a signature makes no call, `for_call()` has the one that does.
    `c_abi`: structs are passed as a C compiler does, not as LLVM passes IR's. `fixed` is for a call of a variadic
    function: how many arguments its declaration names.

    Raises:
        SignatureError: a type that cannot be passed, or too many or too large arguments.
    """

    restype: Type
    argtypes: tuple[Type, ...]
    variadic: bool = False
    c_abi: bool = False
    fixed: int | None = None

    def __post_init__(self) -> None:
        if VOID in self.argtypes or len(self.argtypes) > MAX_ARGUMENTS:
            raise SignatureError(f"an argument cannot be void, and there are at most {MAX_ARGUMENTS} of them")
        for one in (self.restype, *self.argtypes):
            _check_passable(one, self.c_abi)
        if self.slots_size > MAX_SLOTS_BYTES:
            raise SignatureError(f"{self.slots_size} bytes in all, at most {MAX_SLOTS_BYTES} are passed: use pointers")

    @classmethod
    def parse(
        cls, restype: Any, argtypes: Sequence[Any], variadic: bool = False, c_abi: bool | None = None
    ) -> Signature:
        """Read a signature as people write it. Structs are C's if one of them is ctypes', unless `c_abi` says so.

        Raises:
            SignatureError: one of the types is none, or an argument is void.
        """
        if isinstance(argtypes, str) or not isinstance(argtypes, Sequence):
            raise SignatureError(f"argtypes= takes a list of types, not {shown(argtypes)}")
        result, arguments = parse_type(restype), tuple(_parse_argument(given) for given in argtypes)
        if c_abi is None:
            c_abi = any(one.ctype is not None for one in (result, *arguments))
        return cls(result, arguments, variadic, c_abi)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Kept: a signature is looked up at every call, and its types are many."""
        return hash((self.restype, self.argtypes, self.variadic, self.c_abi, self.fixed))

    def __reduce__(self) -> tuple[Any, ...]:
        return Signature, (self.restype, self.argtypes, self.variadic, self.c_abi, self.fixed)

    def __str__(self) -> str:
        names = [str(argtype) for argtype in self.argtypes]
        if self.variadic or self.fixed is not None:
            names.insert(len(names) if self.fixed is None else self.fixed, "...")
        return f"{self.restype} ({', '.join(names)})"

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """Where each argument begins."""
        return self._places[:-1]

    @cached_property
    def _places(self) -> tuple[int, ...]:
        """Of the arguments and of what follows them."""
        places, end = [], 0
        for argtype in self.argtypes:
            end = align_up(end, 16 if argtype.alignment > SLOT_BYTES else SLOT_BYTES)
            places.append(end)
            end += align_up(argtype.size, SLOT_BYTES)
        return (*places, end)

    @cached_property
    def slots_size(self) -> int:
        """Bytes of the slots: room for the arguments and, in their place, the result."""
        return max(self._places[-1], align_up(self.result_size, SLOT_BYTES), SLOT_BYTES)

    @cached_property
    def result_size(self) -> int:
        """Bytes of the result at the beginning of the slots; 0 for void."""
        plain = self.restype.kind in ("int", "float", "ptr")
        return SLOT_BYTES if plain else self.restype.size

    @cached_property
    def fast_arguments(self) -> struct.Struct | None:
        """Packs plain arguments as `pack()` does, or raises where that must decide; None if it always must.

        It raises struct.error, OverflowError or TypeError. Beyond an integer's own width the bytes may differ from
        those that `pack()` makes; nobody reads them.
        """
        formats = [_fast_format(argtype) for argtype in self.argtypes]
        if self.variadic or None in formats:
            return None
        padding = self.slots_size - self._places[-1]
        return struct.Struct(f"<{''.join(filter(None, formats))}{padding}x")

    @cached_property
    def fast_result(self) -> str | None:
        """What to cast the slots to, so that the first element is the result; "" for void.

        None if `unpack()` must decide. Adapters extend an integer to 64 bits as its type says.
        """
        result = self.restype
        if result.kind == "void":
            return ""
        if result.kind in ("ptr", "int") and result.bits != 1:
            return "Q" if result.kind == "ptr" or result.signed is False else "q"
        return {32: "f", 64: "d"}.get(result.bits) if result.kind == "float" else None

    def for_call(self, args: Sequence[Any]) -> Signature:
        """Of a variadic signature: the one for a call with these arguments, promoted as C does; else itself.

        Raises:
            SignatureError: too few arguments, or one that says nothing of its type.
        """
        if not self.variadic:
            return self
        from .promotion import promoted_type

        fixed = len(self.argtypes)
        if len(args) < fixed:
            raise SignatureError(f"takes at least {fixed} arguments {self}, got {len(args)}")
        more = tuple(promoted_type(value, fixed + i + 1) for i, value in enumerate(args[fixed:]))
        c_abi = self.c_abi or any(one.is_aggregate for one in more)
        return Signature(self.restype, self.argtypes + more, variadic=False, c_abi=c_abi, fixed=fixed)

    def pack(self, args: Sequence[Any], pointers: PointerMaker | None = None) -> bytes:
        """The slots for a call. `pointers` makes addresses of what is given for pointers.

        Raises:
            SignatureError: the wrong number or type of arguments.
            ArgumentRangeError: an argument does not fit.
        """
        if self.variadic:
            raise SignatureError(f"{self} is variadic: for_call(args) has the signature to pack with")
        if len(args) != len(self.argtypes):
            raise SignatureError(f"takes {len(self.argtypes)} arguments {self}, got {len(args)}")
        slots = bytearray(self.slots_size)
        for index, (argtype, place) in enumerate(zip(self.argtypes, self.offsets, strict=True)):
            content = slot_bytes(argtype, args[index], Giver(index + 1, pointers))
            slots[place : place + len(content)] = content
        return bytes(slots)

    def unpack(self, slots: bytes) -> Any:
        """The result out of the first slots: int, bool, float, None for void, or what the type is made of.

        Raises:
            ValueError: `slots` has fewer bytes than the result.
        """
        if len(slots) < self.result_size:
            raise ValueError(f"the result of {self} is {self.result_size} bytes, got {len(slots)}")
        return from_memory(self.restype, slots)

    def unpack_arguments(self, slots: bytes) -> list[Any]:
        """A callback's arguments, out of the slots that its stub made.

        Raises:
            ValueError: `slots` has fewer bytes than the arguments.
        """
        if len(slots) < self._places[-1]:
            raise ValueError(f"the arguments of {self} are {self._places[-1]} bytes, got {len(slots)}")
        places = zip(self.argtypes, self.offsets, strict=True)
        return [from_memory(argtype, slots, place) for argtype, place in places]

    def pack_result(self, value: Any, pointers: PointerMaker | None = None) -> bytes:
        """A callback's result, for its stub: `result_size` bytes, at the beginning of the slots.

        Raises:
            SignatureError: the wrong type; void takes anything, as a Python function always returns something.
            ArgumentRangeError: it does not fit.
        """
        if self.restype == VOID:
            return b""
        return slot_bytes(self.restype, value, Giver(0, pointers))


def slot_bytes(argtype: Type, given: Any, giver: Giver) -> bytes:
    """One value as it lies in its slots.

    Raises:
        SignatureError, ArgumentRangeError: it cannot.
    """
    match argtype.kind:
        case "int" | "ptr":
            number = integer_from(argtype, given, giver)
            return (number & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(SLOT_BYTES, "little")
        case "float":
            return float_bytes(argtype, given, giver).ljust(SLOT_BYTES, b"\0")
    return to_memory(argtype, given, giver)


def _parse_argument(given: Any) -> Type:
    """As in C, an array as an argument is a pointer to its elements."""
    parsed = parse_type(given)
    if isinstance(given, type) and issubclass(given, ctypes.Array):
        return Type("ptr", 64, pointee=parsed.element)
    return parsed


def _check_passable(one: Type, c_abi: bool) -> None:
    if one.kind != "void" and one.size == 0:
        raise SignatureError(f"{one} has no bytes: there is nothing to pass")
    if one.kind == "array" and c_abi:
        raise SignatureError(f"C does not pass arrays: {one} must be a pointer, or in a struct")
    if one.is_aggregate and not c_abi and one.leaves > MAX_LEAVES:
        raise SignatureError(f"a value of {one.leaves} parts, at most {MAX_LEAVES} are passed: use a pointer")


def _fast_format(argtype: Type) -> str | None:
    if argtype.kind == "ptr":
        return "Q"
    if argtype.kind == "float":
        return _FLOAT_FORMATS[argtype.bits]
    found = _FORMATS.get(argtype.bits) if argtype.kind == "int" else None
    return found.upper().replace("X", "x") if found and argtype.signed is False else found
