"""Everything that Exclave raises on the controller's side.

    ExclaveError
    |-- CompileError                      LLVM refused the module, died of it, or took too long
    |-- LinkError                         an object, or what objects say of each other, is wrong
    |   |-- ObjectFormatError             not a relocatable ELF object for this executor, or a damaged one
    |   |-- UndefinedSymbolsError         nobody defines these; all of them, with who refers to them
    |   |-- DuplicateSymbolsError         more than one strong definition
    |   |-- InUseError                    what was to be removed is needed; nothing was removed
    |   |-- FixupError                    a value does not fit the bytes that an edge writes to
    |   |-- CheckError                    a `check:` line about a linked image cannot be read or evaluated
    |   `-- UnsupportedRelocationError    a relocation type that this architecture's file does not have
    |-- SignatureError (TypeError)        no such type, no signature known, wrong number or type of arguments
    |-- ArgumentRangeError (OverflowError)  an argument does not fit its type
    |-- SessionClosedError                the session (or the executor's handle) is closed
    `-- ExecutorError                     the other side
        |-- ExecutorUnreachableError      nobody answers at the address
        |-- ExecutorRefusedError          it answered: no
        |   |-- OutOfMemoryError          the reservation is full
        |   |-- AuthenticationError       one side does not accept what the other is, or has shown
        |   `-- LanesBusyError (TimeoutError)  no call lane became free in time; nothing was called
        |-- CallDepthError (RecursionError)  calls and callbacks nest too deep; nothing was called
        |-- CallbackRoomError             native code called back with more than a lane has room for
        |-- DataLostError                 it lay in the memory of a worker that is no more
        |-- OutcomeUnknownError           no answer in time: done or not, nobody knows; the session is ended for it
        |-- ExecutorCrash                 the worker died; says how
        |   `-- CallTimeout (TimeoutError)  it was ended because a call ran past its deadline
        `-- ExitCalled                    the code called exit() where a result was expected

Every error says what was wrong, where, with the numbers, and what to do; the numbers are attributes too.
All are picklable: an instance is rebuilt from its message and its attributes, never by calling a subclass's
constructor, so they cross process pools and queues whole.

Must not know: any other module of Exclave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

DEFINE_HINT = "add the object or IR that defines them, or define them in the session"


def _rebuild(cls: type[ExclaveError], message: str, facts: dict[str, Any]) -> ExclaveError:
    error = cls.__new__(cls)
    Exception.__init__(error, message)
    error.__dict__.update(facts)
    return error


class ExclaveError(Exception):
    """Base of everything that Exclave raises."""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.__dict__.update(facts)

    @property
    def message(self) -> str:
        """The text, without the notes."""
        return str(self.args[0]) if self.args else ""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, dict(self.__dict__))


class CompileError(ExclaveError):
    """LLVM refused a module, died of it, or did not finish in time.

    Attributes:
        module: the module's name, as given to `add_ir`.
        line: the line of the IR text that LLVM names, or None.
        llvm_message: what LLVM printed.
    """

    module: str = ""
    line: int | None = None
    llvm_message: str = ""


class LinkError(ExclaveError):
    """An object is wrong, or what objects say of each other is."""


class ObjectFormatError(LinkError):
    """Not a relocatable ELF object for this executor, or a damaged one.

    Attributes:
        object_name: which object.
    """

    object_name: str = ""


class UndefinedSymbolsError(LinkError):
    """Nobody defines these symbols.

    Attributes:
        referrers: each undefined name with the names of the functions or sections that refer to it.
        close: names that are defined and may have been meant.
        hint: what to do.
    """

    referrers: Mapping[str, tuple[str, ...]]
    close: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    hint: str = DEFINE_HINT

    def __init__(self, referrers: Mapping[str, Iterable[str]], hint: str = DEFINE_HINT) -> None:
        facts = {name: tuple(who) for name, who in sorted(referrers.items())}
        super().__init__(_undefined_text(facts, {}, hint), referrers=facts, hint=hint)

    def suggest(self, close: Mapping[str, tuple[str, ...]], hint: str = "") -> None:
        """Say which names may have been meant; and, if there is one, another `hint`."""
        self.close, self.hint = {**self.close, **close}, hint or self.hint
        self.args = (_undefined_text(self.referrers, self.close, self.hint),)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The undefined names, sorted."""
        return tuple(self.referrers)


def _undefined_text(referrers: Mapping[str, tuple[str, ...]], close: Mapping[str, tuple[str, ...]], hint: str) -> str:
    lines = [f"{len(referrers)} undefined symbol{'s' if len(referrers) != 1 else ''}:"]
    lines += [f"  {name}{_by_whom(who)}{_meant(name, close.get(name, ()))}" for name, who in referrers.items()]
    lines.append(hint)
    return "\n".join(lines)


def _meant(name: str, close: tuple[str, ...]) -> str:
    if not close:
        return ""
    mangled = close[0].startswith("_Z") != name.startswith("_Z")
    advice = ', which is C++: declare it extern "C" in both' if mangled else ""
    return f"; did you mean {' or '.join(close)}{advice}?"


def _by_whom(who: tuple[str, ...], most: int = 3) -> str:
    if not who:
        return " (asked for)"
    more = f" and {len(who) - most} more" if len(who) > most else ""
    return f" (referred to by {', '.join(who[:most])}{more})"


class InUseError(LinkError):
    """What was to be removed is needed; nothing was removed.

    Attributes:
        dependents: names of the units that refer to it.
        calls: names of functions that run now and may be in it.
    """

    dependents: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


class DuplicateSymbolsError(LinkError):
    """More than one strong definition of a name.

    Attributes:
        definitions: each name with the units that define it.
    """

    definitions: Mapping[str, tuple[str, ...]]

    def __init__(self, definitions: Mapping[str, Iterable[str]]) -> None:
        facts = {name: tuple(who) for name, who in sorted(definitions.items())}
        lines = [f"{len(facts)} symbol{'s' if len(facts) != 1 else ''} defined more than once:"]
        lines += [f"  {name} (in {', '.join(who)})" for name, who in facts.items()]
        lines.append("make all but one of the definitions weak, static or hidden, or leave one unit out")
        super().__init__("\n".join(lines), definitions=facts)


class FixupError(LinkError):
    """A value does not fit the bytes that an edge writes to.

    Attributes:
        graph, section, offset: where the fixup is.
        symbol: the edge's target.
        kind: the edge's kind.
        value: what should be written.
        low, high: the smallest and the largest value that fit.
    """


class UnsupportedRelocationError(LinkError):
    """A relocation type that the architecture's table of edge kinds does not have.

    Attributes:
        types: each relocation type (number or name) with how often it occurs.
    """


class CheckError(LinkError):
    """Lines that say what a linked image must hold (`check:`) cannot be read or evaluated; all of them.

    Attributes:
        file, line, column: where the first of them is wrong; both count from 1.
    """

    file: str = ""
    line: int = 0
    column: int = 0


class SignatureError(ExclaveError, TypeError):
    """No such type, no signature known, or the wrong number or type of arguments."""


class ArgumentRangeError(ExclaveError, OverflowError):
    """An argument does not fit its type."""


class SessionClosedError(ExclaveError):
    """The session, or the handle of the executor, is closed."""


class ExecutorError(ExclaveError):
    """Something is wrong on the other side of the wire.

    Attributes:
        element: of a map, at which element it was: an index, or a tuple of them; None if it was none or is not known.
    """

    element: int | tuple[int, ...] | None = None


class ExecutorUnreachableError(ExecutorError):
    """Nobody answers at the address.

    Attributes:
        address: the address tried.
    """

    address: str = ""


class ExecutorRefusedError(ExecutorError):
    """The executor answered: no.

    Attributes:
        reason: a stable word, such as SEGMENT_OVERLAP.
        status: the gRPC status code's name.
        facts: the numbers, by name.
    """

    reason: str = ""
    status: str = ""
    facts: Mapping[str, str]


class OutOfMemoryError(ExecutorRefusedError):
    """The session's reservation has no free range of the wanted size.

    Attributes:
        zone: which zone.
        wanted, free, largest: bytes asked for, free in all, and in the largest free range.
        reservation: bytes of one that would do, also where it is more than the executor's `most`; 0: none would.
        most: bytes that the executor reserves at most; 0: unknown.
    """

    zone: str = ""
    wanted: int = 0
    free: int = 0
    largest: int = 0
    reservation: int = 0
    most: int = 0


class AuthenticationError(ExecutorRefusedError):
    """TLS failed, or the executor wants a token or certificate that it knows. Waiting does not help."""


class LanesBusyError(ExecutorRefusedError, TimeoutError):
    """All of the session's call lanes were busy until the call's timeout; it was not made, and the worker lives."""


class CallDepthError(ExecutorError, RecursionError):
    """Calls within callbacks within calls nest deeper than a lane allows; this one was not made.

    Attributes:
        depth: how deep it would have been.
    """

    depth: int = 0


class CallbackRoomError(ExecutorError):
    """Native code called back with more than the lane has room for; the call that it came out of was abandoned."""


class DataLostError(ExecutorError):
    """An array of a worker that is no more: its session was rebuilt on another one, and arrays are not carried over."""


class OutcomeUnknownError(ExecutorError):
    """The executor did not say what became of a request; a session whose memory is in doubt is ended for it.

    Attributes:
        status: the gRPC status code's name.
    """

    status: str = ""


class ExecutorCrash(ExecutorError):
    """The session's worker is no more.

    Attributes:
        kind: "signal", "sandbox", "exit", "deadline", "closed" or "protocol"; or the limit of its session that it met:
            "cpu", "memory" or "output".
        signal: the signal's number, 0 if there was none.
        exit_code: the exit status, if there was no signal.
        ending: the executor's sentence about its end.
        access: what a memory fault did, such as "read of 0x8: null+0x8"; empty for other ends.
        instruction: the text of the instruction, if capstone is installed.
        registers: of the thread, by name.
        backtrace: its frames (`crash.report.Frame`), the innermost first, as far as they are the session's.
        stderr_tail: the last that it printed to stderr.
        fault: what its fatal signal found (`model.Fault`), None if there was none or it could not say.
        slots: the first slots of the call that it died in, as far as they are known.
    """

    kind: str = ""
    signal: int = 0
    exit_code: int = 0
    ending: str = ""
    access: str = ""
    instruction: str = ""
    registers: Mapping[str, int] = MappingProxyType({})
    backtrace: tuple[Any, ...] = ()
    stderr_tail: str = ""
    fault: Any = None
    explained: bool = False
    slots: bytes = b""


class CallTimeout(ExecutorCrash, TimeoutError):
    """A call ran past its deadline, and its worker was ended for it."""


class ExitCalled(ExecutorError):
    """The code called exit() in a call that was to return a result.

    Attributes:
        exit_code: its argument.
    """

    exit_code: int = 0
