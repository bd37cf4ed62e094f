"""The phases of a link as `exclave link` shows them: graphs on the way, and a bar.

Owns: what the phases are called there. Must not know: what a phase does. Invariant: graphs are printed also if the link
fails later, which is when somebody wants to see them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TextIO

from ..errors import LinkError
from ..link import LinkGraph, ObjectGraph, PassConfiguration
from ..link.dump import dump_graph
from ..link.packed import PackedGraph

BEFORE, AFTER = "before", "after"
_NEXT = {
    "pre-prune": "prune",
    "post-prune": "externals",
    "post-allocation": "addresses",
    "pre-fixup": "fixups",
    "post-fixup": "result",
}
"""The phases that have passes, and what runs after them."""
PHASES = (BEFORE, *_NEXT, AFTER)
STEPS = 1 + len(_NEXT)
"""What a bar of a link counts: the first, and those."""


def parse_phases(text: str) -> frozenset[str]:
    """A list with commas.

    Raises:
        LinkError: there is no such phase; says which there are.
    """
    phases = [phase.strip() for phase in text.split(",")] if text else []
    unknown = [phase for phase in phases if phase not in PHASES]
    if unknown:
        raise LinkError(f"--show-graph: {unknown[0]!r} is no phase; there are {','.join(PHASES)}")
    return frozenset(phases)


class Phases:
    """Collects graphs at the phases of one link."""

    def __init__(self, shown: frozenset[str], step: Callable[[str], None]) -> None:
        """`step` is told what begins."""
        self._shown = shown
        self._step = step
        self._texts: list[str] = []

    @contextlib.contextmanager
    def printed_to(self, file: TextIO) -> Iterator[None]:
        """Run the body; then print, also if it failed."""
        try:
            yield
        finally:
            file.write("".join(self._texts))

    def note_before(self, graphs: Sequence[ObjectGraph]) -> None:
        """The link begins, with these."""
        if BEFORE in self._shown:
            self._note(BEFORE, *(graph.unpack() if isinstance(graph, PackedGraph) else graph for graph in graphs))
        self._step("resolve")

    def passes(self) -> PassConfiguration:
        """Passes for the link: each notes the graph as it is then."""
        passes = PassConfiguration()
        for phase in _NEXT:
            getattr(passes, phase.replace("-", "_")).append(partial(self._at, phase))
        return passes

    def note_after(self, graph: LinkGraph) -> None:
        """It is linked."""
        if AFTER in self._shown:
            self._note(AFTER, graph)

    def _at(self, phase: str, graph: LinkGraph) -> None:
        if phase in self._shown:
            self._note(phase, graph)
        self._step(_NEXT[phase])

    def _note(self, phase: str, *graphs: LinkGraph) -> None:
        self._texts += [f"== {phase} ==\n", *map(dump_graph, graphs)]
