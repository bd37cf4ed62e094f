"""Applies the edges to the linked image: one formula per kind, all edges of a kind at once.

Owns: formulas and range checks. Must not know: how bytes encode a value (the architecture's file does).
Invariant: a value that does not fit its field is an error, never cut off. (System V ABI, "Relocation Types")
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import FixupError, LinkError
from .architecture import Architecture, EdgeKind
from .arrays import Bytes, Ints, any_of, rows_of
from .graph import LinkGraph, Place

_NOWHERE = np.zeros(1, np.int64)


@dataclass
class Operands:
    """Parts of the psABI's formulas, one row per edge: S + A, and P. `at`: the fixup's offset in the image."""

    S_A: Ints
    P: Ints
    at: Ints


def symbol_addresses(graph: LinkGraph) -> Ints:
    """The address of every symbol: its block's plus its offset; a value that is absolute is the address."""
    base = np.concatenate((graph.blocks.address, _NOWHERE))  # block -1, none, is the last one
    addresses: Ints = base[graph.symbols.block] + graph.symbols.offset
    return addresses


def apply_fixups(graph: LinkGraph, architecture: Architecture, addresses: Ints, image: Bytes) -> None:
    """Write every edge's value.

    Raises:
        FixupError: a value does not fit; names the first one, and counts the others of its kind.
    """
    edges, blocks = graph.edges, graph.blocks
    block, offset, kinds = edges.block, edges.offset, edges.kind.astype(np.uint16)
    fixup = blocks.address[block] + offset
    operands = Operands(addresses[edges.symbol] + edges.addend, fixup, blocks.image[block] + offset)
    for number in sorted(rows_of(np.bincount(kinds) != 0).tolist(), key=architecture.position.__getitem__):
        kind, rows = architecture.by_number[number], rows_of(kinds == number)
        values = _values(graph, architecture, kind, operands, rows, addresses)
        _check(graph, kind, operands, rows, values)
        kind.encode(image, operands.at[rows], values, kind.width)


def _values(
    graph: LinkGraph, architecture: Architecture, kind: EdgeKind, o: Operands, rows: Ints, addresses: Ints
) -> Ints:
    """The formula. Edges that asked for a GOT entry or a stub have its symbol by now, so G and L are S."""
    match kind.formula:
        case "S + A" | "G + A":
            return o.S_A[rows]
        case "S + A - P" | "G + A - P" | "L + A - P" | "GOT + A - P":
            return o.S_A[rows] - o.P[rows]
        case "S + A - GOT" | "G + A - GOT" | "L + A - GOT":
            return o.S_A[rows] - _got(graph, graph.edges.block[rows], addresses)
        case "Z + A":
            return graph.symbols.size[graph.edges.symbol[rows]] + graph.edges.addend[rows]
        case "P - S":
            return o.P[rows] - o.S_A[rows]  # A is 0
        case "Page(S + A) - Page(P)" | "Page(G + A) - Page(P)":
            return _page(o.S_A[rows]) - _page(o.P[rows])
        case "G + A - Page(GOT)":
            return o.S_A[rows] - _page(_got(graph, graph.edges.block[rows], addresses))
        case "PAIRED":
            return _paired(graph, architecture, o, rows, addresses)


def _page(address: Ints) -> Ints:
    return address & ~0xFFF


def _paired(graph: LinkGraph, architecture: Architecture, o: Operands, rows: Ints, addresses: Ints) -> Ints:
    """The value of the edge at the place that each of these names: an instruction that has the upper bits."""
    upper = rows_of(np.isin(graph.edges.kind, architecture.paired_kinds))
    upper = upper[o.P[upper].argsort(kind="stable")]
    wanted = addresses[graph.edges.symbol[rows]]
    found = np.minimum(o.P[upper].searchsorted(wanted), len(upper) - 1)
    alone = o.P[upper][found] != wanted if len(upper) else np.ones(len(rows), np.bool_)
    if any_of(alone):
        raise _unpaired(graph, architecture, int(rows[np.argmax(alone)]))
    pair = upper[found]
    return o.S_A[pair] - o.P[pair]


def _unpaired(graph: LinkGraph, architecture: Architecture, row: int) -> LinkError:
    where = graph.where(int(graph.edges.block[row]), int(graph.edges.offset[row]))
    kind = architecture.kind_name(int(graph.edges.kind[row]))
    upper = " or ".join(architecture.kind_name(number) for number in architecture.paired_kinds)
    return LinkError(
        f"{where}: {kind} names {edge_target_name(graph, row)}, where no relocation of type {upper} is: the object is "
        "damaged, or was edited after it was assembled"
    )


def _check(graph: LinkGraph, kind: EdgeKind, o: Operands, rows: Ints, values: Ints) -> None:
    """Raises FixupError: a value does not fit, or is no multiple of what it must be, or the place is none."""
    if not kind.fits_all and (int(values.min()) < kind.low or int(values.max()) > kind.high):
        raise _out_of_range(graph, kind, rows, values)
    if kind.multiple > 1 and any_of(values & (kind.multiple - 1) != 0):
        raise _misaligned(graph, kind, rows, values, kind.multiple, "the value")
    if kind.alignment > 1 and any_of(o.P[rows] & (kind.alignment - 1) != 0):
        raise _misaligned(graph, kind, rows, o.P[rows], kind.alignment, "the instruction's address")


def _got(graph: LinkGraph, block: Ints, addresses: Ints) -> Ints:
    """The address of the GOT of the owner of each of these blocks."""
    base = np.array([addresses[graph.got_base[o]] if o in graph.got_base else 0 for o in graph.owners])
    found: Ints = base[graph.dense_owners(graph.blocks.owner[block])]
    return found


def _out_of_range(graph: LinkGraph, kind: EdgeKind, rows: Ints, values: Ints) -> FixupError:
    wrong = rows_of((values < kind.low) | (values > kind.high))
    row, value = int(rows[wrong[0]]), int(values[wrong[0]])
    what = f"the value {value:#x} does not fit {kind.low:#x}..{kind.high:#x}"
    return _fixup_error(graph, kind, row, value, what, len(wrong), _advice(graph, kind, row, value))


def _misaligned(graph: LinkGraph, kind: EdgeKind, rows: Ints, numbers: Ints, multiple: int, which: str) -> FixupError:
    wrong = rows_of(numbers & (multiple - 1) != 0)
    row, number = int(rows[wrong[0]]), int(numbers[wrong[0]])
    what = f"{which} {number:#x} is no multiple of {multiple}"
    advice = "No instruction refers to such a place: the object is damaged"
    if kind.formula == "S + A":
        advice = "Align what it refers to as its type is, or access it with smaller loads and stores"
    return _fixup_error(graph, kind, row, number, what, len(wrong), advice)


def _fixup_error(
    graph: LinkGraph, kind: EdgeKind, row: int, value: int, what: str, count: int, advice: str
) -> FixupError:
    block, offset = int(graph.edges.block[row]), int(graph.edges.offset[row])
    section = graph.section_name_of(block)
    graph_name = graph.object_of_section(int(graph.blocks.section[block]))
    symbol = edge_target_name(graph, row)
    more = f" ({count - 1} more of this kind)" if count > 1 else ""
    text = f"{graph.where(block, offset)}: {kind.name} to {symbol}: {what}{more}. {advice}"
    return FixupError(
        text, graph=graph_name, section=section, offset=offset, symbol=symbol, kind=kind.name, value=value,
        low=kind.low, high=kind.high,
    )  # fmt: skip


def edge_target_name(graph: LinkGraph, row: int) -> str:
    """What an edge points at, for people: through tables, and with the addend where that is no symbol of its own."""
    symbol = int(graph.edges.symbol[row])
    for table, what in ((graph.got, "GOT entry of "), (graph.stubs, "stub of ")):
        hit = rows_of(table.symbol == symbol)
        if len(hit):
            return what + graph.symbol_name(int(table.target[hit[0]]))
    return graph.symbol_name(symbol) or "an address"


def _advice(graph: LinkGraph, kind: EdgeKind, row: int, value: int) -> str:
    if kind.width < 4:
        return "The field is too small for an address in an executor: use a pointer-sized one"
    external = graph.symbols.place[graph.edges.symbol[row]] == Place.ABSOLUTE
    if external and not -(2**31) <= value < 2**31:
        return "The symbol lies in a library, farther away than this code reaches: compile with -fPIC"
    if "P" not in kind.formula:
        return "An absolute 32-bit address does not reach that far: compile with -fPIC"
    return "It lies farther away than the instruction reaches: bring both into one section, or compile with -fPIC"
