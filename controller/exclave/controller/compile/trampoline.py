"""Trampolines of lazy functions: IR of a function that re-enters the controller with a number.

Owns: the instructions that put the number where the session runtime's `exclave_lazy_entry` takes it. Must not know:
which function the number stands for. Invariant: no register that an argument may come in is touched.

The instructions are prologue data: bytes before the function's own code, which is the jump to the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .call_text import symbol_text

ENTRY = "exclave_lazy_entry"


def trampoline_ir(number: int, symbol: str, architecture: str) -> str:
    """IR text of a function `symbol` that goes to the session runtime with `number`, 0 to 2**32 - 1."""
    words = _NUMBER_INTO_SCRATCH[architecture](number)
    size = 8 if architecture == "x86_64" else 32
    data = ", ".join(f"i{size} {word}" for word in words)
    return (
        f"define void {symbol_text(symbol)}() nounwind prologue [{len(words)} x i{size}] [{data}] {{\n"
        f"  musttail call void @{ENTRY}()\n"
        "  ret void\n"
        "}\n"
        f"declare void @{ENTRY}()\n"
    )


def _x86_64(number: int) -> list[int]:
    """`mov r11d, number`."""
    return [0x41, 0xBB, *number.to_bytes(4, "little")]


def _aarch64(number: int) -> list[int]:
    """`movz w9, #low`, `movk w9, #high, lsl #16`. (w16 is what a stub on the way may use)"""
    return [0x52800009 | (number & 0xFFFF) << 5, 0x72A00009 | (number >> 16) << 5]


def _riscv64(number: int) -> list[int]:
    """`lui t4, high`, `addiw t4, t4, low`, `slli t4, t4, 32`, `srli t4, t4, 32`.

    The low part is signed, so the high one is rounded up for it; the shifts clear what the sign has filled.
    """
    high, low = (number + 0x800) >> 12 & 0xFFFFF, number & 0xFFF
    return [0xEB7 | high << 12, 0xE8E9B | low << 20, 0x020E9E93, 0x020EDE93]


_NUMBER_INTO_SCRATCH: Mapping[str, Callable[[int], list[int]]] = {
    "x86_64": _x86_64,
    "aarch64": _aarch64,
    "riscv64": _riscv64,
}
