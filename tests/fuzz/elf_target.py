"""What the fuzzers of the ELF reader drive: parse, then link, as a session would.

Owns: nothing. Invariant: whatever the bytes are, only LinkError comes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exclave.controller.errors import LinkError
from exclave.controller.link import LinkInput, LinkOptions, SegmentRequest, link, parse_object
from exclave.controller.link.dump import dump_graph, dump_image

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
        graph = parse_object(data, "fuzz.o")
        graph.definitions()
        graph.references()
        options = LinkOptions(max_size=MAX_SIZE)
        image = link([LinkInput(graph, 0)], options, lambda names: dict.fromkeys(names, FAR), allocate)
        if dump:
            dump_graph(graph)
            dump_image(image)
        image.symbolize(BASE)
    except LinkError as error:
        return _refused(error)
    return True


def _refused(error: LinkError) -> bool:
    """False; an error without words is a finding too."""
    if not error.message:
        raise AssertionError(f"{type(error).__name__} says nothing")
    return False
