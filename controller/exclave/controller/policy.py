"""What a session's code may do, and what it may use up: `Policy` and `Limits`, as users write them.

Owns: both, and the checks that need no executor. Must not know: the wire, which executor it will be. Invariant: an
instance is valid, immutable and picklable; what it asks for may still be more than an executor allows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any

from .checks import MAX_TIMEOUT_SECONDS, checked_count, checked_name, checked_size, shown
from .errors import ArgumentRangeError, ExecutorRefusedError, SignatureError

if TYPE_CHECKING:
    from .model import Capabilities

ALL = "all"
ANY_LIBRARY = "*"
MIN_MEMORY_BYTES = 1 << 20


@dataclass(frozen=True)
class Policy:
    """What a session's code may do besides computing and stdio. The default is nothing else: no files, no network, no
    processes, no signals to others, no memory that becomes executable.

    Attributes:
        read: absolute paths of files and folders that it may open to read, with all that is below them. An executor
            without Landlock refuses this.
        libraries: shared libraries that are loaded when the session starts, such as "libz.so.1"; lookups find their
            symbols. Their initializers run before the sandbox closes, so an executor has a list of those it allows.
        clocks: whether it may sleep and has fine clocks. Without, those system calls end the worker, and on x86 the
            CPU's clock is a fault, and with it the vdso's fine clocks. Clocks that take neither stay: the vdso's coarse
            ones, such as time(), and on other architectures its fine ones.
        require: the layers of the sandbox without which the session is not to start: "all", or names as
            `session.sandbox` has them. The default asks for none but those that no worker starts without.

    Raises:
        SignatureError: something is not what it should be; a text where there should be several, or a relative path.
    """

    read: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    clocks: bool = True
    require: tuple[str, ...] | str = ()

    def __post_init__(self) -> None:
        self._set("read", tuple(_checked_path(path) for path in _items(self.read, "Policy(read=)")))
        libraries = _items(self.libraries, "Policy(libraries=)")
        self._set("libraries", tuple(_checked_word(name, "a library's name") for name in libraries))
        if not isinstance(self.clocks, bool):
            raise SignatureError(f"Policy(clocks=) is True or False, not {shown(self.clocks)}")
        layers = (ALL,) if self.require == ALL else _items(self.require, 'Policy(require=), other than "all",')
        self._set("require", tuple(_checked_word(name, "a layer's name") for name in layers))

    def _set(self, name: str, value: object) -> None:
        """A frozen dataclass has no other way to bring its own fields into their form."""
        object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Limits:
    """What a session's code may use up. None: as much as the executor allows any session.

    Attributes:
        memory: bytes, at least 1 MiB, of what its heap has (beyond that, malloc gives NULL), of its data zone, which is
            made no larger, and of what is shipped to it; where the executor can use control groups, of all of that
            together. Stacks of threads that the code starts count as heap, usually 8 MiB each.
        cpu_seconds: seconds of CPU time of all its threads together, rounded up to whole ones. Waiting does not count.
        threads: how many threads the code may start by itself; None is 0 here.
        output_bytes: bytes that it may print, to stdout and stderr together.
        call_timeout: seconds that any one call may take; a call's own timeout can only be shorter.

    Raises:
        SignatureError: something is no number.
        ArgumentRangeError: a number is negative, zero where there must be something, or too large.
    """

    memory: int | None = None
    cpu_seconds: float | None = None
    threads: int | None = None
    output_bytes: int | None = None
    call_timeout: float | None = None

    def __post_init__(self) -> None:
        _check_positive("memory", self.memory, MIN_MEMORY_BYTES)
        _check_positive("output_bytes", self.output_bytes, 1)
        if self.threads is not None:
            checked_count(self.threads, "Limits(threads=)")
        _check_seconds("call_timeout", self.call_timeout)
        _check_seconds("cpu_seconds", self.cpu_seconds)
        if self.cpu_seconds is not None:
            object.__setattr__(self, "cpu_seconds", math.ceil(self.cpu_seconds))  # the only way in a frozen one


def checked_policy(policy: Any) -> Policy:
    """The policy that was given, or the default one.

    Raises:
        SignatureError: it is none.
    """
    if policy is not None and not isinstance(policy, Policy):
        raise SignatureError(f"policy= takes a Policy, not {shown(policy)}")
    return policy or Policy()


def check_library(name: str, capabilities: Capabilities) -> None:
    """Raises ExecutorRefusedError: the executor lets no session load it. It says so too, but after a worker's end."""
    allowed = capabilities.libraries
    if name not in allowed and ANY_LIBRARY not in allowed:
        text = (
            f"this executor lets no session load {name} (its --allow-library); it allows {', '.join(allowed) or 'none'}"
        )
        facts = {"library": name, "setting": "allow-library"}
        raise ExecutorRefusedError(text, reason="LIBRARY_NOT_ALLOWED", status="INVALID_ARGUMENT", facts=facts)


def checked_limits(limits: Any, threads: Any) -> Limits:
    """The limits that were given, or none; `threads` is the short way to say `Limits(threads=...)`.

    Raises:
        SignatureError: they are none, or say another number of threads. ArgumentRangeError: of that number.
    """
    if limits is not None and not isinstance(limits, Limits):
        raise SignatureError(f"limits= takes Limits, not {shown(limits)}")
    count = checked_count(threads, "threads=")
    given = limits or Limits()
    if not count:
        return given
    if given.threads not in (None, count):
        raise SignatureError(f"threads={count} and Limits(threads={given.threads}): say it once")
    return Limits(given.memory, given.cpu_seconds, count, given.output_bytes, given.call_timeout)


def longest_call(capabilities: Capabilities, limits: Limits) -> float:
    """Seconds that a call of a session with these limits may take."""
    most = capabilities.limits["call_timeout_ms"] / 1000
    return most if limits.call_timeout is None else min(limits.call_timeout, most)


def _items(value: Any, what: str) -> list[Any]:
    if isinstance(value, str | bytes | PurePath) or not isinstance(value, Iterable):
        raise SignatureError(f"{what} takes a list, not {shown(value)}")
    return list(value)


def _checked_word(value: Any, what: str) -> str:
    name = checked_name(value, what)
    if not name or "\0" in name:
        raise SignatureError(f"{what} is not {shown(name)}")
    return name


def _checked_path(value: Any) -> str:
    """A path on the executor's host, in its shortest form; `..` is refused, since it depends on what is there."""
    text = str(value) if isinstance(value, PurePath) else _checked_word(value, "a path to read")
    path = PurePosixPath(text)
    if not path.is_absolute() or ".." in path.parts or "\0" in text:
        raise SignatureError(f"a path to read is absolute and has no '..' in it, not {shown(text)}")
    return "/" + "/".join(path.parts[1:])


def _check_seconds(name: str, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # NaN
        raise SignatureError(f"Limits({name}=) takes seconds or None, not {shown(value)}")
    if not 0 < value <= MAX_TIMEOUT_SECONDS:
        raise ArgumentRangeError(
            f"Limits({name}=) is more than 0 and at most {MAX_TIMEOUT_SECONDS:.0f} seconds, or None, not {shown(value)}"
        )


def _check_positive(name: str, value: Any, least: int) -> None:
    if value is not None and checked_size(value, f"Limits({name}=)") < least:
        raise ArgumentRangeError(f"Limits({name}=) is at least {least} bytes, or None, not {shown(value)}")
