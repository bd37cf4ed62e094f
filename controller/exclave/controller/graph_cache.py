"""Graphs by content: what was compiled and parsed once is linked again as it is.

Owns: parsed graphs, bounded. Must not know: sessions. Invariant: linking does not change its input graphs, so that
sessions and retries can share them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from .compile import CompileRequest
from .compile.cache import ObjectCache, object_key
from .link import LinkGraph, parse_object

MAX_GRAPHS = 1024


class GraphCache:
    """Compiles through an object cache, and parses. Thread-safe."""

    def __init__(self, objects: ObjectCache) -> None:
        self._objects = objects
        self._lock = threading.Lock()
        self._graphs: OrderedDict[tuple[str, bytes], LinkGraph] = OrderedDict()

    def graphs(self, requests: Sequence[CompileRequest]) -> list[LinkGraph]:
        """The modules' graphs, in the requests' order, named as the modules are.

        Raises:
            CompileError: LLVM refuses one of the modules.
        """
        keys = [(request.source.name, object_key(request)) for request in requests]
        with self._lock:
            found = {key: self._graphs[key] for key in keys if key in self._graphs}
        missing = {key: request for key, request in zip(keys, requests, strict=True) if key not in found}
        for key, data in zip(missing, self._objects.compile(list(missing.values())), strict=True):
            found[key] = parse_object(data, key[0])
        self._keep(found)
        return [found[key] for key in keys]

    def _keep(self, used: dict[tuple[str, bytes], LinkGraph]) -> None:
        with self._lock:
            for key, graph in used.items():
                self._graphs[key] = graph
                self._graphs.move_to_end(key)
            while len(self._graphs) > MAX_GRAPHS:
                self._graphs.popitem(last=False)
