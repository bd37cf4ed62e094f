"""Which architectures' code shrinks once it is known where things lie.

Owns: the list. Must not know: how.
"""

from __future__ import annotations

from .architecture import Architecture
from .graph import LinkGraph
from .layout import Layout
from .riscv64 import RISCV64
from .riscv64_relax import relax


def relax_code(graph: LinkGraph, architecture: Architecture, layout: Layout) -> bool:
    """Shrink what can be shrunk; says whether blocks have changed, so that they must be laid out again."""
    return architecture is RISCV64 and relax(graph, layout)
