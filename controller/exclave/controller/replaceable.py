"""Replaceable modules: stubs that stay where they are, and the version of the module that they lead to now.

Owns: which units a module consists of, and what a new version must have. Must not know: how anything becomes live or
is freed. Invariant: each strong function of the present version has one stub, whose slot is for its body; the body is
called after its version, so that two versions may be live at once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import LinkError, SignatureError
from .link import slot_names, stub_graph
from .tracker import Remove, ResourceTracker
from .units import MaterializationUnit, UnitSymbol

if TYPE_CHECKING:
    from .types import Signature


class Version:
    """What a module's text defines: `body` is its unit, with the functions under names of their own."""

    def __init__(self, unit: MaterializationUnit, number: int) -> None:
        """`unit` as it would be if it were not replaceable; `number` is this version's alone, in its session."""
        self.functions = {symbol.name: symbol for symbol in unit.definitions if symbol.callable and not symbol.weak}
        unit.bodies = {name: f"{name}$body.{number}" for name in self.functions}
        self.definitions = [s._replace(name=unit.bodies.get(s.name, s.name)) for s in unit.definitions]
        unit.definitions = self.definitions
        self.body = unit

    @property
    def wanted(self) -> list[str]:
        """Names whose lookup makes it live, and no other version."""
        return list(self.body.bodies.values())

    def stubs(self, functions: Sequence[UnitSymbol], architecture: str) -> MaterializationUnit:
        """A unit with stubs of some of its functions."""
        unit = MaterializationUnit(self.body.name, functions, ())
        self.lead(unit, architecture)
        return unit

    def lead(self, stubs: MaterializationUnit, architecture: str) -> None:
        """Have stubs lead to this version's bodies when they are linked the next time."""
        bodies = {symbol.name: self.body.bodies[symbol.name] for symbol in stubs.definitions}
        stubs.graph = stubs.parsed = stub_graph(architecture, stubs.name, bodies)
        stubs.references = list(bodies.values())


class ReplaceableModule:
    """What a tracker of a replaceable module stands for: stubs, the present version, and old bodies not yet freed."""

    def __init__(self, first: Version, architecture: str) -> None:
        """With its first version.

        Raises:
            LinkError: it has no functions.
        """
        if not first.functions:
            name = first.body.name
            raise LinkError(f"{name}: it defines no function that could be replaced (strong and external)")
        self.version = first
        self.stubs = [first.stubs(list(first.functions.values()), architecture)]
        self.old: list[MaterializationUnit] = []
        self._lock = threading.Lock()
        self._thread: int | None = None

    @property
    def units(self) -> list[MaterializationUnit]:
        """All that goes when it is removed."""
        return [self.version.body, *self.stubs, *self.old]

    @contextmanager
    def changing(self) -> Iterator[None]:
        """In the body, this thread alone replaces or removes it.

        Raises:
            LinkError: it is this thread's body that wants to do so again: an initializer has called back.
        """
        if self._thread == threading.get_ident():
            raise LinkError(f"{self.version.body.name}: it is being replaced: an initializer of it cannot do that, too")
        with self._lock:
            self._thread = threading.get_ident()
            try:
                yield
            finally:
                self._thread = None

    def slots(self, new: Version) -> list[tuple[int, int]]:
        """What leads its live stubs to the bodies of `new`, which are live: addresses of slots, and values."""
        addresses, bodies = new.body.addresses, new.body.bodies
        found = []
        for unit in self.stubs:
            names = [symbol.name for symbol in unit.definitions]
            if unit.state == "live":
                slots = zip(names, slot_names(names), strict=True)
                found += [(unit.addresses[slot], addresses[bodies[name]]) for name, slot in slots]
        return found

    def check(self, new: Version) -> None:
        """Whoever calls a function of the present version may call that of `new`.

        Raises:
            LinkError: it does not define them all. SignatureError: one has other types.
        """
        old, name = self.version, new.body.name
        missing = sorted(old.functions.keys() - new.functions.keys())
        if missing:
            raise LinkError(
                f"replacing {old.body.name}: {name} does not define {', '.join(missing)}: functions may come, but "
                "those that there are have callers"
            )
        for function, before in old.functions.items():
            after = new.functions[function]
            if not _same_types(before, after):
                raise SignatureError(
                    f"replacing {old.body.name}: {function} is {before.ir_type}, which callers rely on; in {name} it "
                    f"is {after.ir_type}"
                )


def _same_types(before: UnitSymbol, after: UnitSymbol) -> bool:
    """Names of structs mean what their module says."""
    if before.ir_type != after.ir_type:
        return False
    known, wanted = before.signature, after.signature
    return "%" not in before.ir_type or known is None or wanted is None or _plain(known) == _plain(wanted)


def _plain(signature: Signature) -> tuple[str, ...]:
    return (str(signature.restype), *map(str, signature.argtypes))


class ReplaceableTracker(ResourceTracker):
    """What `add_ir(..., replaceable=True)` added: its stubs, and whatever they lead to now."""

    def __init__(self, module: ReplaceableModule, remove: Remove, lock: threading.RLock, owner: object) -> None:
        """`owner`: whose it is, so that nobody takes it for his."""
        super().__init__(module.version.body, remove, lock)
        self.module, self.owner = module, owner

    @property
    def _present(self) -> MaterializationUnit:
        return self.module.version.body

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names that it defines."""
        version = self.module.version
        functions = [symbol.name for unit in self.module.stubs for symbol in unit.definitions]
        bodies = set(version.body.bodies.values())
        return (*functions, *(symbol.name for symbol in version.definitions if symbol.name not in bodies))

    @property
    def dependents(self) -> tuple[str, ...]:
        """Names of the units that are linked to it."""
        own = self.module.units
        users = {user: None for unit in own for user in list(unit.users) if user not in own}
        return tuple(user.name for user in users)
