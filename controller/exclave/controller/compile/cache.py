"""Objects by content: the same module for the same target is compiled once.

Owns: the key and the bounded store, in memory. Must not know: what compiles. Invariant: an object is a function
of its key (LLVM's output is byte-identical across calls and processes); names are no part of it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence

from .pool import CompilePool
from .requests import CompileRequest

MAX_BYTES = 64 << 20


class ObjectCache:
    """Compiles through a pool, and remembers. Thread-safe."""

    def __init__(self, pool: CompilePool, max_bytes: int = MAX_BYTES) -> None:
        self._pool = pool
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._objects: OrderedDict[bytes, bytes] = OrderedDict()
        self._held = 0
        self.hits = 0
        self.misses = 0

    def compile(self, requests: Sequence[CompileRequest]) -> list[bytes]:
        """ELF objects, in the requests' order.

        Raises:
            CompileError: LLVM refuses one of the modules.
        """
        keys = [object_key(request) for request in requests]
        found = self._find(keys)
        missing = {key: request for key, request in zip(keys, requests, strict=True) if key not in found}
        if missing:
            compiled = dict(zip(missing, self._pool.compile(list(missing.values())), strict=True))
            self._keep(compiled)
            found |= compiled
        return [found[key] for key in keys]

    def _find(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        with self._lock:
            found = {key: self._objects[key] for key in keys if key in self._objects}
            for key in found:
                self._objects.move_to_end(key)
            self.hits += len(found)
            self.misses += len(set(keys)) - len(found)
        return found

    def _keep(self, compiled: dict[bytes, bytes]) -> None:
        with self._lock:
            for key, data in compiled.items():
                self._held += len(data) - len(self._objects.get(key, b""))
                self._objects[key] = data
            while self._held > self._max_bytes:
                _, dropped = self._objects.popitem(last=False)
                self._held -= len(dropped)


def object_key(request: CompileRequest) -> bytes:
    """SHA-256 over everything that decides the object's bytes; each part preceded by its length."""
    target = request.target
    parts = [request.source.kind, target.triple, target.cpu, target.features, str(request.opt), str(request.by_symbol)]
    digest = hashlib.sha256()
    for part in [*(part.encode() for part in parts), request.source.data]:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.digest()
