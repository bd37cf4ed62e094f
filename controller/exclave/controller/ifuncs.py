"""IFUNCs that go live: their resolvers are asked, and what they choose is written where their stubs look.

Owns: which entries there are in what a lookup ships. Must not know: lanes, how slots are written. Invariant: it is done
before any initializer of the lookup runs, and before anybody else gets the addresses.
(glibc applies IRELATIVE relocations before constructors, too)
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence

from .errors import ExecutorRefusedError, ExitCalled, LinkError
from .link import IFUNC_ENTRY, Segment
from .linked_batch import LinkedUnit
from .model import CallOutcome

BATCH = 4096
"""Resolvers in one call: a lane has room for twice as many."""
_ENTRY = struct.Struct("<QQ")

Resolve = Callable[[bytes, int], CallOutcome]
"""A call of the session runtime's `resolve_ifuncs` (runtime/ifuncs.ll): slots, bytes of the result."""


def resolve_ifuncs(
    linked: Sequence[LinkedUnit], call: Resolve, write_slots: Callable[[Sequence[tuple[int, int]]], None], what: str
) -> None:
    """Ask all resolvers of a lookup, and write what they choose.

    Raises:
        LinkError: one chose something that is no code of the session. ExitCalled: one called exit().
        ExclaveError: as a call.
    """
    entries = [entry for unit in linked if unit.ifuncs for entry in _entries(unit)]
    for begin in range(0, len(entries), BATCH):
        batch = entries[begin : begin + BATCH]
        chosen = _ask([resolver for _, resolver in batch], call, what)
        try:
            write_slots(list(zip([at for at, _ in batch], chosen, strict=True)))
        except ExecutorRefusedError as error:
            raise LinkError(f"{what}: a resolver of an IFUNC chose no code of this session: {error}") from error


def _entries(unit: LinkedUnit) -> Iterable[tuple[int, int]]:
    """Where each choice of a unit goes, and its resolver."""
    for special in unit.ifuncs:
        content = _content(unit.segments, special.address, special.size)
        for offset in range(0, len(content), IFUNC_ENTRY):
            yield special.address + offset, _ENTRY.unpack_from(content, offset)[1]


def _content(segments: Sequence[Segment], address: int, size: int) -> bytes:
    for segment in segments:
        if segment.address <= address < segment.address + segment.size:
            start = address - segment.address
            return bytes(segment.content[start : start + size])
    raise AssertionError("a special range lies in a segment of its unit")


def _ask(resolvers: Sequence[int], call: Resolve, what: str) -> tuple[int, ...]:
    slots = struct.pack(f"<{1 + len(resolvers)}Q", len(resolvers), *resolvers)
    outcome = call(slots, len(slots))
    if outcome.exited is not None:
        text = f"{what}: a resolver of an IFUNC called exit({outcome.exited})"
        raise ExitCalled(text, exit_code=outcome.exited)
    return struct.unpack(f"<{1 + len(resolvers)}Q", outcome.result)[1:]
