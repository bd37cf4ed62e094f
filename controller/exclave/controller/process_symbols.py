"""Symbols of the worker's process: libc, libm, libgcc_s.

Owns: asking the worker, once per name. Must not know: who refers to them. Invariant: an answer never changes
within a session, so it is asked for once; what does not exist is remembered too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


class ProcessSymbols:
    """A cache over one batched lookup rpc. Its user holds the lock."""

    def __init__(self, ask: Callable[[Sequence[str]], Mapping[str, int]], known: Mapping[str, int]) -> None:
        self._ask = ask
        self._known: dict[str, int] = dict(known)  # 0: does not exist

    def find(self, names: Sequence[str]) -> dict[str, int]:
        """The addresses of those of `names` that exist; at most one rpc."""
        unknown = sorted({name for name in names if name not in self._known and _askable(name)})
        if unknown:
            found = self._ask(unknown)
            self._known.update({name: found.get(name, 0) for name in unknown})
        return {name: self._known[name] for name in names if self._known.get(name)}


def _askable(name: str) -> bool:
    """Whether dlsym could know it; anything else in an object's symbol table does not go over the wire."""
    return 0 < len(name) < 4096 and "\0" not in name and name.isprintable()
