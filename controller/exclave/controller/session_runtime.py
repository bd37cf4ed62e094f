"""The session runtime: native code of ours, shipped as the session's first graph, entered once.

Owns: bringing a session up, from an open lease to a worker that takes calls. Must not know: the user's code.
Invariant: the runtime needs nothing but bootstrap symbols, since before it runs nobody can be asked for more; it
has no alloc actions, since before it runs nobody can run them. (ORC's executor-side runtime, orc-rt)
"""

from __future__ import annotations

from .alloc_actions import ACTION_SYMBOLS
from .compile import CompileRequest, Target
from .graph_cache import GraphCache
from .link import LinkInput
from .link.merge import merge_graphs
from .materialize import Materializer
from .model import ExecutorTarget
from .remote.session_client import SessionClient
from .runtime import FLUSH_CODE, LOOKUP, RUN_ACTIONS, SERVE, runtime_sources
from .units import MaterializationUnit, unit_from_graph

RUNTIME_OPTIMIZE = 0
"""LLVM's pipeline would take 60 ms of a cold start, and the loop waits for memory, not for instructions."""


class SessionRuntime:
    """The runtime's graph for one target: compiled and parsed once, shipped to every session."""

    def __init__(self, target: ExecutorTarget, compiler: GraphCache) -> None:
        """Compile it.

        Raises:
            LinkError: there is no runtime for this architecture.
            CompileError: LLVM does not know the target.
        """
        sources = runtime_sources(target.architecture)
        wanted = Target(target.triple, target.cpu, target.features)
        graphs = compiler.graphs([CompileRequest(source, wanted, RUNTIME_OPTIMIZE) for source in sources])
        self._graph = merge_graphs([LinkInput(graph, 0) for graph in graphs], target.architecture)
        defined = {definition.name for definition in self._graph.definitions()}
        needed = {reference.name for reference in self._graph.references()} - defined
        self.bootstrap_symbols = sorted(needed | set(ACTION_SYMBOLS))
        """What the runtime, and the alloc actions, need of the worker's process."""

    def unit(self) -> MaterializationUnit:
        """A unit of it, for a session; linking does not change the graph that they share."""
        return unit_from_graph(self._graph, "the session runtime")


def start_runtime(materializer: Materializer, client: SessionClient) -> None:
    """Ship the runtime, which was added, and enter it."""
    entry = materializer.lookup([SERVE, LOOKUP, RUN_ACTIONS, FLUSH_CODE])
    client.start_runtime(entry[SERVE], entry[LOOKUP], entry[RUN_ACTIONS], entry[FLUSH_CODE])
