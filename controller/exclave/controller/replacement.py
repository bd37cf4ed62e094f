"""Replacing a module's code under its callers.

Owns: the order of it, and what becomes of the old code. Must not know: the wire, how stubs look. Invariant: the slots
are written once everything of the new version is live and initialized, and the names follow in the same moment, under
the session's lock; until then any failure leaves the old version as it was. Old code is freed when no call that may be
in it goes on.

Calls within a module go to its own version, whatever becomes of the stubs meanwhile; addresses of its functions are
the stubs'. So a call that is in the old body finishes there, and a pointer that it leaves behind leads to the new one.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Sequence

from .dylib import JITDylib
from .errors import ExclaveError, InUseError, LinkError
from .materialize import Materializer
from .replaceable import ReplaceableModule, Version
from .units import MaterializationUnit


class Replacer:
    """Of one session; its workers' materializers come and go."""

    def __init__(self, dylib: JITDylib, materializer: Callable[[], Materializer], architecture: str) -> None:
        self._dylib = dylib
        self._materializer = materializer
        self._architecture = architecture
        self._numbers = itertools.count(1)
        self._kept: list[tuple[ReplaceableModule, MaterializationUnit]] = []

    def version(self, unit: MaterializationUnit) -> Version:
        """A version of what `unit` defines."""
        return Version(unit, next(self._numbers))

    def add(self, unit: MaterializationUnit) -> ReplaceableModule:
        """Register a module. Its user holds the lock."""
        module = ReplaceableModule(self.version(unit), self._architecture)
        self._dylib.add(module.version.body, *module.stubs)
        return module

    def replace(self, module: ReplaceableModule, new: Version, wait: float, force: bool) -> tuple[bool, list[str]]:
        """Have `new` take the place of the present version. Returns whether the old one is freed, and what failed then.

        Raises:
            LinkError, SignatureError: `new` lacks something, or the module is removed. InUseError: others are linked to
                its variables. CompileError, ExecutorError, ...: as a lookup. The old version stays.
        """
        with module.changing():
            failures = self.sweep()
            module.check(new)
            stubs = self._register(module, new)
            try:
                old = self._switch(module, new, stubs)
            except BaseException:
                with contextlib.suppress(ExclaveError):  # why it failed is what counts
                    self._materializer().remover.remove([new.body, *stubs], cascade=True, force=True)
                raise
            self._kept.append((module, old))
            return self._free(module, old, wait, force, failures), failures

    def remove(self, module: ReplaceableModule, cascade: bool, wait: float, force: bool) -> list[str]:
        """Forget a module: its stubs and all versions. As `Remover.remove`."""
        with module.changing():
            return self._materializer().remover.remove(module.units, cascade=cascade, wait=wait, force=force)

    def sweep(self) -> list[str]:
        """Free old versions in which no call is any more; what failed."""
        failures: list[str] = []
        for module, old in list(self._kept):
            self._free(module, old, 0.0, False, failures)
        return failures

    def _free(
        self, module: ReplaceableModule, old: MaterializationUnit, wait: float, force: bool, failures: list[str]
    ) -> bool:
        """Free an old version, unless a call may be in it."""
        with contextlib.suppress(InUseError):
            failures += self._materializer().remover.remove([old], wait=wait, force=force)
        if old.state != "removed":
            return False
        with contextlib.suppress(ValueError):  # another thread was quicker
            self._kept.remove((module, old))
            module.old.remove(old)
        return True

    def _register(self, module: ReplaceableModule, new: Version) -> Sequence[MaterializationUnit]:
        """Have `new` be known by what the old version does not define; stubs of the functions that it adds."""
        added = [symbol for name, symbol in new.functions.items() if name not in module.version.functions]
        stubs = [new.stubs(added, self._architecture)] if added else []
        with self._materializer().lock:
            _check_free(module)
            taken = self._dylib.names_of(module.version.body)
            new.body.finalized_callbacks = module.version.body.finalized_callbacks
            new.body.actions = module.version.body.actions
            new.body.definitions = [symbol for symbol in new.definitions if symbol.name not in taken]
            self._dylib.add(new.body, *stubs)
        return stubs

    def _switch(
        self, module: ReplaceableModule, new: Version, stubs: Sequence[MaterializationUnit]
    ) -> MaterializationUnit:
        """Make `new` live, and have the stubs lead to it; the old version's unit."""
        names = [*new.wanted, *(symbol.name for unit in stubs for symbol in unit.definitions)]
        while True:
            materializer = self._materializer()
            materializer.lookup(names)
            with materializer.lock:
                busy = next((one for one in (*module.units, new.body) if one.state == "in flight"), None)
                if busy is None and new.body.state == "live":
                    return self._commit(materializer, module, new, stubs)
            if busy is not None:  # with addresses of the old version, in stubs that are not shipped
                materializer.remover.await_batch(busy, f"replacing {busy.name}")

    def _commit(
        self, materializer: Materializer, module: ReplaceableModule, new: Version, stubs: Sequence[MaterializationUnit]
    ) -> MaterializationUnit:
        """The moment itself; the lock is held."""
        _check_free(module)
        old = module.version.body
        materializer.write_slots(module.slots(new))
        old.calls_inside = materializer.remover.inside([old, *module.stubs])
        self._dylib.succeed(old, new.body, new.definitions)
        for unit in module.stubs:
            new.lead(unit, self._architecture)
            unit.detach()
            if unit.state == "live":
                unit.use(new.body)
        module.version, module.stubs = new, [*module.stubs, *stubs]
        module.old.append(old)
        return old


def _check_free(module: ReplaceableModule) -> None:
    """It is there, and nobody else is linked to what is not behind a stub."""
    body = module.version.body
    if body.state in ("leaving", "removed"):
        raise LinkError(f"replacing {body.name}: it was removed")
    others = tuple(user.name for user in body.users if user not in module.units)
    if others:
        raise InUseError(
            f"replacing {body.name}: {', '.join(others)} refer{'s' if len(others) == 1 else ''} to its variables, or "
            "to functions of it that others may define (weak, linkonce), which have no stubs: define them in a module "
            "of their own",
            dependents=others,
        )
