"""New code, before its first instruction runs: what the worker's threads have fetched in its place is forgotten.

Owns: when that is needed, and asking the session runtime for it, once per batch. Must not know: how it is done
(`flush_code.ll`), what the code is. Invariant: when a batch's finalize actions run, and before its Initialize is
answered, no thread of the worker can execute anything else than what was shipped, where it was shipped.

Always needed on architectures whose instruction caches do not see stores (aarch64, riscv64). On x86-64 they do, by
physical address, so also those that the daemon makes through its own view; what they do not reach is what a thread has
fetched already and not yet executed. It fetches there only what control can flow to, be it by prediction: where there
was code, whose callers' branches are remembered. A page that never held any is no target of anything, and not even in
the worker's page tables before its first use, which is a fault, whose return serializes. So there a reused page alone
needs the barrier, and a batch of new pages costs nothing.

Before the session runtime runs, nobody is there to be asked, and nothing is to be done: its own graph, and whatever is
initialized before it is entered, lies on pages that no instruction was ever fetched from. The worker's Python has not
entered the zone, a fork copies no entries of shared mappings, and a spare worker has none either. At the first fetch
the kernel maps the page for execution, and where caches need it, invalidates them for a page that it maps so for the
first time (`__sync_icache_dcache` on aarch64, `flush_icache_pte` on riscv64).

Freeing needs none: code that is freed is executed by nobody who is right, and traps are there for who is wrong, soon
enough on all architectures; what comes in its place is flushed.
"""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Iterable, Sequence

from exclave.executor.kernel import MACHINE
from exclave.executor.logs import log_event
from exclave.executor.memory.session_memory import SessionMemory
from exclave.executor.runtime import Runtime
from exclave.executor.zones import MAX_SLOTS, AddressRange

_log = logging.getLogger(__name__)
_HEADER = struct.Struct("<QQ")  # how many, the barrier's error number (out)
_RANGE = struct.Struct("<QQ")
_BATCH = (MAX_SLOTS - _HEADER.size) // _RANGE.size
_NEAR = 4096  # ranges no farther apart are flushed as one: a line more costs less than a range more


class CodeFlush:
    """Of one session."""

    def __init__(self, memory: SessionMemory, runtime: Runtime, machine: str = MACHINE) -> None:
        self._memory = memory
        self._runtime = runtime
        self._coherent = machine == "x86_64"
        self._complained = False

    def flush(self, ids: Sequence[int], deadline: float | None) -> None:
        """Has the code of allocations that were just filled be what all threads execute.

        Raises: what Runtime.control raises.
        """
        code, reused = self._memory.code_of(ids)
        if not code or (self._coherent and not reused) or not self._runtime.started():
            return
        ranges = [] if self._coherent else joined(code)
        for begin in range(0, len(ranges) or 1, _BATCH):
            self._flush(ranges[begin : begin + _BATCH], deadline)

    def _flush(self, ranges: Sequence[tuple[int, int]], deadline: float | None) -> None:
        slots = _HEADER.pack(len(ranges), 0) + b"".join(_RANGE.pack(*one) for one in ranges)
        outcome = self._runtime.control(self._runtime.points().flush_code, slots, deadline)
        if outcome.ending:
            raise self._runtime.break_off(f"flushing code {outcome.ending}")
        _, error = _HEADER.unpack_from(outcome.result)
        if error and not self._complained:
            self._complained = True
            log_event(_log, "no barrier for code", logging.WARNING, error=os.strerror(error & 0xFFFF))


def joined(code: Iterable[AddressRange]) -> list[tuple[int, int]]:
    """Ranges (address, size) as [begin, end), upwards, those that are close as one."""
    found: list[tuple[int, int]] = []
    for address, size in sorted(code):
        if found and address <= found[-1][1] + _NEAR:
            found[-1] = found[-1][0], max(found[-1][1], address + size)
        else:
            found.append((address, address + size))
    return found
