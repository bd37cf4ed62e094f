"""Linker relaxation for RISC-V: calls become shorter where their target is near, alignments shrink to what is needed.

Owns: which bytes of code go, and what moves with them. Must not know: who allocates. Invariant: every offset, of edges
and symbols, is moved by what was removed before it; an instruction that an alignment precedes is aligned, whatever else
was removed; a call that became shorter reaches its target in whatever layout comes of it.
(RISC-V ABIs Specification, "Linker Relaxation": R_RISCV_CALL with R_RISCV_RELAX, R_RISCV_ALIGN)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import LinkError
from .arrays import Bytes, Ints, any_of, distinct, ranges, rows_of, starts_of, window
from .graph import LinkGraph
from .layout import Layout
from .riscv64 import ALIGN, CALL_RELAX, CALL_RELAX_C, JAL, RVC_JUMP

_PAIR, _JAL_SIZE, _CJ_SIZE = 8, 4, 2  # auipc with jalr; jal; c.j
_JAL_REACH, _CJ_REACH = 1 << 20, 1 << 11
_NOP, _C_NOP = b"\x13\x00\x00\x00", b"\x01\x00"


def relax(graph: LinkGraph, layout: Layout) -> bool:
    """Shrink what can be shrunk; says whether blocks have changed, so that they must be laid out again.

    Raises:
        LinkError: an alignment that its section does not have.
    """
    kinds = graph.edges.kind
    calls = rows_of((kinds == CALL_RELAX) | (kinds == CALL_RELAX_C))
    alignments = rows_of(kinds == ALIGN)
    if not len(calls) and not len(alignments):
        return False
    places = _Places(graph, layout)
    size = _call_sizes(graph, places, calls)
    shrunk, size = calls[size < _PAIR], size[size < _PAIR]
    cuts = _cuts_of_calls(graph, shrunk, size).and_of_alignments(graph, alignments)
    if len(cuts.block):
        _Edit(graph, cuts).apply(shrunk, size)
    graph.edges = graph.edges.take(rows_of(graph.edges.kind != ALIGN))
    return len(cuts.block) > 0


class _Places:
    """Where blocks lie in a layout that is not final yet: by segment, and offset in it."""

    def __init__(self, graph: LinkGraph, layout: Layout) -> None:
        self.segment = np.full(len(graph.blocks) + 1, -1, np.int64)  # block -1, none, is the last one
        self.offset = np.zeros(len(graph.blocks) + 1, np.int64)
        self.segment[layout.rows], self.offset[layout.rows] = layout.segment, layout.offset


def _call_sizes(graph: LinkGraph, places: _Places, calls: Ints) -> Ints:
    """How many bytes each call takes when it is as short as it can be.

    Within a block, distances only shrink. To another block of the segment they may grow by what is removed before the
    call and taken up by an alignment behind it, so that as much must be left of the reach.
    """
    edges, symbols = graph.edges, graph.symbols
    block, target = edges.block[calls], symbols.block[edges.symbol[calls]]
    together = (places.segment[target] == places.segment[block]) & (target >= 0)
    distance = symbols.offset[edges.symbol[calls]] + edges.addend[calls] - edges.offset[calls]
    distance += places.offset[target] - places.offset[block]
    slack = np.where(target == block, 0, len(calls) * _PAIR + _possible_padding(graph))
    far = np.abs(distance) + slack
    size = np.where(together & (far < _JAL_REACH), _JAL_SIZE, _PAIR)
    plain = (edges.kind[calls] == CALL_RELAX_C) & (_link_register(graph, calls) == 0)  # a jump: there is no c.jal
    size[together & plain & (far < _CJ_REACH)] = _CJ_SIZE
    return size


def _possible_padding(graph: LinkGraph) -> int:
    edges = graph.edges
    return int(edges.addend[edges.kind == ALIGN].sum())


def _link_register(graph: LinkGraph, calls: Ints) -> Ints:
    """The register that each call leaves its return address in: 0 for a jump."""
    blocks, edges = graph.blocks, graph.edges
    at = blocks.start[edges.block[calls]] + edges.offset[calls] + 4
    buffer, found = blocks.buffer[edges.block[calls]], np.zeros(len(calls), np.int64)
    for number in np.unique(buffer).tolist():
        here = buffer == number
        found[here] = window(memoryview(graph.buffers[number]), "<u4")[at[here]] >> 7 & 31
    return found


@dataclass
class _Cuts:
    """Bytes that go: `size` of them at `offset` in `block`; sorted. `padding`: of an alignment, what stays before."""

    block: Ints
    offset: Ints
    size: Ints
    padding: Ints

    def and_of_alignments(self, graph: LinkGraph, rows: Ints) -> _Cuts:
        """With those that alignments allow, once the others are made."""
        if not len(rows):
            return self
        more = _Cuts(*_cut_alignments(graph, self, rows))
        parts = [np.concatenate(pair) for pair in zip(self.columns(), more.columns(), strict=True)]
        order = np.lexsort((parts[1], parts[0]))
        some = order[parts[2][order] > 0]
        return _Cuts(*[part[some] for part in parts])

    def columns(self) -> tuple[Ints, Ints, Ints, Ints]:
        return self.block, self.offset, self.size, self.padding


def _cuts_of_calls(graph: LinkGraph, calls: Ints, size: Ints) -> _Cuts:
    edges = graph.edges
    order = np.lexsort((edges.offset[calls], edges.block[calls]))
    calls, size = calls[order], size[order]
    return _Cuts(edges.block[calls], edges.offset[calls] + size, _PAIR - size, np.full(len(calls), -1))


def _cut_alignments(graph: LinkGraph, calls: _Cuts, rows: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """One after the other, since each depends on what went before it in its block."""
    edges = graph.edges
    rows = rows[np.lexsort((edges.offset[rows], edges.block[rows]))]
    block, offset, room = edges.block[rows], edges.offset[rows], edges.addend[rows]
    _check_alignments(graph, rows)
    step = 1 << np.ceil(np.log2(room + 1)).astype(np.int64)
    gone_before = _removed_before(calls, block, offset)
    cut, last, gone = [], -1, 0
    columns = (block.tolist(), offset.tolist(), room.tolist(), step.tolist(), gone_before.tolist())
    for which, at, nops, alignment, by_calls in zip(*columns, strict=True):
        gone = gone if which == last else 0
        last = which
        padding = -(at - by_calls - gone) % alignment
        cut.append(max(nops - padding, 0))
        gone += cut[-1]
    size = np.array(cut, np.int64)
    return block, offset + room - size, size, room - size


def _check_alignments(graph: LinkGraph, rows: Ints) -> None:
    edges, blocks = graph.edges, graph.blocks
    room, block = edges.addend[rows], edges.block[rows]
    wrong = (room < 0) | (room >= 2 * blocks.alignment[block]) | (room > blocks.size[block] - edges.offset[rows])
    if any_of(wrong):
        row = int(rows[np.argmax(wrong)])
        which = int(edges.block[row])
        where = graph.where(which, int(edges.offset[row]))
        raise LinkError(
            f"{where}: R_RISCV_ALIGN of {int(edges.addend[row])} bytes, in a section "
            f"that is aligned to {int(blocks.alignment[which])} and has {int(blocks.size[which])} bytes: it is damaged"
        )


def _removed_before(cuts: _Cuts, block: Ints, offset: Ints) -> Ints:
    """How many bytes the cuts take away before each place; in the midst of a cut, what of it is before that."""
    if not len(cuts.block):
        return np.zeros(len(block), np.int64)
    span = 1 << 40
    starts = cuts.block * span + cuts.offset
    total = np.concatenate(([0], cuts.size.cumsum()))
    index = starts.searchsorted(block * span + offset)
    first = starts.searchsorted(block * span)
    removed = total[index] - total[first]
    last = np.maximum(index - 1, 0)
    over = (cuts.offset[last] + cuts.size[last] - offset) * (index > first)
    found: Ints = removed - np.maximum(over, 0)
    return found


class _Edit:
    """Takes the cuts out of their blocks: new contents in one new buffer, and everything that has an offset moved."""

    def __init__(self, graph: LinkGraph, cuts: _Cuts) -> None:
        self._graph = graph
        self._cuts = cuts
        self._changed = distinct(cuts.block, len(graph.blocks))[0]

    def apply(self, calls: Ints, size: Ints) -> None:
        """Do it; `calls` are those that are now `size` bytes long."""
        graph, changed = self._graph, self._changed
        old_size = graph.blocks.size[changed].copy()
        content, starts = self._contents(old_size)
        _shorten_calls(content, self._at(starts, graph.edges.block[calls]) + graph.edges.offset[calls], size)
        graph.edges.kind[calls] = np.where(size == _JAL_SIZE, JAL, RVC_JUMP)
        self._pad(content, starts)
        keep = np.ones(len(content), np.bool_)
        cuts = self._cuts
        keep[ranges(self._at(starts, cuts.block) + cuts.offset, cuts.size)] = False
        graph.buffers.append(content[keep].tobytes())
        self._move()
        blocks = graph.blocks
        blocks.size[changed] = old_size - self._removed(changed, old_size)
        blocks.start[changed], blocks.buffer[changed] = starts_of(blocks.size[changed]), len(graph.buffers) - 1

    def _contents(self, size: Ints) -> tuple[Bytes, Ints]:
        """The changed blocks' bytes, one after the other, and where each begins."""
        content = b"".join([self._graph.content(block) for block in self._changed.tolist()])
        return np.frombuffer(bytearray(content), np.uint8), starts_of(size)

    def _at(self, starts: Ints, block: Ints) -> Ints:
        found: Ints = starts[self._changed.searchsorted(block)]
        return found

    def _pad(self, content: Bytes, starts: Ints) -> None:
        """What stays of an alignment is no-operations again, however it is cut."""
        cuts = self._cuts
        rows = rows_of(cuts.padding > 0)
        at = self._at(starts, cuts.block[rows]) + cuts.offset[rows] - cuts.padding[rows]
        for place, size in zip(at.tolist(), cuts.padding[rows].tolist(), strict=True):
            nops = _NOP * (size // 4) + _C_NOP * (size % 4 // 2)
            content[place : place + len(nops)] = np.frombuffer(nops, np.uint8)

    def _removed(self, block: Ints, offset: Ints) -> Ints:
        return _removed_before(self._cuts, block, offset)

    def _move(self) -> None:
        """Edges and symbols go where their bytes went."""
        graph = self._graph
        is_changed = np.zeros(len(graph.blocks) + 1, np.bool_)
        is_changed[self._changed] = True
        edges, symbols = graph.edges, graph.symbols
        rows = rows_of(is_changed[edges.block])
        edges.offset[rows] -= self._removed(edges.block[rows], edges.offset[rows])
        rows = rows_of(is_changed[symbols.block])
        block, offset, size = symbols.block[rows], symbols.offset[rows], symbols.size[rows]
        end = offset + size - self._removed(block, offset + size)
        symbols.offset[rows] = offset - self._removed(block, offset)
        symbols.size[rows] = end - symbols.offset[rows]


def _shorten_calls(content: Bytes, at: Ints, size: Ints) -> None:
    """Write jal, with the register of the jalr, or c.j; the distance comes with the fixup."""
    words, jal = window(content, "<u4"), at[size == _JAL_SIZE]
    words[jal] = 0x6F | words[jal + 4] & 0xF80
    window(content, "<u2")[at[size == _CJ_SIZE]] = 0xA001
