"""Types and signatures of calls: what an argument may be, and how it lies in a slot.

Owns: reading types as people write them, checking arguments, packing and unpacking slots. Must not know: how a
call is made. Invariant: what `pack` returns is exactly what the adapter of the same signature reads; anything
that does not fit is refused before it is sent, as ctypes users expect it: TypeError and OverflowError.

A slot is 8 bytes, little endian. Integers are extended to 64 bits, floats lie in the low bytes.
"""

from __future__ import annotations

import ctypes
import math
import operator
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .checks import shown
from .errors import ArgumentRangeError, SignatureError

SLOT_BYTES = 8
MAX_ARGUMENTS = 1024

Kind = Literal["int", "float", "ptr", "void"]

_ALIASES = {
    "float": "f32", "double": "f64", "half": "f16", "pointer": "ptr", "bool": "i1",
    "char": "i8", "short": "i16", "int": "i32", "long": "i64",
}  # fmt: skip
_LLVM_NAMES = {"f16": "half", "f32": "float", "f64": "double"}
_FLOAT_FORMATS = {16: "<e6x", 32: "<f4x", 64: "<d"}
_INTEGER = re.compile(r"([iu])([1-9][0-9]?)\Z")


@dataclass(frozen=True)
class Type:
    """One argument or result. `bits` wide; `signed` is None for IR's integers, which are neither."""

    kind: Kind
    bits: int = 0
    signed: bool | None = None

    def __str__(self) -> str:
        if self.kind == "int":
            return f"{'u' if self.signed is False else 'i'}{self.bits}"
        return f"f{self.bits}" if self.kind == "float" else self.kind

    @property
    def llvm(self) -> str:
        """Its name in LLVM IR."""
        if self.kind == "int":
            return f"i{self.bits}"
        return _LLVM_NAMES[str(self)] if self.kind == "float" else self.kind

    @property
    def low(self) -> int:
        """The smallest integer that fits."""
        return 0 if self.signed is False or self.kind == "ptr" or self.bits == 1 else -(1 << (self.bits - 1))

    @property
    def high(self) -> int:
        """The largest integer that fits; IR's own integers take both readings of their top bit."""
        return (1 << (self.bits - 1)) - 1 if self.signed else (1 << self.bits) - 1


VOID = Type("void")
PTR = Type("ptr", 64)


def parse_type(given: Any) -> Type:
    """A type from an IR name (`"i32"`, `"f64"`, `"double"`, `"ptr"`), a ctypes type, or None for void.

    Raises:
        SignatureError: it is none of these.
    """
    if isinstance(given, Type):
        return given
    if given is None:
        return VOID
    found = _type_from_name(given) if isinstance(given, str) else _type_from_ctypes(given)
    if found is None:
        raise SignatureError(
            f"{shown(given)} is no type that a call can pass: give i1 to i64, f32, f64, ptr or void, or a ctypes type"
        )
    return found


def _type_from_name(text: str) -> Type | None:
    name = _ALIASES.get(text.strip(), text.strip())
    if name.endswith("*"):
        return PTR
    if name in ("ptr", "void"):
        return PTR if name == "ptr" else VOID
    if name in ("f16", "f32", "f64"):
        return Type("float", int(name[1:]))
    match = _INTEGER.match(name)
    if match is None or int(match[2]) > 64:
        return None
    return Type("int", int(match[2]), False if match[1] == "u" else None)


def _type_from_ctypes(given: Any) -> Type | None:
    if not isinstance(given, type):
        return None
    if given in (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_wchar_p):
        return PTR
    if issubclass(given, ctypes._Pointer | ctypes._CFuncPtr):  # type: ignore[attr-defined]
        return PTR
    if issubclass(given, ctypes._SimpleCData):
        return _type_from_code(getattr(given, "_type_", ""), ctypes.sizeof(given) * 8)
    return None


def _type_from_code(code: str, bits: int) -> Type | None:
    """ctypes names its simple types by `struct`'s letters."""
    if code == "?":
        return Type("int", 1)
    if code in ("f", "d"):
        return Type("float", bits)
    if code in ("b", "h", "i", "l", "q"):
        return Type("int", bits, signed=True)
    return Type("int", bits, signed=False) if code in ("B", "H", "I", "L", "Q") else None


@dataclass(frozen=True)
class Signature:
    """Result and arguments of a function."""

    restype: Type
    argtypes: tuple[Type, ...]

    @classmethod
    def parse(cls, restype: Any, argtypes: Sequence[Any]) -> Signature:
        """Read a signature as people write it.

        Raises:
            SignatureError: one of the types is none, or an argument is void.
        """
        if isinstance(argtypes, str) or not isinstance(argtypes, Sequence):
            raise SignatureError(f"argtypes= takes a list of types, not {shown(argtypes)}")
        arguments = tuple(parse_type(given) for given in argtypes)
        if VOID in arguments or len(arguments) > MAX_ARGUMENTS:
            raise SignatureError(f"an argument cannot be void, and there are at most {MAX_ARGUMENTS} of them")
        return cls(parse_type(restype), arguments)

    def __str__(self) -> str:
        return f"{self.restype} ({', '.join(str(argtype) for argtype in self.argtypes)})"

    def pack(self, args: Sequence[Any]) -> bytes:
        """The slots for a call: one per argument, at least one for the result.

        Raises:
            SignatureError: the wrong number or type of arguments.
            ArgumentRangeError: an argument does not fit.
        """
        if len(args) != len(self.argtypes):
            raise SignatureError(f"takes {len(self.argtypes)} arguments {self}, got {len(args)}")
        slots = [_pack_one(t, value, i + 1) for i, (t, value) in enumerate(zip(self.argtypes, args, strict=True))]
        return b"".join(slots) or bytes(SLOT_BYTES)

    def unpack(self, slot: bytes) -> Any:
        """The result out of the first slot: int, float, or None for void.

        Raises:
            ValueError: `slot` is not 8 bytes.
        """
        if len(slot) != SLOT_BYTES:
            raise ValueError(f"a slot is {SLOT_BYTES} bytes, got {len(slot)}")
        match self.restype.kind:
            case "void":
                return None
            case "float":
                return struct.unpack(_FLOAT_FORMATS[self.restype.bits], slot)[0]
        return _integer_from(self.restype, int.from_bytes(slot, "little"))


def _integer_from(restype: Type, raw: int) -> int | bool:
    value = raw & ((1 << restype.bits) - 1)
    if restype.bits == 1:
        return bool(value)
    unsigned = restype.kind == "ptr" or restype.signed is False
    return value if unsigned or value <= restype.high >> (restype.signed is None) else value - (1 << restype.bits)


def _pack_one(argtype: Type, given: Any, position: int) -> bytes:
    value = given.value if isinstance(given, ctypes._SimpleCData) else given
    if argtype.kind == "float":
        return _pack_float(argtype, value, position)
    if argtype.kind == "ptr" and value is None:
        return bytes(SLOT_BYTES)
    number = _integer_of(argtype, value, position)
    if not argtype.low <= number <= argtype.high:
        raise ArgumentRangeError(
            f"argument {position}: {shown(number)} does not fit {argtype}, which takes {argtype.low} to {argtype.high}",
            position=position,
        )
    return (number & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(SLOT_BYTES, "little")


def _integer_of(argtype: Type, value: Any, position: int) -> int:
    """An `int`, or what says that it is one by `__index__`, as NumPy's integers do; its truth values do not."""
    kind = type(value)
    if argtype.bits == 1 and kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"):
        return int(value)
    try:
        return operator.index(value)
    except TypeError:
        raise _wrong_type(argtype, value, position) from None


def _pack_float(argtype: Type, value: Any, position: int) -> bytes:
    if isinstance(value, str | bytes | bytearray):  # float() would read them
        raise _wrong_type(argtype, value, position)
    try:
        number = float(value)
        return struct.pack(_FLOAT_FORMATS[argtype.bits], number)
    except OverflowError:
        return _overflowing_float(argtype, value, position)
    except (TypeError, ValueError):
        raise _wrong_type(argtype, value, position) from None


def _wrong_type(argtype: Type, value: Any, position: int) -> SignatureError:
    return SignatureError(f"argument {position}: {argtype} wanted, {type(value).__name__} given", position=position)


def _overflowing_float(argtype: Type, value: Any, position: int) -> bytes:
    """A double too large for a float becomes infinity, as in C; an int too large for a double is refused."""
    if isinstance(value, float):
        return struct.pack(_FLOAT_FORMATS[argtype.bits], math.copysign(math.inf, value))
    raise ArgumentRangeError(f"argument {position}: {shown(value)} does not fit {argtype}", position=position)
