"""The code of a session: what was added, what it defines, and the adapters that calls need.

Owns: the session's JITDylibs, and names for what has none. Must not know: calls, the wire. Invariant: a unit is
registered whole or not at all; nothing is compiled before somebody asks for one of its symbols.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from .archives import all_units_from_archive, units_from_archive
from .checks import checked_name, shown
from .compile import CompilePool, adapter_ir, callback_stub_ir, map_adapter_ir, module_source
from .dylib import JITDylib, SymbolEntry
from .errors import LinkError, SignatureError, UndefinedSymbolsError
from .link import read_object
from .linked_batch import FinalizedBatch
from .materialize import Materializer
from .model import ExecutorAddr, Zone, ZoneRange
from .replaceable import ReplaceableModule, ReplaceableTracker
from .replacement import Replacer
from .runtime import CALLBACK
from .session_inputs import ObjectInput, folder_of, read_input
from .session_moves import Move, find_moves
from .tracker import ResourceTracker
from .types import Signature, Type
from .units import MaterializationUnit, UnitSymbol, unit_from_graph, unit_from_module

if TYPE_CHECKING:
    from .calls.callbacks import Callback
    from .crash.code_map import CodeMap

GLUE_OPTIMIZE = 0
"""Adapters and stubs are a dozen loads and a call: nothing that optimizing would repay."""
MAP_OPTIMIZE = 2
"""A map adapter is a loop."""


class WasLive(NamedTuple):
    """What a dead worker had: names of units, and the definitions whose addresses lay in it."""

    names: list[str]
    moves: Mapping[str, Move]


class SessionCode:
    """Made by its session, which checks that it is usable."""

    def __init__(
        self, pool: CompilePool, check_usable: Callable[[], None], compile_timeout: float | None, architecture: str
    ) -> None:
        self._architecture = architecture
        self._on_change: Callable[[], None] = lambda: None
        self.lock = threading.RLock()
        self.finalized_callbacks: list[Callable[[FinalizedBatch], object]] = []
        self.main, self.runtime = JITDylib("main"), JITDylib("runtime")
        self.dylibs: Sequence[JITDylib] = (self.main, self.runtime)
        """In search order."""
        self._definitions: dict[str, int | Callback] = {}
        self.compile_timeout = compile_timeout
        self._pool = pool
        self._check_usable = check_usable
        self._unit_count = 0
        self._materializer: Materializer
        self._replacer = Replacer(self.main, lambda: self._materializer, architecture)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call back whenever an address that somebody may keep is no more."""
        self._on_change = callback

    def changed(self) -> None:
        """An address that somebody may keep is no more."""
        self._on_change()

    def lookup(self, names: Sequence[str]) -> dict[str, ExecutorAddr]:
        """Addresses, live with all that they reach."""
        return self._materializer.lookup(names)

    def use(self, materializer: Materializer) -> None:
        """Take what makes units live."""
        self._materializer = materializer

    # -- adding -------------------------------------------------------------------------------------------------

    def add_module(self, module: Any, name: str | None, optimize: int, replaceable: bool = False) -> ResourceTracker:
        """Add IR or bitcode; read now, compiled when one of its symbols is looked up."""
        unit = self._read(module, name, optimize)
        if not replaceable:
            return self._add(unit)
        with self.lock:
            added = self._replacer.add(unit)
        return ReplaceableTracker(added, partial(self._remove_module, added), self.lock, self)

    def _read(self, module: Any, name: str | None, optimize: int) -> MaterializationUnit:
        source = module_source(module, self._label(name, "module"))
        return unit_from_module(source, self._pool.scan(source, self.compile_timeout), optimize)

    def replace_module(self, tracker: ResourceTracker, module: Any, optimize: int, wait: float, force: bool) -> bool:
        """Have IR or bitcode take the place of what a replaceable tracker stands for; whether the old code is freed."""
        if not isinstance(tracker, ReplaceableTracker) or tracker.owner is not self:
            raise SignatureError(
                f"replacing takes what add_ir(..., replaceable=True) returned here, not {shown(tracker)}"
            )
        new = self._replacer.version(self._read(module, tracker.name, optimize))
        freed, failures = self._replacer.replace(tracker.module, new, wait, force)
        _tell(f"replacing {tracker.name}: the new code is in place", failures)
        return freed

    def add_object(self, path_or_bytes: ObjectInput, name: str | None) -> ResourceTracker:
        """Add an ELF relocatable object."""
        data, label = read_input(path_or_bytes, self._label(name, "object"))
        return self._add(unit_from_graph(read_object(data, label), label))

    def add_archive(self, path_or_bytes: ObjectInput, name: str | None, whole: bool) -> tuple[str, ...]:
        """Add an archive's members, all of them or to be pulled; their names."""
        data, label = read_input(path_or_bytes, self._label(name, "archive"))
        read = all_units_from_archive if whole else units_from_archive
        units = read(data, label, folder_of(path_or_bytes))
        with self.lock:
            if whole:
                self.main.add(*units)
            else:
                self.main.add_members(units)
        return tuple(unit.name for unit in units)

    def define(self, name: str, address: int, given: int | Callback) -> None:
        """Give `name` an absolute address, that of what was `given`."""
        with self.lock:
            self.main.define(name, address)
            self._definitions[name] = given

    def _add(self, unit: MaterializationUnit) -> ResourceTracker:
        with self.lock:
            self.main.add(unit)
        return ResourceTracker(unit, self._remove, self.lock)

    def _remove(self, unit: MaterializationUnit, cascade: bool, wait: float, force: bool) -> None:
        def remove() -> list[str]:
            return self._materializer.remover.remove([unit], cascade=cascade, wait=wait, force=force)

        self._removing(unit.name, remove)

    def _remove_module(
        self, module: ReplaceableModule, unit: MaterializationUnit, cascade: bool, wait: float, force: bool
    ) -> None:
        self._removing(unit.name, lambda: self._replacer.remove(module, cascade, wait, force))

    def _removing(self, name: str, remove: Callable[[], list[str]]) -> None:
        """`remove` in what is, perhaps, another worker than before."""
        self._check_usable()
        failures = self._replacer.sweep() + remove()
        self.changed()
        _tell(f"removing {name}: it is gone", failures)

    def _label(self, name: str | None, kind: str) -> str:
        """What messages call a unit."""
        if name:
            return checked_name(name, "name=")
        self._unit_count += 1
        return f"{kind}-{self._unit_count}"

    def forget(self) -> None:
        """The session is over: let go of objects and graphs, which are large, without the garbage collector."""
        with self.lock:
            for dylib in self.dylibs:
                dylib.clear()

    # -- another worker -----------------------------------------------------------------------------------------

    def reset(self, code_map: CodeMap, zones: Mapping[Zone, ZoneRange]) -> WasLive:
        """The worker with these zones is no more: nothing is live. Returns what must be again."""
        with self.lock:
            moves = find_moves(self._definitions, code_map, zones)
            names = [name for dylib in self.dylibs for name in dylib.reset()]
        self.changed()
        return WasLive(names, moves)

    def restore(self, live: WasLive) -> tuple[str, ...]:
        """Link again, in the present worker, what was live; the definitions that are lost."""
        lost = []
        for name, move in live.moves.items():
            address = self._moved(move)
            with self.lock:
                if address is not None:
                    self.main.define_again(name, address)
                else:
                    lost.append(name)
                    self.main.undefine(name)
                    del self._definitions[name]
        if live.names:
            self._materializer.lookup(live.names)
        return tuple(lost)

    def _moved(self, move: Move) -> int | None:
        """Where what a name stands for lies now; None if it was lost."""
        if move.callback is not None:
            return self.lookup([self.callback_stub(move.callback)])[move.callback.symbol]
        with contextlib.suppress(UndefinedSymbolsError):  # as of a replaced function that calls were in
            return self.lookup([move.symbol])[move.symbol] + move.offset if move.symbol else None
        return None

    # -- calling ------------------------------------------------------------------------------------------------

    def signature(self, name: str, restype: Any, argtypes: Sequence[Any] | None) -> Signature:
        """The types that are given, or those that `name` has in its IR.

        Raises:
            SignatureError: neither are there.
            UndefinedSymbolsError: nobody has it.
        """
        if argtypes is not None:
            return Signature.parse("void" if restype is None else restype, argtypes)
        if restype is not None:
            raise SignatureError(f"{name}: restype= without argtypes=; for no arguments give argtypes=[]")
        with self.lock:
            entry = self.main.find(name)
        if entry is None:
            self._materializer.lookup([name])  # raises if nobody has it
        if entry is None or entry.symbol.signature is None:
            raise unknown_types(name, entry)
        return entry.symbol.signature

    def call_addresses(self, name: str, signature: Signature) -> tuple[ExecutorAddr, ExecutorAddr]:
        """Addresses of the signature's adapter and of the function, live in one batch."""
        return self._with_glue(*adapter_ir(signature, self._architecture), GLUE_OPTIMIZE, name)

    def map_addresses(self, name: str, signature: Signature) -> tuple[ExecutorAddr, ExecutorAddr]:
        """Addresses of the signature's map adapter and of the function."""
        return self._with_glue(*map_adapter_ir(signature, self._architecture), MAP_OPTIMIZE, name)

    def _with_glue(self, symbol: str, text: str, optimize: int, name: str) -> tuple[ExecutorAddr, ExecutorAddr]:
        found = self._materializer.lookup([self._glue(symbol, text, optimize), name])
        return found[symbol], found[name]

    def callback_stub(self, callback: Callback) -> str:
        """The symbol of a callback's stub."""
        text = callback_stub_ir(callback.signature, callback.number, callback.symbol, self._architecture)
        return self._glue(callback.symbol, text, GLUE_OPTIMIZE, [CALLBACK])

    def _glue(self, symbol: str, text: str, optimize: int, references: Sequence[str] = ()) -> str:
        """A module of ours, registered when it is first wanted."""
        if self.runtime.find(symbol) is not None:
            return symbol  # without the lock: calls must not wait for another thread's lookup
        with self.lock:
            if self.runtime.find(symbol) is None:
                source, defined = module_source(text, symbol), [UnitSymbol(symbol, weak=False)]
                unit = MaterializationUnit(symbol, defined, references, source=source, optimize=optimize, glue=True)
                self.runtime.add(unit)
        return symbol

    def remove_glue(self, symbol: str) -> None:
        """Free what `_glue` registered."""
        with self.lock:
            entry = self.runtime.find(symbol)
        if entry is not None and entry.unit is not None:
            self._materializer.remover.remove([entry.unit], cascade=True, force=True)
            self.changed()

    # -- variables ----------------------------------------------------------------------------------------------

    def variable(self, name: str) -> tuple[Type | None, bool, int]:
        """Type, whether it is constant, and address of a global variable.

        Raises:
            KeyError: no variable has this name.
        """
        with self.lock:
            entry = self.main.find(name)
        if entry is None or entry.symbol.callable:
            raise KeyError(name)
        return entry.symbol.type, entry.symbol.constant, self._materializer.lookup([name])[name]

    def variables(self) -> list[str]:
        """The names of those whose type is known."""
        with self.lock:
            entries = [(name, self.main.find(name)) for name in self.main.names()]
        return [name for name, entry in entries if entry is not None and entry.symbol.type is not None]


def _tell(done: str, failures: Sequence[str]) -> None:
    """Finalizers that failed are told, but stop nothing."""
    if failures:
        raise LinkError(f"{done}, but: {'; '.join(failures)}")


def unknown_types(name: str, entry: SymbolEntry | None) -> SignatureError:
    """Why the types of `name` are not known, and what to do about it."""
    if entry is None or entry.unit is None or not (entry.unit.source or entry.symbol.ir_type):
        return SignatureError(
            f"{name}: its types are not known, since it does not come from IR: "
            f'give them, as in session.function("{name}", restype="i32", argtypes=["i64", "ptr"])'
        )
    if not entry.symbol.callable:
        return SignatureError(f'{name} is a variable, no function: session.lookup("{name}") gives its address')
    types = entry.symbol.ir_type or "what it takes and returns"
    types = types if len(types) <= 200 else f"{types[:200]}..."
    return SignatureError(
        f"{name}: its types cannot be passed: {types} has something other than integers of up to 64 bits, half, "
        "float, double, ptr, and structs, arrays and vectors of them, or passes something in a special way (byval, "
        "sret, inreg, ...): add a function in IR that takes and returns plain values and calls it, and call that; or "
        "give the types that it has in C"
    )
