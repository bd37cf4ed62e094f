"""The code of a session: what was added, what it defines, where it lies.

Owns: the session's JITDylibs, names for what has none, adapters and callback stubs. Must not know: calls, data, the wire.
Invariant: whatever is removed or redefined changes `generation`, so that who keeps an address can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .compile import CompilePool, module_source
from .compile.adapters import adapter_ir, callback_stub_ir, map_adapter_ir
from .dylib import JITDylib
from .errors import LinkError, SignatureError
from .link import parse_object, read_archive
from .materialize import FinalizedBatch, Materializer
from .model import ExecutorAddr
from .session_inputs import ObjectInput, read_input
from .tracker import ResourceTracker
from .types import Signature
from .units import MaterializationUnit, UnitSymbol, unit_from_graph, unit_from_module

if TYPE_CHECKING:
    from .calls.callbacks import Callback

GLUE_OPTIMIZE = 0
"""Adapters and stubs are a dozen loads and a call: nothing that optimizing would repay."""
MAP_OPTIMIZE = 2
"""A map adapter is a loop."""


class SessionCode:
    """Made by its session."""

    def __init__(self, pool: CompilePool, architecture: str) -> None:
        self.main, self.runtime = JITDylib("main"), JITDylib("runtime")
        self.generation = 0
        self._pool = pool
        self._architecture = architecture
        self._unit_count = 0
        self._materializer: Materializer

    def use(self, materializer: Materializer) -> None:
        """Take what makes units live; it searches `main`, then `runtime`."""
        self._materializer = materializer

    # -- adding -------------------------------------------------------------------------------------------------

    def add_module(self, module: Any, name: str | None, optimize: int) -> ResourceTracker:
        """Add IR or bitcode; parsed now, compiled when one of its symbols is looked up."""
        source = module_source(module, name or self._next_name("module"))
        return self._add(unit_from_module(source, self._pool.scan(source), optimize))

    def add_object(self, path_or_bytes: ObjectInput, name: str | None) -> ResourceTracker:
        """Add an ELF relocatable object."""
        data, label = read_input(path_or_bytes, name or self._next_name("object"))
        return self._add(unit_from_graph(parse_object(data, label), label))

    def add_archive(self, path_or_bytes: ObjectInput, name: str | None) -> tuple[str, ...]:
        """Add an archive's members, to be pulled; their names."""
        data, label = read_input(path_or_bytes, name or self._next_name("archive"))
        graphs = [parse_object(content, f"{label}({member})") for member, content in read_archive(data, label)]
        with self._materializer.lock:
            self.main.add_members([unit_from_graph(graph, graph.name) for graph in graphs])
        return tuple(graph.name for graph in graphs)

    def define(self, name: str, address: int) -> None:
        """Give `name` an absolute address."""
        with self._materializer.lock:
            self.main.define(name, int(address))

    def _add(self, unit: MaterializationUnit) -> ResourceTracker:
        with self._materializer.lock:
            self.main.add(unit)
        return ResourceTracker(unit, self._remove)

    def _remove(self, unit: MaterializationUnit) -> None:
        failures = self._materializer.remove(unit, self.main)
        self.generation += 1
        if failures:
            raise LinkError(f"removing {unit.name}: it is gone, but: {'; '.join(failures)}")

    def _next_name(self, kind: str) -> str:
        self._unit_count += 1
        return f"{kind}-{self._unit_count}"

    # -- finding ------------------------------------------------------------------------------------------------

    def lookup(self, names: Sequence[str]) -> dict[str, ExecutorAddr]:
        """Addresses, live with all that they reach."""
        return self._materializer.lookup(names)

    def on_finalized(self, callback: Callable[[FinalizedBatch], object]) -> None:
        """Call back after each batch."""
        self._materializer.on_finalized(callback)

    def signature(self, name: str) -> Signature:
        """The signature that `name` has in its IR.

        Raises:
            SignatureError: it does not come from IR.
            UndefinedSymbolsError: nobody has it.
        """
        symbol = self.symbol(name)
        if symbol is None or symbol.signature is None:
            raise SignatureError(
                f"{name}: its types are not known, since it does not come from IR: "
                f'give them, as in session.function("{name}", restype="i32", argtypes=["i64", "ptr"])'
            )
        return symbol.signature

    def symbol(self, name: str) -> UnitSymbol | None:
        """What is known of `name`; None for a symbol of the process.

        Raises:
            UndefinedSymbolsError: nobody has it.
        """
        with self._materializer.lock:
            entry = self.main.find(name)
        if entry is None:
            self._materializer.lookup([name])  # raises if nobody has it
            return None
        return entry.symbol

    # -- glue ---------------------------------------------------------------------------------------------------

    def adapter(self, signature: Signature) -> str:
        """The symbol of a signature's adapter; its unit is registered when the signature is first seen."""
        return self._glue(*adapter_ir(signature, self._architecture), GLUE_OPTIMIZE)

    def map_adapter(self, signature: Signature) -> str:
        """The symbol of a signature's map adapter."""
        return self._glue(*map_adapter_ir(signature, self._architecture), MAP_OPTIMIZE)

    def callback_stub(self, callback: Callback) -> str:
        """The symbol of a callback's stub."""
        text = callback_stub_ir(callback.signature, callback.number, callback.symbol, self._architecture)
        return self._glue(callback.symbol, text, GLUE_OPTIMIZE)

    def remove_glue(self, symbol: str) -> None:
        """Free what `_glue` added."""
        with self._materializer.lock:
            entry = self.runtime.find(symbol)
        if entry is not None and entry.unit is not None:
            self._materializer.remove(entry.unit, self.runtime)
            self.generation += 1

    def _glue(self, symbol: str, text: str, optimize: int) -> str:
        if self.runtime.find(symbol) is not None:
            return symbol  # without the lock: calls must not wait for another thread's lookup
        with self._materializer.lock:
            if self.runtime.find(symbol) is None:
                source = module_source(text, symbol)
                unit = MaterializationUnit(
                    symbol, [UnitSymbol(symbol, weak=False)], [], source=source, optimize=optimize
                )
                self.runtime.add(unit)
        return symbol
