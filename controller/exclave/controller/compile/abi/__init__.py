"""The C calling conventions of each architecture, as far as LLVM leaves them to the front end: structs and vectors.

Owns: which architecture has which rules. Must not know: how IR is written. Invariant: what is not C's (a signature of
IR) is passed as LLVM passes it, and so is every plain value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...errors import SignatureError
from ...types import Signature, Type
from .aarch64 import Aarch64
from .passing import Convention, Part, Passing, check_known
from .riscv64 import Riscv64
from .x86_64 import SystemV

__all__ = ["Lowering", "Part", "Passing", "lower"]

_CONVENTIONS: dict[str, Callable[[], Convention]] = {"x86_64": SystemV, "aarch64": Aarch64, "riscv64": Riscv64}


@dataclass(frozen=True)
class Lowering:
    """How a call's values are passed; None for one that LLVM passes by itself."""

    result: Passing | None
    arguments: tuple[Passing | None, ...]


def lower(signature: Signature, architecture: str) -> Lowering:
    """How a call with this signature passes its values.

    Raises:
        SignatureError: it has structs or vectors that C passes in ways that are not known here.
    """
    every = (signature.restype, *signature.argtypes)
    if not signature.c_abi or not any(map(_needs_rules, every)):
        return Lowering(None, (None,) * len(signature.argtypes))
    if architecture not in _CONVENTIONS:
        raise SignatureError(f"{architecture}: how C passes structs is not known; {', '.join(_CONVENTIONS)} are")
    for one in every:
        check_known(one)
    convention = _CONVENTIONS[architecture]()
    result = convention.result(signature.restype)  # it may take a register for its address, so it comes first
    named = len(signature.argtypes) if signature.fixed is None else signature.fixed
    arguments = [convention.argument(argtype, index < named) for index, argtype in enumerate(signature.argtypes)]
    return Lowering(result, tuple(arguments))


def _needs_rules(one: Type) -> bool:
    return one.is_aggregate or one.kind == "vector"
