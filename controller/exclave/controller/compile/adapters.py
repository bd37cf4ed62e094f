"""Signature adapters: IR that takes a call out of slots, makes it, and puts the result back; and the other way round.

Owns: the adapters' names and what they do. Must not know: who calls them. Invariant: LLVM knows the calling convention
of plain values, `abi/` that of C's structs and vectors; there is nothing of either here. Equal names mean equal text.
"""

from __future__ import annotations

import functools
import hashlib
import re

from ..errors import SignatureError
from ..types import SLOT_BYTES, Signature
from .abi import lower
from .call_text import ATTRIBUTES, COPY_DECLARATION, CallText
from .callback_text import stub_text

PREFIX = "exclave_adapter"
MAP_PREFIX = "exclave_map"
MAP_HEAD = 4
"""Slots of a map before its arguments': count, index, address and stride of the result."""

_PLAIN_TYPES = re.compile(r"[a-z0-9_]{1,200}\Z")


@functools.lru_cache(maxsize=1024)  # asked for at every call
def adapter_ir(signature: Signature, architecture: str = "x86_64") -> tuple[str, str]:
    """Symbol and IR text of `void adapter(ptr function, ptr slots)`. The name is a function of the signature.

    Raises:
        SignatureError: it is variadic, or passes what C passes in a way that is not known here.
    """
    name, call = _adapter_name(PREFIX, signature), CallText(signature, lower(signature, architecture))
    lines = [f"define void @{name}(ptr %function, ptr %slots) {ATTRIBUTES} {{", *call.copies()]
    for index, place in enumerate(signature.offsets):
        lines.append(f"  %p{index} = getelementptr i8, ptr %slots, i64 {place}")
        lines += call.load(index, f"%p{index}", in_slot=True)
    lines += [*call.call("%function"), *call.store("%slots", in_slot=True), "  ret void", "}"]
    return name, _module(lines)


@functools.lru_cache(maxsize=256)
def map_adapter_ir(signature: Signature, architecture: str = "x86_64") -> tuple[str, str]:
    """Symbol and IR text of `void adapter(ptr function, ptr slots)` that calls `function` once per element.

    Its slots, 8 bytes each: count, index (of the element that is being computed; written before each call), address
    and stride of the results (ignored for void), then address and stride of each argument's values. Values lie as in
    memory; a stride of 0 gives the same one to all.

    Raises:
        SignatureError: as `adapter_ir`.
    """
    name, call = _adapter_name(MAP_PREFIX, signature), CallText(signature, lower(signature, architecture))
    count = len(signature.argtypes)
    lines = [f"define void @{name}(ptr %function, ptr %slots) {ATTRIBUTES} {{", "entry:", *call.copies()]
    lines += [*_map_head(count), *_map_phis(count), "  store volatile i64 %index, ptr %index.at, align 8"]
    for index in range(count):
        lines += call.load(index, f"%p{index}", in_slot=False)
    lines += [*call.call("%function"), *call.store("%r", in_slot=False), *_map_tail(count), "}"]
    return name, _module(lines)


def callback_stub_ir(signature: Signature, callback_id: int, symbol: str, architecture: str = "x86_64") -> str:
    """IR text of a function `symbol` with this signature, whose body is the controller's callback `callback_id`.

    It needs `void @exclave_callback(i64 id, ptr slots, i64 size)`, which replaces the arguments in the slots by the
    result.

    Raises:
        SignatureError: as `adapter_ir`.
    """
    if signature.variadic or signature.fixed is not None:
        raise SignatureError(f"{signature}: a callback cannot be variadic")
    return stub_text(signature, lower(signature, architecture), callback_id, symbol)


def _adapter_name(prefix: str, signature: Signature) -> str:
    """Of the types' names if these are words, else of their hash."""
    if signature.variadic:
        raise SignatureError(f"{signature} is variadic: for_call(args) has the signature to call with")
    words = "_".join(str(t) for t in (signature.restype, *signature.argtypes))
    if _PLAIN_TYPES.match(words) and signature.fixed is None:
        return f"{prefix}_{words}"
    digest = hashlib.sha256(f"{signature} {signature.c_abi}".encode()).hexdigest()
    return f"{prefix}_{digest[:32]}"


def _module(lines: list[str]) -> str:
    text = "\n".join(lines) + "\n"
    return COPY_DECLARATION + text if "memcpy" in text else text


def _map_head(count: int) -> list[str]:
    """Everything that stays the same, read once: what the function writes might lie over it."""
    places = ["%count.at", "%index.at", "%r.at", "%r.stride.at"]
    for index in range(count):
        places += [f"%p{index}.at", f"%p{index}.stride.at"]
    lines = [f"  {at} = getelementptr i8, ptr %slots, i64 {i * SLOT_BYTES}" for i, at in enumerate(places)]
    lines.append("  %count = load i64, ptr %count.at, align 8")
    for name in ("%r", *(f"%p{index}" for index in range(count))):
        lines.append(f"  {name}.first = load ptr, ptr {name}.at, align 8")
        lines.append(f"  {name}.stride = load i64, ptr {name}.stride.at, align 8")
    return [*lines, "  %none = icmp eq i64 %count, 0", "  br i1 %none, label %end, label %loop"]


def _map_phis(count: int) -> list[str]:
    lines = ["loop:", "  %index = phi i64 [ 0, %entry ], [ %index.next, %loop ]"]
    moving = ("%r", *(f"%p{index}" for index in range(count)))
    return [*lines, *(f"  {name} = phi ptr [ {name}.first, %entry ], [ {name}.next, %loop ]" for name in moving)]


def _map_tail(count: int) -> list[str]:
    moving = ("%r", *(f"%p{index}" for index in range(count)))
    lines = [f"  {name}.next = getelementptr i8, ptr {name}, i64 {name}.stride" for name in moving]
    lines += ["  %index.next = add i64 %index, 1", "  %more = icmp ult i64 %index.next, %count"]
    return [*lines, "  br i1 %more, label %loop, label %end", "end:", "  ret void"]
