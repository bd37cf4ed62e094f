"""What is asked of a compile worker, and what it answers: plain values.

Owns: these values. Must not know: processes, LLVM. Invariant: a request says everything that decides the object's
bytes; nothing is taken from this machine.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import CompileError
from ..types import Signature, Type

BITCODE_MAGICS = (b"BC\xc0\xde", b"\xde\xc0\x17\x0b")


@dataclass(frozen=True)
class ModuleSource:
    """A module as text or bitcode; `name` is what messages call it."""

    kind: Literal["ir", "bitcode"]
    data: bytes
    name: str


@dataclass(frozen=True)
class Target:
    """What to compile for: LLVM's triple, CPU and feature string."""

    triple: str
    cpu: str
    features: str


@dataclass(frozen=True)
class CompileRequest:
    """One module to one ELF object, position independent, small code model, at `-O{opt}` (0 to 3).

    timeout: seconds that it may take; None: as long as the pool allows.
    by_symbol: have the object refer to its own functions by their symbols, also where it could do without.
    """

    source: ModuleSource
    target: Target
    opt: int = 2
    timeout: float | None = None
    by_symbol: bool = False


@dataclass(frozen=True)
class SymbolInfo:
    """A symbol that a module defines.

    `signature` is None for a variable, and where no call can pass the types; `type` is a variable's, None for one that
    has none here; `constant`: nobody writes to it.
    """

    name: str
    linkage: Literal["strong", "weak", "common"]
    kind: Literal["function", "variable"]
    hidden: bool
    signature: Signature | None
    type: Type | None = None
    constant: bool = False
    ir_type: str = ""
    """A function's type as the module writes it."""


@dataclass(frozen=True)
class ModuleInterface:
    """What a module defines, and which names it needs: nothing is compiled for this."""

    name: str
    definitions: tuple[SymbolInfo, ...]
    references: tuple[str, ...]
    weak_references: tuple[str, ...]


def module_source(module: Any, name: str) -> ModuleSource:
    """A source from IR text, bitcode, an `llvmlite.ir.Module` or an `llvmlite.binding.ModuleRef`.

    llvmlite is not imported for this: a module of its cannot exist unless the user has.

    Raises:
        CompileError: it is none of these.
    """
    if isinstance(module, bytes | bytearray | memoryview):
        return _bitcode_source(bytes(module), name)
    binding = sys.modules.get("llvmlite.binding")
    if binding is not None and isinstance(module, binding.ModuleRef):
        return ModuleSource("bitcode", module.as_bitcode(), name)
    builder = sys.modules.get("llvmlite.ir")
    if isinstance(module, str) or (builder is not None and isinstance(module, builder.Module)):
        return ModuleSource("ir", _ir_bytes(str(module), name), name)
    raise CompileError(
        f"{name}: IR text, an llvmlite module or bitcode wanted, {type(module).__name__} given", module=name
    )


def _ir_bytes(text: str, name: str) -> bytes:
    """Bytes that are no UTF-8, as files read with `surrogateescape` have them, are LLVM's to refuse, with the line."""
    try:
        return text.encode("utf-8", errors="surrogateescape")
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise CompileError(
            f"{name}:{line}: {text[error.start]!r} is half a character, which is no text: remove it",
            module=name,
            line=line,
        ) from None


def _bitcode_source(data: bytes, name: str) -> ModuleSource:
    if not data.startswith(BITCODE_MAGICS):
        raise CompileError(f"{name}: not LLVM bitcode: it begins with {data[:4].hex(' ') or 'nothing'}", module=name)
    return ModuleSource("bitcode", data, name)
