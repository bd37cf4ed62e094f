"""What must be called when an allocation goes live and when it goes: unwind tables, initializers, finalizers.

Owns: the order of these calls. Must not know: how they reach the worker. Invariant: unwind tables come first, so
that an initializer may throw; the undoing runs in reverse. (orc::shared::AllocActions; System V gABI, "Initialization
and Termination Functions"; `.ctors` run last to first, as crtbegin does)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from .model import Action, ActionPair

if TYPE_CHECKING:
    from .link import SpecialRange

REGISTER_FRAMES = "__register_frame"
DEREGISTER_FRAMES = "__deregister_frame"
RUN_INITIALIZERS = "exclave_run_initializers"
RUN_FINALIZERS = "exclave_run_finalizers"
ACTION_SYMBOLS = (REGISTER_FRAMES, DEREGISTER_FRAMES)

FORWARD, BACKWARD = 0, 1
_ORDER = ("eh_frame", "init_array", "ctors", "fini_array", "dtors")


def actions_for(ranges: Iterable[SpecialRange], symbols: Mapping[str, int]) -> tuple[ActionPair, ...]:
    """The action pairs of one allocation's special ranges; `symbols` has the functions to call."""
    ordered = sorted(ranges, key=lambda special: _ORDER.index(special.kind))
    return tuple(_pair(special, symbols) for special in ordered)


def _pair(special: SpecialRange, symbols: Mapping[str, int]) -> ActionPair:
    first, end = special.address, special.address + special.size
    match special.kind:
        case "eh_frame":
            register = Action(symbols[REGISTER_FRAMES], (first,))
            return ActionPair(register, Action(symbols[DEREGISTER_FRAMES], (first,)))
        case "init_array":
            return ActionPair(Action(symbols[RUN_INITIALIZERS], (first, end, FORWARD), checked=True), deferred=True)
        case "ctors":
            return ActionPair(Action(symbols[RUN_INITIALIZERS], (first, end, BACKWARD), checked=True), deferred=True)
        case "fini_array":
            return ActionPair(dealloc=Action(symbols[RUN_FINALIZERS], (first, end, BACKWARD)), deferred=True)
        case _:
            return ActionPair(dealloc=Action(symbols[RUN_FINALIZERS], (first, end, FORWARD)), deferred=True)
