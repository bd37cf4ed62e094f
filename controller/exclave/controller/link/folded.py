"""A linked graph, folded: as few bytes as it has, for whoever may ask what lies where, which is seldom.

Owns: that form. Must not know: who asks. Invariant: `unfold` gives the same graph. Tables have a view for each column
and room for more rows; of a graph of one function these are nine tenths of its memory.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from .graph import LinkGraph
from .table import Table


@dataclass(frozen=True, slots=True)
class FoldedGraph:
    """The values of LinkGraph's fields; tables as their class and their rows."""

    values: tuple[Any, ...]

    @classmethod
    def of(cls, graph: LinkGraph) -> FoldedGraph:
        """Fold it."""
        return cls(tuple([_folded(getattr(graph, field.name)) for field in fields(graph)]))

    def unfold(self) -> LinkGraph:
        """The graph."""
        return LinkGraph(*[_unfolded(value) for value in self.values])


@dataclass(frozen=True, slots=True)
class _Rows:
    table: type[Table]
    rows: bytes


def _folded(value: Any) -> Any:
    return _Rows(type(value), value.pack()) if isinstance(value, Table) else value


def _unfolded(value: Any) -> Any:
    return value.table.unpack(value.rows) if isinstance(value, _Rows) else value
