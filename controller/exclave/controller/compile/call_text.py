"""The IR of one call: loading its arguments, making it, storing its result.

Owns: how values get from memory into LLVM's arguments and back. Must not know: where the memory is, for which
architecture. Invariant: exactly a value's own bytes are read and written in memory that is not ours; a callee never
gets a pointer to it.

A callee may rely on the extension of its arguments: up to 32 bits on x86-64 (as clang does), up to 64 on RISC-V
(psABI, "Integer Calling Convention": 32-bit values are sign-extended even if they are unsigned); AAPCS64 leaves it to
the callee. The extensions here are right for all of them. Nothing is assumed of results and callbacks' arguments.
"""

from __future__ import annotations

import re

from ..types import SLOT_BYTES, Signature, Type
from .abi import Lowering, Passing

COPY = "@llvm.memcpy.inline.p0.p0.i64"
COPY_DECLARATION = f"declare void {COPY}(ptr, ptr, i64 immarg, i1 immarg)\n"
"""Never a call of memcpy, which an adapter has no reference to."""
ATTRIBUTES = '"no-builtins"'
"""Nor may LLVM see a memcpy in what we write."""
_PLAIN_NAME = re.compile(r"[-\w$.]+\Z")


class CallText:
    """Lines of IR for a call with one signature. Values are named after their argument's number."""

    def __init__(self, signature: Signature, lowering: Lowering) -> None:
        self._signature = signature
        self._lowering = lowering
        self._arguments = list(zip(signature.argtypes, lowering.arguments, strict=True))

    def copies(self) -> list[str]:
        """Memory for the values that are not passed as LLVM's own; belongs at the function's entry."""
        lines = [
            copy_place(f"%copy{index}", argtype)
            for index, (argtype, passing) in enumerate(self._arguments)
            if passing is not None
        ]
        return lines if self._lowering.result is None else [*lines, copy_place("%copy", self._signature.restype)]

    def load(self, index: int, pointer: str, in_slot: bool) -> list[str]:
        """Argument number `index` from where `pointer` points to."""
        argtype, passing = self._arguments[index]
        if passing is None:
            return load_plain(f"%a{index}", argtype, pointer, in_slot)
        copied = copy(f"%copy{index}", pointer, argtype.size)
        return [copied, *load_parts(f"%a{index}", passing, f"%copy{index}")]

    def call(self, callee: str) -> list[str]:
        """The call; its result is `%result`, or where it is stored from."""
        result, passing = self._signature.restype, self._lowering.result
        arguments = [text for index in range(len(self._signature.argtypes)) for text in self._passed(index)]
        if passing is not None and passing.memory:
            arguments.insert(0, f"ptr sret({in_memory(result)}) align {result.alignment} %copy")
        returned = returned_type(result, passing)
        called = f"call {self._called_type(returned)} {callee}({', '.join(arguments)})"
        return [f"  {called}"] if returned == "void" else [f"  %result = {called}"]

    def _passed(self, index: int) -> list[str]:
        argtype, passing = self._arguments[index]
        if passing is None:
            return [f"{argtype.llvm}{extension(argtype)} %a{index}"]
        if passing.memory:
            return [f"{pointer_type(argtype, passing)} %copy{index}"]
        return [f"{part.llvm} %a{index}.{number}" for number, part in enumerate(passing.parts)]

    def _called_type(self, returned: str) -> str:
        """A variadic function's type is written out: it decides how the rest is passed."""
        if self._signature.fixed is None:
            return returned
        named = [text for index in range(self._signature.fixed) for text in self._types(index)]
        passing = self._lowering.result
        hidden = ["ptr"] if passing is not None and passing.memory else []
        return f"{returned} ({', '.join([*hidden, *named, '...'])})"

    def _types(self, index: int) -> list[str]:
        argtype, passing = self._arguments[index]
        if passing is None:
            return [argtype.llvm]
        return ["ptr"] if passing.memory else [part.llvm for part in passing.parts]

    def store(self, pointer: str, in_slot: bool) -> list[str]:
        """The result to where `pointer` points to."""
        result, passing = self._signature.restype, self._lowering.result
        if result.kind == "void":
            return []
        if passing is None:
            return store_plain("%result", result, pointer, in_slot)
        parts = [] if passing.memory else store_returned(returned_type(result, passing), passing, "%copy")
        return [*parts, copy(pointer, "%copy", result.size)]


def symbol_text(name: str) -> str:
    """A global name as IR writes it."""
    if _PLAIN_NAME.match(name):
        return f"@{name}"
    return (
        '@"'
        + "".join(c if c.isalnum() and c.isascii() else "".join(f"\\{b:02X}" for b in c.encode()) for c in name)
        + '"'
    )


def is_narrow(t: Type) -> bool:
    """Whether it is an integer that does not fill its slot."""
    return t.kind == "int" and t.bits < 64


def extension(t: Type) -> str:
    """How a small integer fills its register; i1 is C's `bool`."""
    if not is_narrow(t):
        return ""
    unsigned = t.bits == 1 or (t.signed is False and t.bits < 32)
    return " zeroext" if unsigned else " signext"


def in_memory(t: Type) -> str:
    """Bytes for a value and for the parts that reach beyond it."""
    return f"[{-(-t.size // SLOT_BYTES) * SLOT_BYTES} x i8]"


def pointer_type(t: Type, passing: Passing) -> str:
    """Of an argument that is passed in memory; on the stack every argument is aligned to 8."""
    if passing.memory == "pointer":
        return "ptr"
    return f"ptr byval({in_memory(t)}) align {max(t.alignment, SLOT_BYTES)}"


def returned_type(result: Type, passing: Passing | None) -> str:
    """What LLVM's function returns."""
    if passing is None:
        return result.llvm
    if passing.memory:
        return "void"
    types = [part.llvm for part in passing.parts]
    return types[0] if len(types) == 1 else f"{{ {', '.join(types)} }}"


def copy_place(name: str, t: Type) -> str:
    """Memory of ours."""
    return f"  {name} = alloca {in_memory(t)}, align {max(t.alignment, SLOT_BYTES)}"


def copy(to: str, source: str, size: int) -> str:
    """Exactly `size` bytes."""
    return f"  call void {COPY}(ptr {to}, ptr {source}, i64 {size}, i1 false)"


def load_plain(name: str, t: Type, pointer: str, in_slot: bool) -> list[str]:
    """An integer is the low bits of its slot or of its bytes, whatever the rest holds."""
    align = _alignment(t, in_slot)
    stored = _stored_bits(t, in_slot)
    if stored in (0, t.bits):
        return [f"  {name} = load {t.llvm}, ptr {pointer}, align {align}"]
    return [
        f"  {name}.wide = load i{stored}, ptr {pointer}, align {align}",
        f"  {name} = trunc i{stored} {name}.wide to {t.llvm}",
    ]


def store_plain(name: str, t: Type, pointer: str, in_slot: bool) -> list[str]:
    """Narrow integers are widened, so that all their bytes are defined: as their type says, zeros within memory."""
    align = _alignment(t, in_slot)
    stored = _stored_bits(t, in_slot)
    if stored in (0, t.bits):
        return [f"  store {t.llvm} {name}, ptr {pointer}, align {align}"]
    widen = "sext" if in_slot and t.signed is not False and t.bits > 1 else "zext"
    return [
        f"  {name}.wide = {widen} {t.llvm} {name} to i{stored}",
        f"  store i{stored} {name}.wide, ptr {pointer}, align {align}",
    ]


def _stored_bits(t: Type, in_slot: bool) -> int:
    """The width of an integer as it is stored, 0 for what is none."""
    if t.kind != "int":
        return 0
    return SLOT_BYTES * 8 if in_slot else t.size * 8


def _alignment(t: Type, in_slot: bool) -> int:
    """Slots are aligned to 8; so is what lies in arrays, if its type is."""
    return SLOT_BYTES if in_slot else min(t.alignment, SLOT_BYTES)


def load_parts(name: str, passing: Passing, pointer: str) -> list[str]:
    """Each part `name.0`, `name.1`, ... of a value in memory of ours."""
    lines = []
    for number, part in enumerate(passing.parts):
        place = f"{name}.{number}.at"
        lines.append(f"  {place} = getelementptr i8, ptr {pointer}, i64 {part.offset}")
        lines.append(f"  {name}.{number} = load {part.llvm}, ptr {place}, align {_part_alignment(part.offset)}")
    return lines


def store_part(value: str, llvm: str, pointer: str, offset: int) -> list[str]:
    """One part to memory of ours."""
    place = f"{value}.at"
    return [
        f"  {place} = getelementptr i8, ptr {pointer}, i64 {offset}",
        f"  store {llvm} {value}, ptr {place}, align {_part_alignment(offset)}",
    ]


def store_returned(returned: str, passing: Passing, pointer: str) -> list[str]:
    """The parts of `%result`, which is a `returned`, to memory of ours."""
    if len(passing.parts) == 1:
        return store_part("%result", returned, pointer, passing.parts[0].offset)
    lines = []
    for number, part in enumerate(passing.parts):
        lines.append(f"  %result.{number} = extractvalue {returned} %result, {number}")
        lines += store_part(f"%result.{number}", part.llvm, pointer, part.offset)
    return lines


def _part_alignment(offset: int) -> int:
    """Memory of ours is aligned to 8 at least; a part may begin within."""
    return SLOT_BYTES if offset % SLOT_BYTES == 0 else offset & -offset
