"""Graphs by content: what was compiled and parsed once is linked again as it is.

Owns: parsed graphs, bounded. Must not know: sessions. Invariant: linking does not change its input graphs, so that
sessions and retries can share them; what several threads ask for at once is compiled once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from .compile import CompileRequest
from .compile.cache import ObjectCache, object_key
from .link import LinkGraph, parse_object

MAX_GRAPHS = 1024
Key = tuple[str, bytes]


class GraphCache:
    """Compiles through an object cache, and parses. Thread-safe."""

    def __init__(self, objects: ObjectCache) -> None:
        self._objects = objects
        self._lock = threading.Lock()
        self._graphs: OrderedDict[Key, LinkGraph] = OrderedDict()
        self._under_way: dict[Key, threading.Event] = {}

    def graphs(self, requests: Sequence[CompileRequest]) -> list[LinkGraph]:
        """The modules' graphs, in the requests' order, named as the modules are.

        Raises:
            CompileError: LLVM refuses one of the modules.
        """
        keys = [(request.source.name, object_key(request)) for request in requests]
        wanted, found = dict(zip(keys, requests, strict=True)), dict[Key, LinkGraph]()
        while len(found) < len(wanted):
            missing = [key for key in wanted if key not in found]
            mine, others = self._claim(missing, found)
            found |= self._compile({key: wanted[key] for key in mine})
            for other in others:
                other.wait()
        self._keep(found)
        return [found[key] for key in keys]

    def _claim(self, keys: Sequence[Key], found: dict[Key, LinkGraph]) -> tuple[list[Key], list[threading.Event]]:
        """Put those that are there into `found`; which of the others the caller must compile, and the ends of the rest,
        which somebody else compiles now."""
        with self._lock:
            found.update({key: self._graphs[key] for key in keys if key in self._graphs})
            missing = [key for key in keys if key not in found]
            mine = [key for key in missing if key not in self._under_way]
            others = [self._under_way[key] for key in missing if key in self._under_way]
            self._under_way.update({key: threading.Event() for key in mine})
        return mine, others

    def _compile(self, requests: dict[Key, CompileRequest]) -> dict[Key, LinkGraph]:
        """Whoever waits for one that fails tries by himself, and gets the error himself."""
        try:
            objects = self._objects.compile(list(requests.values()))
            graphs = {key: parse_object(data, key[0]) for key, data in zip(requests, objects, strict=True)}
            self._keep(graphs)
            return graphs
        finally:
            with self._lock:
                for key in requests:
                    self._under_way.pop(key).set()

    def _keep(self, used: dict[Key, LinkGraph]) -> None:
        with self._lock:
            for key, graph in used.items():
                self._graphs[key] = graph
                self._graphs.move_to_end(key)
            while len(self._graphs) > MAX_GRAPHS:
                self._graphs.popitem(last=False)
