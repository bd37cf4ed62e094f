"""What a user adds to a session, and puts in the place of what he added.

Owns: the public API of that. Must not know: how any of it is done, the rest of a session. Invariant: arguments are
checked before anything happens.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .calls.callbacks import Callback
from .checks import checked_bytes, checked_level, checked_name, checked_range, checked_timeout
from .session_code import SessionCode
from .session_inputs import ObjectInput
from .tracker import ResourceTracker

T = TypeVar("T")


class SessionAdding:
    """A part of `Session`, which has the rest."""

    _code: SessionCode

    def _check_usable(self) -> None:
        """Raise if the session is closed, or cannot be used here; bring its worker back if it died."""
        raise NotImplementedError

    def _guarded(self, do: Callable[[], T]) -> T:
        """Run `do`; if the worker died in it, the error carries all that is known then."""
        raise NotImplementedError

    def add_ir(
        self, module: Any, *, name: str | None = None, optimize: int = 2, replaceable: bool = False
    ) -> ResourceTracker:
        """Add a module: IR text, an `llvmlite.ir.Module` or an `llvmlite.binding.ModuleRef`.

        It is parsed now and compiled, at `-O{optimize}`, when one of its symbols is looked up.

        `replaceable`: its functions (strong external ones) are called through stubs, a jump each, so that `replace_ir`
        can put others in their place.

        Raises:
            CompileError: LLVM refuses it; says the line. Or it is no module.
            SignatureError: there is no such `optimize`.
            DuplicateSymbolsError: something that it defines is defined already.
            LinkError: it is to be replaceable, and has no functions.
        """
        self._check_usable()
        return self._code.add_module(module, name, checked_level(optimize), replaceable)

    def add_bitcode(
        self, bitcode: bytes, *, name: str | None = None, optimize: int = 2, replaceable: bool = False
    ) -> ResourceTracker:
        """Add a module of LLVM bitcode; as `add_ir`."""
        content = checked_bytes(bitcode, "add_bitcode")
        return self.add_ir(content, name=name, optimize=optimize, replaceable=replaceable)

    def replace_ir(
        self,
        tracker: ResourceTracker,
        module: Any,
        *,
        optimize: int = 2,
        wait: float | None = None,
        force: bool = False,
    ) -> bool:
        """Put a module, IR or bitcode, in the place of what `tracker` stands for, under its callers.

        It is compiled, linked and initialized first; then all functions of the old one lead to it at once. Addresses
        and handles stay as they are; variables are the new module's own, with their initial values. A call that is in
        the old code finishes there; calls within a module stay in its version. Any error leaves the old code in place,
        but for that of a finalizer, which says so.

        Returns whether the old code is freed: else a call may be in it, and it goes with the next `replace_ir` or
        `remove` that finds none, or when the session is closed.

        Args:
            tracker: what `add_ir(..., replaceable=True)` returned.
            module: defines at least the functions of the old one, with the same types.
            wait: seconds to wait for calls that may be in the old code.
            force: free it even if a call may be in it, which then traps: the session crashes, and comes back.

        Raises:
            SignatureError: a function has other types than before; or `tracker` is none of a replaceable module here.
            LinkError: functions are missing; or it was removed; or an initializer of it is running.
            InUseError: others are linked to the old module's variables.
            CompileError, UndefinedSymbolsError, ExecutorError, ...: as a lookup.
        """
        self._check_usable()
        seconds = checked_timeout(wait) or 0.0
        return self._guarded(
            lambda: self._code.replace_module(tracker, module, checked_level(optimize), seconds, force)
        )

    def add_object(self, path_or_bytes: ObjectInput, *, name: str | None = None) -> ResourceTracker:
        """Add an ELF relocatable object, by path or content.

        Raises:
            SignatureError: neither a path nor bytes. LinkError: the file cannot be read.
            ObjectFormatError: it is none, or one for another architecture, or damaged.
            UnsupportedRelocationError: it has relocations that this linker does not know.
            DuplicateSymbolsError: something that it defines is defined already.
        """
        self._check_usable()
        return self._code.add_object(path_or_bytes, name)

    def add_archive(
        self, path_or_bytes: ObjectInput, *, name: str | None = None, whole_archive: bool = False
    ) -> tuple[str, ...]:
        """Add an archive (.a): a member joins when it defines something that is undefined otherwise.

        Returns the names of its members, but for those that are no objects and define nothing. A member that
        cannot be used is an error of the lookup that needs it. A thin archive, which names files, is given by its path.

        `whole_archive`: all members are added now, as `add_object` would, or none.

        Raises:
            ObjectFormatError: no archive, or a damaged one.
            SignatureError, LinkError: as `add_object`; a thin archive's file cannot be read.
            DuplicateSymbolsError, and the errors of `add_object`: a member, of a whole archive.
        """
        self._check_usable()
        return self._code.add_archive(path_or_bytes, name, whole_archive)

    def define(self, name: str, address: int | Callback) -> None:
        """Give `name` an absolute address in the worker, such as one that `lookup` returned, or a callback.

        Raises:
            DuplicateSymbolsError: it is defined already.
            SignatureError: no name, or no address.
        """
        self._check_usable()
        place, _ = checked_range(address.address if isinstance(address, Callback) else address, 0)
        given = address if isinstance(address, Callback) else place
        self._code.define(checked_name(name, "a symbol's name"), place, given)
