"""The IR of a callback's stub: a function with a C signature whose body is in the controller.

Owns: how arguments get into slots and the result out of them. Must not know: how the slots reach the controller.
Invariant: the slots are those that `Signature.unpack_arguments` reads and `Signature.pack_result` writes.
"""

from __future__ import annotations

from ..types import Signature, Type
from .abi import Lowering, Passing
from .call_text import (
    ATTRIBUTES,
    COPY_DECLARATION,
    copy,
    extension,
    in_memory,
    load_parts,
    load_plain,
    pointer_type,
    returned_type,
    store_part,
    store_plain,
    symbol_text,
)

RUNTIME_FUNCTION = "@exclave_callback"


def stub_text(signature: Signature, lowering: Lowering, callback_id: int, symbol: str) -> str:
    """A module with the stub as `symbol`."""
    parameters, stores = _parameters(signature, lowering)
    result = signature.restype
    returned = f"{extension(result)} {returned_type(result, lowering.result)}".strip()
    lines = [
        f"define {returned} {symbol_text(symbol)}({', '.join(parameters)}) {ATTRIBUTES} {{",
        f"  %slots = alloca [{signature.slots_size} x i8], align 16",
        *stores,
        f"  call void {RUNTIME_FUNCTION}(i64 {callback_id}, ptr %slots, i64 {signature.slots_size})",
        *_return(result, lowering.result),
        "}",
    ]
    declarations = f"declare void {RUNTIME_FUNCTION}(i64, ptr, i64)\n{COPY_DECLARATION}"
    return declarations + "\n".join(lines) + "\n"


def _parameters(signature: Signature, lowering: Lowering) -> tuple[list[str], list[str]]:
    """The stub's parameters, and how each gets into its slots."""
    parameters, lines = [], []
    result = lowering.result
    if result is not None and result.memory:
        parameters.append(f"ptr sret({in_memory(signature.restype)}) align {signature.restype.alignment} %returned")
    for index, (argtype, passing) in enumerate(zip(signature.argtypes, lowering.arguments, strict=True)):
        place = f"%slot{index}"
        parameters += _received(index, argtype, passing)
        lines.append(f"  {place} = getelementptr i8, ptr %slots, i64 {signature.offsets[index]}")
        lines += _kept(index, argtype, passing, place)
    return parameters, lines


def _received(index: int, argtype: Type, passing: Passing | None) -> list[str]:
    """Without extensions: what a caller leaves in the rest of a register is not looked at."""
    if passing is None:
        return [f"{argtype.llvm} %a{index}"]
    if passing.memory:
        return [f"{pointer_type(argtype, passing)} %a{index}"]
    return [f"{part.llvm} %a{index}.{number}" for number, part in enumerate(passing.parts)]


def _kept(index: int, argtype: Type, passing: Passing | None, place: str) -> list[str]:
    if passing is None:
        return store_plain(f"%a{index}", argtype, place, in_slot=True)
    if passing.memory:
        return [copy(place, f"%a{index}", argtype.size)]
    rows = [store_part(f"%a{index}.{n}", part.llvm, place, part.offset) for n, part in enumerate(passing.parts)]
    return [line for row in rows for line in row]


def _return(result: Type, passing: Passing | None) -> list[str]:
    """From the first slots, where the controller has put it."""
    if result.kind == "void":
        return ["  ret void"]
    if passing is None:
        return [*load_plain("%result", result, "%slots", in_slot=True), f"  ret {result.llvm} %result"]
    if passing.memory:
        return [copy("%returned", "%slots", result.size), "  ret void"]
    return [*load_parts("%result", passing, "%slots"), *_return_parts(returned_type(result, passing), passing)]


def _return_parts(returned: str, passing: Passing) -> list[str]:
    if len(passing.parts) == 1:
        return [f"  ret {returned} %result.0"]
    lines, whole = [], "poison"
    for number, part in enumerate(passing.parts):
        lines.append(f"  %whole{number} = insertvalue {returned} {whole}, {part.llvm} %result.{number}, {number}")
        whole = f"%whole{number}"
    return [*lines, f"  ret {returned} {whole}"]
