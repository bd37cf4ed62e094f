"""What the fuzzers of the ELF reader drive: parse, then link, as a session would.

Owns: nothing. Invariant: whatever the bytes are, only LinkError comes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exclave.controller.errors import LinkError
from exclave.controller.link import LinkInput, LinkOptions, SegmentRequest, link, parse_object
from exclave.controller.link.dump import dump_graph, dump_image
from exclave.controller.link.graph import LinkGraph
from exclave.controller.link.small_object import read_small

CORPUS = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "corpus").glob("*.o"))}
BASE = 0x10_0000_0000
FAR = 0x7000_0000_0000
MAX_SIZE = 64 << 20


def allocate(requests: Sequence[SegmentRequest]) -> list[int]:
    """Addresses for all segments, one after the other."""
    addresses, at = [], BASE
    for request in requests:
        at = (at + request.alignment - 1) & -request.alignment
        addresses.append(at)
        at += request.size
    return addresses


def parse_and_link(data: bytes, *, dump: bool = False) -> bool:
    """Whether `data` linked. Raises what must never be raised."""
    try:
        graph = parse(data)
        graph.definitions()
        graph.references()
        options = LinkOptions(architecture=graph.architecture, max_size=MAX_SIZE)
        image = link([LinkInput(graph, 0)], options, lambda names: dict.fromkeys(names, FAR), allocate)
        if dump:
            dump_graph(graph)
            dump_image(image)
        image.symbolize(BASE)
    except LinkError as error:
        return _refused(error)
    return True


def parse(data: bytes) -> LinkGraph:
    """What `parse_object` says, having looked that `read_small` says the same, or nothing."""
    small = read_small(data, "fuzz.o")
    try:
        graph = parse_object(data, "fuzz.o")
    except LinkError as error:
        if small is not None:
            raise AssertionError("read_small has read what has an error") from error
        raise
    if small is not None:
        check_same(graph, small.unpack())
        assert (small.definitions(), small.references()) == (graph.definitions(), graph.references())
    return graph


def check_same(graph: LinkGraph, other: LinkGraph) -> None:
    """Both readers of objects must give the same graph."""
    for one, two in ((graph.sections, other.sections), (graph.blocks, other.blocks), (graph.symbols, other.symbols)):
        assert one.data.tolist() == two.data.tolist(), type(one)
    assert graph.edges.data.tolist() == other.edges.data.tolist()
    plain = [
        (g.architecture, g.objects, g.names, g.comdats, [getattr(s, "data", s) for s in g.strings])
        for g in (graph, other)
    ]
    assert plain[0] == plain[1]
    assert graph.buffers == other.buffers


def _refused(error: LinkError) -> bool:
    """False; an error without words is a finding too."""
    if not error.message:
        raise AssertionError(f"{type(error).__name__} says nothing")
    return False
