"""Signature adapters: IR that takes a call out of slots, makes it, and puts the result back.

Owns: the adapter's name and text. Must not know: who calls it. Invariant: LLVM knows the calling convention, so
there is none here; only how small integers fill their registers, which C leaves to the front end.

A callee may rely on the extension of its arguments: up to 32 bits on x86-64 (as clang does), up to 64 on RISC-V
(psABI, "Integer Calling Convention": 32-bit values are sign-extended even if they are unsigned); AAPCS64 leaves it to
the callee. The extensions here are right for all of them. Of a result nothing is assumed.
"""

from __future__ import annotations

import functools

from ..types import SLOT_BYTES, Signature, Type

PREFIX = "exclave_adapter"


@functools.lru_cache(maxsize=1024)  # asked for at every call
def adapter_ir(signature: Signature) -> tuple[str, str]:
    """Symbol and IR text of `void adapter(ptr function, ptr slots)`. The name is a function of the signature."""
    name = "_".join([PREFIX, *(str(t) for t in (signature.restype, *signature.argtypes))])
    lines = [f"define void @{name}(ptr %function, ptr %slots) {{"]
    for index, argtype in enumerate(signature.argtypes):
        lines += _load(index, argtype)
    lines += [*_call(signature), "  ret void", "}"]
    return name, "\n".join(lines) + "\n"


def _load(index: int, argtype: Type) -> list[str]:
    """An integer is the low bits of its slot, whatever the rest holds."""
    place = f"  %p{index} = getelementptr i8, ptr %slots, i64 {index * SLOT_BYTES}"
    if not _is_narrow(argtype):
        return [place, f"  %a{index} = load {argtype.llvm}, ptr %p{index}, align 8"]
    return [
        place,
        f"  %s{index} = load i64, ptr %p{index}, align 8",
        f"  %a{index} = trunc i64 %s{index} to {argtype.llvm}",
    ]


def _call(signature: Signature) -> list[str]:
    arguments = ", ".join(f"{t.llvm}{_extension(t)} %a{i}" for i, t in enumerate(signature.argtypes))
    result = signature.restype
    if result.kind == "void":
        return [f"  call void %function({arguments})"]
    return [f"  %result = call {result.llvm} %function({arguments})", *_store(result)]


def _is_narrow(t: Type) -> bool:
    return t.kind == "int" and t.bits < 64


def _extension(t: Type) -> str:
    """How a small integer fills its register; i1 is C's `bool`."""
    if not _is_narrow(t):
        return ""
    unsigned = t.bits == 1 or (t.signed is False and t.bits < 32)
    return " zeroext" if unsigned else " signext"


def _store(result: Type) -> list[str]:
    """Narrow integers are widened, so that the whole slot is defined."""
    if not _is_narrow(result):
        return [f"  store {result.llvm} %result, ptr %slots, align 8"]
    return [f"  %wide = zext {result.llvm} %result to i64", "  store i64 %wide, ptr %slots, align 8"]
