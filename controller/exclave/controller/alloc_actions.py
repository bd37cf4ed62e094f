"""What must be called when an allocation goes live and when it goes: unwind tables, initializers, finalizers.

Owns: the order of these calls, and the form in which a user asks for some. Must not know: how they reach the worker.
Invariant: unwind tables come first, so that an initializer may throw; then initializers, then what the user has added,
which may rely on both; the undoing runs in reverse. (orc::shared::AllocActions; System V gABI, "Initialization
and Termination Functions"; `.ctors` run last to first, as crtbegin does)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .checks import checked_size, shown
from .errors import SignatureError
from .model import Action, ActionPair

if TYPE_CHECKING:
    from .link import SpecialRange

REGISTER_FRAMES = "__register_frame"
DEREGISTER_FRAMES = "__deregister_frame"
RUN_INITIALIZERS = "exclave_run_initializers"
RUN_FINALIZERS = "exclave_run_finalizers"
ACTION_SYMBOLS = (REGISTER_FRAMES, DEREGISTER_FRAMES)

Value = str | int
"""A number, or the name of a symbol, for its address."""

MAX_ARGUMENTS = 4
FORWARD, BACKWARD = 0, 1
_ORDER = ("eh_frame", "init_array", "ctors", "fini_array", "dtors")


class UserAction(NamedTuple):
    """A pair of calls that a user ties to a unit, and what both get; None: nothing to do."""

    finalize: Value | None
    dealloc: Value | None
    arguments: tuple[Value, ...] = ()

    @property
    def names(self) -> list[str]:
        """What must have an address for it."""
        return [value for value in (self.finalize, self.dealloc, *self.arguments) if isinstance(value, str)]

    def calling(self, names: Mapping[str, str]) -> UserAction:
        """With functions under other names; what is handed to them stays."""
        first, last = (names.get(one, one) if isinstance(one, str) else one for one in (self.finalize, self.dealloc))
        return UserAction(first, last, self.arguments)

    def pair(self, addresses: Mapping[str, int]) -> ActionPair:
        """With addresses."""
        return ActionPair(self._call(self.finalize, addresses), self._call(self.dealloc, addresses), deferred=True)

    def _call(self, function: Value | None, addresses: Mapping[str, int]) -> Action | None:
        if function is None:
            return None
        arguments = tuple([_value(argument, addresses) for argument in self.arguments])
        return Action(_value(function, addresses), arguments, checked=True)


def user_action(finalize: Any, dealloc: Any, arguments: Any) -> UserAction:
    """What a user asks for.

    Raises:
        SignatureError: it is none. ArgumentRangeError: a number that has no 64 bits.
    """
    if finalize is None and dealloc is None:
        raise SignatureError('add_action takes a function, finalize="f" or dealloc="g", or both')
    if isinstance(arguments, str | bytes) or not isinstance(arguments, Sequence) or len(arguments) > MAX_ARGUMENTS:
        raise SignatureError(f"arguments= is a list of up to {MAX_ARGUMENTS} numbers and names, not {shown(arguments)}")
    first, last = (None if one is None else _checked_value(one, "a function") for one in (finalize, dealloc))
    return UserAction(first, last, tuple([_checked_value(one, "an argument") for one in arguments]))


def _checked_value(value: Any, what: str) -> Value:
    return value if isinstance(value, str) else checked_size(value, f"{what} (a number, or a symbol's name)")


def _value(value: Value, addresses: Mapping[str, int]) -> int:
    return addresses[value] if isinstance(value, str) else value


def actions_for(
    ranges: Sequence[SpecialRange], added: Sequence[UserAction], addresses: Mapping[str, int]
) -> tuple[ActionPair, ...]:
    """The action pairs of one allocation: of its special ranges, and what was added; `addresses` of what is named."""
    ordered = ranges if len(ranges) < 2 else sorted(ranges, key=lambda special: _ORDER.index(special.kind))
    return tuple([_pair(special, addresses) for special in ordered] + [action.pair(addresses) for action in added])


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
