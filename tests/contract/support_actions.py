"""Alloc actions for transports that have no worker: functions of Python at made-up addresses.

Owns: when which of an allocation's actions run, and what a failure undoes. Must not know: segments. Invariant: as in
the executor: finalize actions in order up to the first that fails, then the undoing of those before, last first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from exclave.controller.model import Action, ActionPair

FIRST_FUNCTION = 0x7F00_0000_0000


class ActionTable:
    """Functions, and running them."""

    def __init__(self) -> None:
        self._functions: dict[int, Callable[..., int]] = {}

    def register(self, function: Callable[..., int]) -> int:
        """Its address from now on."""
        address = FIRST_FUNCTION + 16 * len(self._functions)
        self._functions[address] = function
        return address

    def finalize(self, pairs: Sequence[ActionPair]) -> str:
        """Why an allocation was undone; empty if all of its actions went well."""
        for done, pair in enumerate(pairs):
            failure = self._run(pair.finalize)
            if failure:
                return "; ".join([failure, *self.deallocate(pairs[:done])])
        return ""

    def deallocate(self, pairs: Sequence[ActionPair]) -> list[str]:
        """All failures."""
        return [failure for pair in reversed(pairs) if (failure := self._run(pair.dealloc))]

    def _run(self, action: Action | None) -> str:
        if action is None:
            return ""
        result = self._functions[action.function](*action.arguments)
        failed = action.checked and result != 0
        return f"alloc action {action.function:#x}{action.arguments} returned {result}" if failed else ""
