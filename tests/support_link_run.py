"""Runs objects that our linker linked, in this process: only ever started as a process of its own by tests.

Owns: a stand-in for the executor: pages that are written first and executable afterwards, never both; libc's symbols
by dlsym; unwind tables and initializers. Must not know: the executor's code. Reads JSON, prints JSON:
{"objects": [path...], "calls": [[function, int...]...], "far": true} -> {"results": [...], "ranges": {...}}
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from exclave.controller.link import (
    LinkedImage,
    LinkInput,
    LinkOptions,
    SegmentRequest,
    link,
    parse_object,
    read_archive,
)

PAGE = 4096
RESERVATION = 64 << 20
PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
MAP_PRIVATE_ANONYMOUS = 0x22
PROTECTIONS = {"code": PROT_READ | PROT_EXEC, "readonly": PROT_READ, "data": PROT_READ | PROT_WRITE}

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.dlsym.restype = ctypes.c_void_p
libc.dlsym.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
for library in ("libm.so.6", "libgcc_s.so.1", "libstdc++.so.6"):
    ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)


class Memory:
    """A reservation. `near`: next to libc, so that calls reach it without stubs."""

    def __init__(self, near: bool) -> None:
        hint = (self.symbol("exit") or 0) - (1 << 30) & -PAGE if near else 0x2000_0000_0000
        self.first = libc.mmap(hint, RESERVATION, PROT_READ | PROT_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0)
        self.next = self.first + PAGE  # the first page is what __dso_handle names
        self.segments: list[tuple[int, int, str]] = []

    @staticmethod
    def symbol(name: str) -> int | None:
        found: int | None = libc.dlsym(None, name.encode())
        return found

    def resolve(self, names: Sequence[str]) -> dict[str, int]:
        own = {"__dso_handle": self.first}
        return {name: found for name in names if (found := own.get(name) or self.symbol(name))}

    def allocate(self, requests: Sequence[SegmentRequest]) -> list[int]:
        addresses = []
        for request in requests:
            addresses.append(self.next)
            size = -(-request.size // PAGE) * PAGE
            self.segments.append((self.next, size, request.zone))
            self.next += size
        return addresses

    def initialize(self, image: LinkedImage) -> None:
        for segment in image.segments:
            ctypes.memmove(segment.address, bytes(segment.content), len(segment.content))
        for address, size, zone in self.segments:
            if libc.mprotect(address, size, PROTECTIONS[zone]):
                raise OSError(ctypes.get_errno(), "mprotect")


def announce(image: LinkedImage) -> None:
    for special in image.ranges:
        if special.kind == "eh_frame":
            libc["__register_frame"](ctypes.c_void_p(special.address))
    for special in image.ranges:
        pointers = (ctypes.c_void_p * (special.size // 8)).from_address(special.address)
        if special.kind in ("init_array", "ctors"):
            for pointer in pointers[:: -1 if special.kind == "ctors" else 1]:
                ctypes.CFUNCTYPE(None)(pointer)()


def parse(path: str) -> list[Any]:
    data = Path(path).read_bytes()
    if path.endswith(".a"):
        return [parse_object(content, name) for name, content in read_archive(data, path)]
    return [parse_object(data, path)]


def run(job: dict[str, Any]) -> dict[str, Any]:
    memory = Memory(near=not job.get("far", True))
    graphs = [graph for path in job["objects"] for graph in parse(path)]
    owners = job.get("owners") or list(range(len(graphs)))
    inputs = [LinkInput(graph, owner) for graph, owner in zip(graphs, owners, strict=True)]
    roots = set(job["roots"]) if "roots" in job else None
    image = link(inputs, LinkOptions(roots=roots), memory.resolve, memory.allocate)
    memory.initialize(image)
    announce(image)
    results = []
    for name, *arguments in job["calls"]:
        function = ctypes.CFUNCTYPE(ctypes.c_long, *[ctypes.c_long] * len(arguments))(image.symbols[name])
        results.append(function(*arguments))
    libc.fflush(None)
    return {"results": results, "ranges": [[s.kind, s.size] for s in image.ranges], "pruned": image.account.pruned}


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(run(json.loads(sys.argv[1]))) + "\n")
