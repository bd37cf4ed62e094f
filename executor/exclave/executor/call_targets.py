"""Which addresses a session's requests may have called.

Owns: the rule: live code of the session, or what a lookup of its gave. Must not know: who calls, and why.
Invariant: no request makes the worker jump to anything else.
"""

from __future__ import annotations

from exclave.executor.errors import InvalidArgumentError
from exclave.executor.memory.session_memory import SessionMemory
from exclave.executor.symbols import SymbolTable


class CallTargets:
    """Of one session."""

    def __init__(self, memory: SessionMemory, symbols: SymbolTable) -> None:
        self._memory = memory
        self._symbols = symbols

    def check_code(self, address: int, what: str) -> None:
        """Raises InvalidArgumentError unless it is live code; `what` it is called in that."""
        if not self._memory.is_code(address):
            raise _not_code(what, address)

    def check(self, address: int, what: str) -> None:
        """Raises InvalidArgumentError unless it is live code, or what a lookup gave."""
        if not self._memory.is_code(address) and not self._symbols.knows(address):
            raise _not_code(what, address)


def _not_code(what: str, address: int) -> InvalidArgumentError:
    text = f"{what}, {address:#x}, is neither live code of the session nor an address that a lookup gave"
    return InvalidArgumentError("NOT_CODE", text, address=hex(address))
