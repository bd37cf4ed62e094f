"""From names to addresses: collect units, compile, link, finalize. The whole of DESIGN §3, steps 2 to 7.

Owns: the order of the steps, and that a lookup is all or nothing. Must not know: the wire, IR, types.
Invariant: either every unit that a lookup reaches is live afterwards, or none of them has changed; callbacks run
with no lock held.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .account import Account
from .alloc_actions import ACTION_SYMBOLS, RUN_FINALIZERS, RUN_INITIALIZERS, actions_for
from .compile import CompileRequest, Target
from .crash.code_map import CodeMap
from .dylib import JITDylib, SymbolEntry
from .errors import LinkError, UndefinedSymbolsError
from .graph_cache import GraphCache
from .link import LinkedImage, LinkInput, LinkOptions, SegmentRequest, SpecialRange, link
from .memory import InFlightAllocation, LiveAllocation, MemoryManager, RangeRequest
from .model import AllocationContent, ExecutorAddr, ExecutorTarget, SegmentContent
from .process_symbols import ProcessSymbols
from .units import MaterializationUnit, UnitSymbol


@dataclass(frozen=True)
class FinalizedBatch:
    """What one lookup made live, as `on_finalized` callbacks get it. Sizes in bytes."""

    units: tuple[str, ...]
    symbols: Mapping[str, ExecutorAddr]
    size: int


class Code(Protocol):
    """What was added, with the lock of all that may change it: a `SessionCode`. `dylibs` in search order.

    `finalized_callbacks` are called after each batch, in the thread that looked up.
    """

    lock: threading.RLock
    dylibs: Sequence[JITDylib]
    finalized_callbacks: list[Callable[[FinalizedBatch], object]]


@dataclass
class LinkedBatch:
    """Units that are linked and relocated, and wait to be finalized."""

    units: list[MaterializationUnit]
    image: LinkedImage
    in_flight: dict[int, InFlightAllocation]


class Materializer:
    """Makes units live. One per session."""

    def __init__(
        self,
        target: ExecutorTarget,
        code: Code,
        compiler: GraphCache,
        memory: MemoryManager,
        process: ProcessSymbols,
        account: Account,
        compile_timeout: float | None = None,
    ) -> None:
        """`compile_timeout` in seconds for each module."""
        self.lock = code.lock
        self._architecture = target.architecture
        self._target = Target(target.triple, target.cpu, target.features)
        self._dylibs = code.dylibs
        self._compiler = compiler
        self._memory = memory
        self._process = process
        self.account = account
        self._compile_timeout = compile_timeout
        self._callbacks = code.finalized_callbacks
        self.code_map = CodeMap()

    def lookup(self, names: Sequence[str], timeout: float | None = None) -> dict[str, ExecutorAddr]:
        """The addresses of `names`, made live with all that they reach, in one Initialize rpc.

        `timeout`: seconds that their initializers may take.

        Raises:
            UndefinedSymbolsError: all the names that nobody defines, asked for or referred to.
            CompileError, LinkError, ExecutorError: why a unit could not go live; none of them did.
        """
        live = self._all_live(names)
        while live is None:
            self._compile_reached(names)
            live = self._make_live(names, timeout)
        return live

    def _make_live(self, names: Sequence[str], timeout: float | None) -> dict[str, ExecutorAddr] | None:
        """Link and ship what `names` reach; None if something was added meanwhile that must be compiled first."""
        with self.lock:
            external = self._find_external(names)
            units = self._collect(names)
            if any(unit.graph is None for unit in units):
                return None
            finished = self._materialize(units, names, timeout) if units else None
            found = {name: ExecutorAddr(self._live_address(name, external)) for name in names}
        if finished is not None:
            self._notify(finished)
        return found

    def _all_live(self, names: Sequence[str]) -> dict[str, ExecutorAddr] | None:
        """Their addresses, if all are live already: calls must not wait for another thread's compile."""
        entries = [self._search_live(name) for name in names]
        if not all(entries):
            return None
        return {name: ExecutorAddr(address) for name, address in zip(names, entries, strict=True) if address}

    def _search_live(self, name: str) -> int | None:
        """One dictionary look-up per dylib, which needs no lock."""
        entry = self._search(name, pull=False)
        return None if entry is None else entry.address

    def _compile_reached(self, names: Sequence[str]) -> None:
        """Turn what `names` reach into graphs, without the lock: a compile may take long. An object may need more than
        its IR says (`llvm.memcpy` becomes `memcpy`), so it goes on until nothing new is reached."""
        while True:
            with self.lock:
                self._find_external(names)
                modules = [unit for unit in self._collect(names) if unit.graph is None]
            if not modules:
                return
            self._compile(modules)

    def _collect(self, names: Sequence[str]) -> list[MaterializationUnit]:
        """All pending units that `names` reach, in the order in which they are reached."""
        units: dict[MaterializationUnit, None] = {}
        wanted = list(names)
        for name in wanted:  # grows while we walk it
            entry = self._search(name)
            if entry is None or entry.unit is None or entry.unit.state == "live" or entry.unit in units:
                continue
            units[entry.unit] = None
            wanted += entry.unit.references
            wanted += [name for name in entry.unit.weak_references if self._defines(name)]
            wanted += self._overridden(entry.unit)
        return list(units)

    def _defines(self, name: str) -> bool:
        """Whether somebody defines `name` already; a weak reference pulls no archive member."""
        return self._search(name, pull=False) is not None

    def _search(self, name: str, *, pull: bool = True) -> SymbolEntry | None:
        return next((entry for dylib in self._dylibs if (entry := dylib.find(name, pull=pull)) is not None), None)

    def _overridden(self, unit: MaterializationUnit) -> list[str]:
        return [name for dylib in self._dylibs for name in dylib.overridden(unit)]

    def _find_external(self, names: Sequence[str]) -> Mapping[str, int]:
        """Those of the asked names that only the worker's process defines."""
        unknown = [name for name in names if self._search(name) is None]
        found = self._process.find(unknown)
        missing = [name for name in unknown if name not in found]
        if missing:
            raise UndefinedSymbolsError(dict.fromkeys(missing, ()))
        return found

    def _materialize(
        self, units: list[MaterializationUnit], names: Sequence[str], timeout: float | None
    ) -> FinalizedBatch:
        batch = self._link(units)
        try:
            self._require(names, batch.image)
        except BaseException:
            self._memory.abandon(list(batch.in_flight.values()))
            raise
        live = self._finalize(batch, timeout)
        return self._publish(batch, live)

    def _compile(self, modules: Sequence[MaterializationUnit]) -> None:
        """Turn units of IR into graphs, and learn what their objects really need."""
        with self.account.timed("compile"):
            sources = [(unit.source, unit.optimize) for unit in modules if unit.source is not None]
            requests = [
                CompileRequest(source, self._target, optimize, self._compile_timeout) for source, optimize in sources
            ]
            graphs = self._compiler.graphs(requests)
        with self.lock:
            for unit, graph in zip(modules, graphs, strict=True):
                if unit.state == "pending" and unit.graph is None:  # else another lookup was quicker
                    unit.set_graph(graph)
                    self.account.modules += 1

    def _link(self, units: list[MaterializationUnit]) -> LinkedBatch:
        in_flight: dict[int, InFlightAllocation] = {}
        inputs = [LinkInput(unit.graph, owner) for owner, unit in enumerate(units) if unit.graph is not None]
        overridden = frozenset(name for unit in units for name in self._overridden_by_live(unit))
        options = LinkOptions(architecture=self._architecture, overridden=overridden)
        try:
            with self.account.timed("link"):
                image = link(inputs, options, self._resolve, lambda requests: self._allocate(requests, in_flight))
        except BaseException:
            self._memory.abandon(list(in_flight.values()))
            raise
        return LinkedBatch(units, image, in_flight)

    def _require(self, names: Sequence[str], image: LinkedImage) -> None:
        """What was asked for will have an address: known before anything is shipped."""
        for name in names:
            entry = self._search(name)
            if entry is not None and entry.address is None and name not in image.symbols:
                who = entry.unit.name if entry.unit is not None else "somebody"
                raise UndefinedSymbolsError({name: ()}, hint=f"{who} declared it, but its object does not define it")

    def _overridden_by_live(self, unit: MaterializationUnit) -> list[str]:
        """Weak names of `unit` that are live already or absolute: its own definitions give way.

        Raises:
            LinkError: it has a common symbol that is larger than the one which is live.
        """
        entries = {name: self._search(name) for name in self._overridden(unit)}
        live = {name: entry for name, entry in entries.items() if entry is not None and entry.address is not None}
        for symbol in unit.definitions:
            if symbol.name in live:
                _check_common(unit, symbol, live[symbol.name].symbol)
        return list(live)

    def _resolve(self, names: Sequence[str]) -> dict[str, int]:
        """Addresses for what the batch leaves undefined; what nobody has is left out."""
        entries = {name: self._search(name) for name in names}
        found = {name: entry.address for name, entry in entries.items() if entry and entry.address is not None}
        return found | self._process.find([name for name, entry in entries.items() if entry is None])

    def _allocate(self, requests: Sequence[SegmentRequest], in_flight: dict[int, InFlightAllocation]) -> list[int]:
        """Ranges for all segments, one in-flight allocation per owner, so that each can be freed alone."""
        by_owner: dict[int, list[int]] = {}
        for index, request in enumerate(requests):
            by_owner.setdefault(request.owner, []).append(index)
        addresses = [0] * len(requests)
        for owner, indexes in by_owner.items():
            wanted = [requests[i] for i in indexes]
            ranges = [RangeRequest(request.zone, request.size, request.alignment) for request in wanted]
            in_flight[owner] = self._memory.allocate(ranges)
            for index, address in zip(indexes, in_flight[owner].addresses, strict=True):
                addresses[index] = address
        return addresses

    def _finalize(self, batch: LinkedBatch, timeout: float | None) -> dict[int, LiveAllocation]:
        """Ship everything in one rpc."""
        owners = list(batch.in_flight)
        with self.account.timed("finalize"):
            contents = self._contents(batch, owners)
            live = self._memory.finalize([batch.in_flight[owner] for owner in owners], contents, timeout)
        self.account.finalize_rpcs += 1
        return dict(zip(owners, live, strict=True))

    def _contents(self, batch: LinkedBatch, owners: Sequence[int]) -> list[AllocationContent]:
        segments: dict[int, list[SegmentContent]] = {owner: [] for owner in owners}
        for segment in batch.image.segments:
            content = SegmentContent(segment.zone, segment.address, segment.size, segment.content)
            segments[segment.owner].append(content)
        ranges: dict[int, list[SpecialRange]] = {owner: [] for owner in owners}
        for special in batch.image.ranges:
            ranges[special.owner].append(special)
        functions = self._action_functions() if batch.image.ranges else {}
        return [AllocationContent(tuple(segments[owner]), actions_for(ranges[owner], functions)) for owner in owners]

    def _action_functions(self) -> dict[str, int]:
        return self._resolve([*ACTION_SYMBOLS, RUN_INITIALIZERS, RUN_FINALIZERS])

    def _publish(self, batch: LinkedBatch, live: Mapping[int, LiveAllocation]) -> FinalizedBatch:
        """Record what is live now, and drop the graphs of IR: the executor has the bytes."""
        image = batch.image
        addresses: dict[int, dict[str, int]] = {owner: {} for owner in range(len(batch.units))}
        for name, address in image.symbols.items():
            addresses[image.symbol_owner(name)][name] = address
        self.code_map.add(image, batch.units)
        for owner, unit in enumerate(batch.units):
            unit.allocation, unit.addresses, unit.state = live.get(owner), addresses[owner], "live"
            for dylib in self._dylibs:
                dylib.set_live(unit, addresses[owner])
            unit.graph = unit.parsed  # a compiled one can be had from the cache
        return self._count(batch)

    def _count(self, batch: LinkedBatch) -> FinalizedBatch:
        account, counted = self.account, batch.image.account
        account.objects += counted.objects
        account.symbols += counted.symbols
        account.edges += counted.edges
        size = sum(segment.size for segment in batch.image.segments)
        account.bytes += size
        symbols = {name: ExecutorAddr(address) for name, address in batch.image.symbols.items()}
        return FinalizedBatch(tuple(unit.name for unit in batch.units), symbols, size)

    def _live_address(self, name: str, external: Mapping[str, int]) -> int:
        entry = self._search(name)
        return external[name] if entry is None or entry.address is None else entry.address

    def _notify(self, finished: FinalizedBatch) -> None:
        for callback in list(self._callbacks):
            try:
                callback(finished)
            except Exception as error:
                _report(error)

    def remove(self, unit: MaterializationUnit, dylib: JITDylib) -> list[str]:
        """Forget a unit and free what it had; returns failures of its dealloc actions, a sentence each."""
        with self.lock:
            if unit.state == "removed":
                return []
            dylib.remove(unit)
            allocation, unit.allocation, unit.state = unit.allocation, None, "removed"
            return self._memory.deallocate([allocation]) if allocation is not None else []


def _check_common(unit: MaterializationUnit, symbol: UnitSymbol, live: UnitSymbol) -> None:
    """A common symbol is as large as its largest definition; one that is live cannot grow any more."""
    if live.common_size and symbol.common_size > live.common_size:
        raise LinkError(
            f"{unit.name}: the common symbol {symbol.name} has {symbol.common_size} bytes here, but it is live with "
            f"{live.common_size}: add all objects that define it before the first lookup that reaches it"
        )


def _report(error: Exception) -> None:
    """A callback's exception must not stop the others, nor the lookup: it is shown like an unhandled one."""
    error.add_note("raised by an on_finalized callback; the lookup itself succeeded")
    sys.excepthook(type(error), error, error.__traceback__)
