"""What makes stubs jump: the edges in each, to the word with the address.

Owns: where they are in a stub's bytes. Must not know: what the word is: an entry of the GOT, a slot, an IFUNC's choice.
"""

from __future__ import annotations

from .architecture import StubTemplate
from .arrays import Ints
from .graph import Edges


def stub_edges(stub: StubTemplate, block: Ints | int, offset: Ints | int, word: Ints) -> list[Edges]:
    """For each edge of the template its rows, in stubs at `offset` in `block`, each to its symbol `word`."""
    return [
        Edges.of(len(word), block=block, offset=offset + edge.offset, kind=edge.kind, symbol=word, addend=edge.addend)
        for edge in stub.edges
    ]
