"""From names to addresses: collect units, compile, link, ship, initialize. The whole of DESIGN §3, steps 2 to 7.

Owns: the order of the steps, and that a lookup is all or nothing. Must not know: the wire, IR, types.
Invariant: either every unit that a lookup reaches is live afterwards, or none of them has changed; compiling, shipping,
initializers and callbacks run with no lock held, so that whatever they cause may look something up, too.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from .account import Account
from .calls.caller import Caller
from .compile import CompileRequest, Target
from .crash.code_map import CodeMap
from .dylib import Code
from .errors import ExclaveError, LinkError, UndefinedSymbolsError
from .graph_cache import GraphCache
from .ifuncs import resolve_ifuncs
from .initializers import DOING, DeferredActions, seconds_for
from .interrupts import interrupts_allowed, interrupts_deferred
from .linked_batch import FinalizedBatch, LinkedBatch, WaitGraph, described
from .linking import Lookup, LookupLinker
from .memory import MemoryManager
from .model import CallOutcome, ExecutorAddr, ExecutorTarget
from .process_symbols import ProcessSymbols
from .removal import Remover, with_users
from .resolver import Resolver
from .runtime import RESOLVE_IFUNCS, RUN_ACTIONS
from .suggestions import close_names
from .units import MaterializationUnit


class TellingCode(Code, Protocol):
    """And who is told what went live: called after each batch, in the thread that looked up."""

    finalized_callbacks: list[Callable[[FinalizedBatch], object]]


class Materializer:
    """Makes units live. One per session."""

    def __init__(
        self,
        target: ExecutorTarget,
        code: TellingCode,
        compiler: GraphCache,
        memory: MemoryManager,
        process: ProcessSymbols,
        account: Account,
        compile_timeout: float | None = None,
    ) -> None:
        """`compile_timeout` in seconds for each module."""
        self.lock = code.lock
        self._target = Target(target.triple, target.cpu, target.features)
        self._dylibs = code.dylibs
        self._compiler = compiler
        self._memory = memory
        self._names = Resolver(code.dylibs, process)
        self.account = account
        self._compile_timeout = compile_timeout
        self._callbacks = code.finalized_callbacks
        self._changed = code.changed
        self._waits = WaitGraph()
        self.remover = Remover(code, memory, self._waits)
        self.code_map = CodeMap()
        self._linker = LookupLinker(target.architecture, code, self._names, memory, account, self.code_map)
        self.caller: Caller | None = None
        """What initializers are called by; set once the worker takes calls."""

    def lookup(self, names: Sequence[str], timeout: float | None = None) -> dict[str, ExecutorAddr]:
        """The addresses of `names`, made live with all that they reach, in one Initialize rpc, which may carry others'.

        `timeout`: seconds that their initializers may take.

        Raises:
            UndefinedSymbolsError: all the names that nobody defines, asked for or referred to.
            CompileError, LinkError, ExecutorError: why a unit could not go live; none of them did.
        """
        live = self._names.all_live(names)
        try:
            while live is None:
                live = self._make_live(names, timeout)
                if live is None:
                    self._compile_reached(names)
        except UndefinedSymbolsError as error:
            error.suggest(close_names(error.symbols, [name for dylib in self._dylibs for name in dylib.names()]))
            raise
        return live

    def count_in(self, account: Account) -> None:
        """Count and time what happens from now on in another account."""
        self.account = self._linker.account = account

    def write_slots(self, slots: Sequence[tuple[int, int]]) -> None:
        """Point slots, (address, value), to other code. As `MemoryManager.write_slots`."""
        self._memory.write_slots(slots)

    def _make_live(self, names: Sequence[str], timeout: float | None) -> dict[str, ExecutorAddr] | None:
        """Make what `names` reach live; None if something changed meanwhile, and it must be tried again."""
        with interrupts_deferred():  # whatever is begun ends
            lookup = Lookup(names)
            try:
                self._linker.begin(lookup)
            except BaseException:
                with contextlib.suppress(ExclaveError):  # of what is said already
                    self._finish_all(lookup.batches, timeout)
                raise
            self._finish_all(lookup.batches, timeout)
            if lookup.uncompiled:
                return None
            self._await(lookup.awaited, described(names), timeout)
            with self.lock:
                return self._names.addresses(names, lookup.external)

    def _finish_all(self, batches: Sequence[LinkedBatch], timeout: float | None) -> None:
        if batches:
            try:
                self._finish(batches[0], timeout)
            finally:
                self._finish_all(batches[1:], timeout)

    def _finish(self, batch: LinkedBatch, timeout: float | None) -> None:
        """Ship it, and initialize it once what it refers to is initialized; or undo it."""
        partly: dict[int, int] = {}
        try:
            live = self._memory.wait(batch.shipment)
            deferred = DeferredActions(live, [content.actions for content in batch.shipment.contents])
            partly = deferred.partly()
            self._await(batch.after, batch.what, timeout)
            try:
                with interrupts_allowed():
                    self._resolve_ifuncs(batch, timeout)
                    deferred.run(self._call_actions, batch.what, timeout)
            finally:
                partly = deferred.partly()
        except BaseException as error:
            self._undo(batch, error, partly)
            raise
        self.account.finalize_rpcs += batch.shipment.rpcs
        self._publish(batch)

    def _await(self, batches: Sequence[LinkedBatch], what: str, timeout: float | None) -> None:
        """Until all of them are live; or in place, if they in turn wait for this thread, which is in an initializer."""
        for batch in batches:
            with self._waits.waiting(batch) as may:
                if may:
                    with interrupts_allowed():
                        batch.wait(what, seconds_for(timeout))
                else:
                    self._memory.wait(batch.shipment)

    def _resolve_ifuncs(self, batch: LinkedBatch, timeout: float | None) -> None:
        seconds = seconds_for(timeout)
        resolve_ifuncs(
            batch.linked,
            lambda slots, size: self._call_runtime(RESOLVE_IFUNCS, slots, size, seconds, lambda *_: None),
            self.write_slots,
            batch.what,
        )

    def _call_actions(
        self, slots: bytes, size: int, seconds: float, failed: Callable[[BaseException, bytes], None]
    ) -> CallOutcome:
        return self._call_runtime(RUN_ACTIONS, slots, size, seconds, failed)

    def _call_runtime(
        self, name: str, slots: bytes, size: int, seconds: float, failed: Callable[[BaseException, bytes], None]
    ) -> CallOutcome:
        if self.caller is None:
            raise LinkError("the session runtime has no initializers")
        entry = self._names.resolve([name])[name]
        return self.caller.call(entry, entry, slots, size, seconds, DOING, failed)

    def _compile_reached(self, names: Sequence[str]) -> None:
        """Turn what `names` reach into graphs, without the lock: a compile may take long. An object may need more than
        its IR says (`llvm.memcpy` becomes `memcpy`), so it goes on until nothing new is reached."""
        while True:
            with self.lock:
                self._names.find_external(names)
                modules = [unit for unit in self._names.collect(names).pending if unit.graph is None]
            if not modules:
                return
            self._compile(modules)

    def _compile(self, modules: Sequence[MaterializationUnit]) -> None:
        """Turn units of IR into graphs, and learn what their objects really need."""
        with self.account.timed("compile"):
            requests = [
                CompileRequest(unit.source, self._target, unit.optimize, self._compile_timeout, bool(unit.bodies))
                for unit in modules
                if unit.source is not None
            ]
            graphs = self._compiler.graphs(requests)
        with self.lock:
            for unit, graph in zip(modules, graphs, strict=True):
                if unit.state == "pending" and unit.graph is None:  # else another lookup was quicker
                    unit.set_graph(graph)
                    self.account.modules += 1

    def _undo(self, batch: LinkedBatch, error: BaseException, partly: Mapping[int, int]) -> None:
        """It did not go live: nothing of it remains, nor of what an initializer of it looked up that refers to it."""
        batch.fail(error)
        with self.lock:
            mine = [unit for unit in batch.units if unit.batch is batch]  # all of them, unless the worker is no more
            users = [unit for unit in with_users(mine) if unit.state == "live"]
            allocations = [unit.allocation for unit in users if unit.allocation is not None]
            for unit in (*users, *mine):
                unit.reset()
                for dylib in self._dylibs:
                    dylib.unplace(unit)
            self.code_map.remove([*users, *mine])
        with contextlib.suppress(ExclaveError):  # a worker that is no more has nothing left, either
            self._memory.deallocate(allocations[::-1])
        with contextlib.suppress(ExclaveError):
            self._memory.deallocate(batch.shipment.live or (), partly)
        self._changed()

    def _publish(self, batch: LinkedBatch) -> None:
        """It is live: drop the graphs of IR, the executor has the bytes; and tell."""
        batch.go_live()  # before we wait for the lock: a pass that holds it may wait for this
        with self.lock:
            for unit, allocation in batch.live:
                if unit.batch is batch:  # else its worker is no more
                    unit.allocation, unit.state = allocation, "live"
                    unit.graph = unit.parsed  # a compiled one can be had from the cache
        if not batch.glue:
            self._notify(batch)
        batch.forget()

    def _notify(self, batch: LinkedBatch) -> None:
        """Trackers' own callbacks first, in the batch's order, then the session's."""
        of_units = [callback for unit in batch.units for callback in unit.finalized_callbacks]
        callbacks = [*of_units, *self._callbacks]
        if not callbacks:
            return
        finished = batch.finished()
        for callback in callbacks:
            try:
                with interrupts_allowed():
                    callback(finished)
            except Exception as error:
                _report(error)


def _report(error: Exception) -> None:
    """A callback's exception must not stop the others, nor the lookup: it is shown like an unhandled one."""
    error.add_note("raised by an on_finalized callback; the lookup itself succeeded")
    sys.excepthook(type(error), error, error.__traceback__)
