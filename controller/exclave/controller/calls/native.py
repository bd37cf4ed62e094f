"""The controller's own half of lanes, as native code in this process: compiled, linked and mapped like any other.

Owns: the few pages that it lies in, and its functions as something to call. Must not know: sessions, what is called.
Invariant: its pages are never writable and executable at once; it is code of ours alone (runtime/caller.ll).
"""

from __future__ import annotations

import ctypes
import mmap
import os
import time
from collections.abc import Callable, Mapping, Sequence

from ..alignment import align_up
from ..compile import CompileRequest, Target
from ..errors import ExclaveError
from ..graph_cache import GraphCache
from ..link import LinkInput, LinkOptions, SegmentRequest, link
from ..model import ExecutorTarget
from ..runtime import caller_sources

PENDING, BROKEN = -1, -2
PAGE = mmap.PAGESIZE
OPTIMIZE = 2
MOST_SPIN_SECONDS = 50e-6
"""How long either side looks for the other's word before it sleeps; about what sleeping and waking costs."""
_PROT_READ, _PROT_EXEC = 1, 4
_TRIAL = 20000


class Channel(ctypes.Structure):
    """What our half remembers of a lane; caller.ll has the same type."""

    _fields_ = (
        ("lane", ctypes.c_void_p),
        ("number", ctypes.c_uint32),
        ("spin", ctypes.c_uint32),
        ("worker_spin", ctypes.c_uint32),
        ("most_spin", ctypes.c_uint32),
        ("until_the_most", ctypes.c_uint32),
    )


class NativeCaller:
    """The functions of caller.ll. One per process and target; made once, never unmapped: threads may be in it."""

    def __init__(self, target: ExecutorTarget, compiler: GraphCache) -> None:
        """Compile, link and map it.

        Raises:
            ExclaveError: not for this machine, or it cannot be compiled or linked.
            OSError: this system lets no process have code of its own.
        """
        if target.architecture != os.uname().machine:
            raise ExclaveError(f"this is no {target.architecture} machine")
        wanted = Target(target.triple, target.cpu, target.features)
        graphs = compiler.graphs(
            [CompileRequest(source, wanted, OPTIMIZE) for source in caller_sources(target.architecture)]
        )
        pages = _Pages()
        image = link(
            [LinkInput(graph, 0) for graph in graphs],
            LinkOptions(architecture=target.architecture),
            _symbols_of_this_process,
            pages.allocate,
        )
        pages.fill({segment.address: bytes(segment.content) for segment in image.segments})
        self.exchange: Callable[[int], int] = _function(image.symbols["exclave_exchange"], ctypes.c_void_p)
        self.post: Callable[[int], object] = _function(image.symbols["exclave_post"], ctypes.c_void_p)
        self.wait: Callable[[int, int], int] = _function(
            image.symbols["exclave_wait"], ctypes.c_void_p, ctypes.c_uint64
        )
        self.most_spin = _spins(_function(image.symbols["exclave_spin"], ctypes.c_uint32))
        self._pages = pages


def _function(address: int, *argtypes: type) -> Callable[..., int]:
    return ctypes.CFUNCTYPE(ctypes.c_int32, *argtypes)(address)


def _spins(spin: Callable[[int], object]) -> int:
    """How often a loop looks in the time that it may; not at all where the other side has no core to answer on."""
    if len(os.sched_getaffinity(0)) < 2:
        return 0
    start = time.perf_counter()
    spin(_TRIAL)
    return int(_TRIAL * MOST_SPIN_SECONDS / (time.perf_counter() - start))


def _symbols_of_this_process(names: Sequence[str]) -> Mapping[str, int]:
    process = ctypes.CDLL(None)
    return {name: ctypes.cast(getattr(process, name), ctypes.c_void_p).value or 0 for name in names}


class _Pages:
    """Memory for the segments: each on pages of its own, written once, then protected."""

    def __init__(self) -> None:
        self._memory: list[mmap.mmap] = []
        self._segments: list[tuple[SegmentRequest, int]] = []

    def allocate(self, requests: Sequence[SegmentRequest]) -> list[int]:
        """Addresses near each other: all segments lie in one mapping."""
        sizes = [align_up(request.size, PAGE) for request in requests]
        memory = mmap.mmap(-1, sum(sizes), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._memory.append(memory)
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        addresses = []
        for size in sizes:
            addresses.append(address)
            address += size
        self._segments = list(zip(requests, addresses, strict=True))
        return addresses

    def fill(self, contents: Mapping[int, bytes]) -> None:
        """Write the segments, and give them their protection."""
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        for request, address in self._segments:
            content = contents[address]
            ctypes.memmove(address, content, len(content))
            if request.zone == "data":
                continue
            protection = _PROT_READ | (_PROT_EXEC if request.zone == "code" else 0)
            if protect(address, align_up(request.size, PAGE), protection):
                number = ctypes.get_errno()
                raise OSError(number, f"mprotect: {os.strerror(number)}")
