"""Quick calls: what a handle of plain arguments does when nothing is in its way, in as few steps as Python allows.

Owns: that path. Must not know: types beyond their `struct` format, what to do when something is in the way. Invariant:
whatever is not plain (an argument that `struct` does not take, no free lane, somebody who waits, a callback being
served, an answer other than RETURNED) is left to `Caller`, which decides; nothing was called then, or its first answer
is handed over.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..types import Signature

if TYPE_CHECKING:
    from .caller import Caller

NOT_PLAIN = (struct.error, OverflowError, TypeError)


@dataclass(frozen=True, slots=True)
class QuickPlan:
    """Everything that a quick call needs: looked up once, dropped when an address changes.

    `caller`: whose lanes they are; a call that began before its worker was replaced ends with it.
    """

    pack_into: Callable[..., None]
    entry: int
    function: int
    result: str
    caller: Caller


def is_plain(signature: Signature) -> bool:
    """Whether there is a plan for it: it has plain arguments and a plain result, and is not variadic."""
    return signature.fast_arguments is not None and signature.fast_result is not None


def quick_plan(signature: Signature, entry: int, function: int, caller: Caller) -> QuickPlan:
    """The plan for a plain signature."""
    arguments, result = signature.fast_arguments, signature.fast_result
    assert arguments is not None
    assert result is not None
    packing = struct.Struct("<QQ" + arguments.format.removeprefix("<"))
    return QuickPlan(packing.pack_into, int(entry), int(function), result, caller)
