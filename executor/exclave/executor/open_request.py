"""What a controller wants of a new session, and whether it may have it.

Owns: the request, its check against this executor's bounds, what it gets where it does not ask. Must not know: gRPC,
workers. Invariant: what `checked` returns is within the bounds, and names files by paths that exist and have no
symbolic link in them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from exclave.executor.errors import InvalidArgumentError
from exclave.executor.limits import ANY_LIBRARY, MIN_MEMORY, Limits
from exclave.executor.symbols import check_name
from exclave.executor.zones import MAX_LANES, MAX_RESERVATION, MIN_RESERVATION, Zone, zone_sizes

_MAX_NAMES = 1 << 16  # bytes of all bootstrap symbols together
_MAX_ITEMS = 64  # of each list of a policy
_MAX_ITEM = 1024  # bytes: the whole request goes to the worker in one packet
LAYERS = (
    "views", "mseal", "descriptors", "environment", "user_namespace", "pid_namespace", "mount_namespace",
    "network_namespace", "ipc_namespace", "uts_namespace", "root", "uid", "capabilities", "no_new_privs", "landlock",
    "rlimits", "cgroup", "mdwe", "seccomp",
)  # fmt: skip
"""The names of all layers of the sandbox."""
ALL_LAYERS = "all"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the code may do besides computing and stdio; the protocol's message explains each."""

    read: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    clocks: bool = True
    require: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceLimits:
    """What the code may use up: bytes, seconds; 0: the executor's bound, and none if that has none."""

    memory: int = 0
    cpu_seconds: int = 0
    output_bytes: int = 0
    call_timeout: float = 0.0


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What a controller wants of a new session.

    Attributes:
        reservation: bytes of address range.
        lanes: call lanes, besides the control lane and the dispatch lane.
        symbols: bootstrap symbols.
        threads: how many the code may start by itself.
        policy, limits: what it may do, and use up.
        real_paths: what the policy's `read` leads to, in its order; `checked` finds out.
    """

    reservation: int
    lanes: int
    symbols: tuple[str, ...]
    threads: int = 0
    policy: Policy = field(default_factory=Policy)
    limits: ResourceLimits = field(default_factory=ResourceLimits)
    real_paths: tuple[str, ...] = ()

    def sizes(self) -> dict[Zone, int]:
        """Bytes of each zone."""
        return zone_sizes(self.reservation, self.lanes, self.limits.memory)


def checked(request: OpenRequest, bounds: Limits) -> OpenRequest:
    """The request with what it gets where it does not ask.

    Raises: InvalidArgumentError.
    """
    request = replace(
        request, reservation=request.reservation or bounds.reservation, lanes=request.lanes or bounds.lanes
    )
    _check_shape(request)
    _check_symbols(request.symbols)
    _check_bound("threads", request.threads, bounds.max_threads, "max-threads")
    limits = _bounded(request.limits, bounds)
    _check_policy(request.policy, bounds)
    real = tuple(_real_path(i, path, bounds) for i, path in enumerate(request.policy.read))
    return replace(request, limits=limits, real_paths=real)


def _check_shape(request: OpenRequest) -> None:
    if not MIN_RESERVATION <= request.reservation <= MAX_RESERVATION:
        text = f"a reservation of {request.reservation} bytes; it must be {MIN_RESERVATION} to {MAX_RESERVATION}"
        raise InvalidArgumentError("BAD_RESERVATION", text, size=request.reservation, most=MAX_RESERVATION)
    if not 1 <= request.lanes <= MAX_LANES:
        text = f"{request.lanes} call lanes; there must be 1 to {MAX_LANES}"
        raise InvalidArgumentError("BAD_LANES", text, lanes=request.lanes, most=MAX_LANES)
    if zone_sizes(request.reservation, request.lanes)[Zone.DATA] <= 0:
        text = f"{request.lanes} lanes leave no data zone in {request.reservation} bytes: reserve more"
        raise InvalidArgumentError("BAD_RESERVATION", text, size=request.reservation, lanes=request.lanes)


def _check_symbols(symbols: tuple[str, ...]) -> None:
    for index, name in enumerate(symbols):
        check_name(name, index)
    size = sum(len(name.encode()) + 8 for name in symbols)
    if size > _MAX_NAMES:
        text = f"bootstrap symbols of {size} bytes in all, at most {_MAX_NAMES}: look the rest up later"
        raise InvalidArgumentError("TOO_MANY_SYMBOLS", text, size=size, most=_MAX_NAMES)


def _bounded(limits: ResourceLimits, bounds: Limits) -> ResourceLimits:
    if 0 < limits.memory < MIN_MEMORY:
        text = f"{limits.memory} bytes of memory; a worker needs at least {MIN_MEMORY}"
        raise InvalidArgumentError("BAD_MEMORY", text, memory=limits.memory, least=MIN_MEMORY)
    _check_bound("bytes of memory", limits.memory, bounds.max_memory, "max-memory")
    _check_bound("seconds of CPU time", limits.cpu_seconds, bounds.max_cpu_seconds, "max-cpu-seconds")
    _check_bound("bytes of output", limits.output_bytes, bounds.max_output, "max-output")
    _check_bound("seconds for a call", limits.call_timeout, bounds.call_timeout, "call-timeout")
    return ResourceLimits(
        limits.memory or bounds.max_memory,
        limits.cpu_seconds or bounds.max_cpu_seconds,
        limits.output_bytes or bounds.max_output,
        limits.call_timeout or bounds.call_timeout,
    )


def _check_bound(what: str, asked: float, most: float, setting: str) -> None:
    """Of threads, 0 is a bound too; of everything else it is none."""
    if asked > most and (most or setting == "max-threads"):
        text = f"{asked:.10g} {what}; this executor allows {most:.10g} (its --{setting})"
        raise InvalidArgumentError("MORE_THAN_ALLOWED", text, asked=asked, most=most, setting=setting)


def _check_policy(policy: Policy, bounds: Limits) -> None:
    for what, items in (("paths", policy.read), ("libraries", policy.libraries), ("layers", policy.require)):
        _check_items(what, items)
    for name in policy.libraries:
        if name not in bounds.allow_library and ANY_LIBRARY not in bounds.allow_library:
            allowed = ", ".join(bounds.allow_library) or "none"
            text = f"this executor lets no session load {name} (its --allow-library); it allows {allowed}"
            raise InvalidArgumentError("LIBRARY_NOT_ALLOWED", text, library=name, setting="allow-library")
    for name in policy.require:
        if name not in (*LAYERS, ALL_LAYERS):
            text = (
                f"the sandbox has no layer {name!r}; there are {', '.join(LAYERS)}, and {ALL_LAYERS!r} is all of them"
            )
            raise InvalidArgumentError("NO_SUCH_LAYER", text, layer=name)


def _check_items(what: str, items: tuple[str, ...]) -> None:
    if len(items) > _MAX_ITEMS:
        text = f"a policy with {len(items)} {what}, more than {_MAX_ITEMS}"
        raise InvalidArgumentError("BAD_POLICY", text, number=len(items), most=_MAX_ITEMS)
    for item in items:
        size = len(os.fsencode(item))
        if not item or "\0" in item or size > _MAX_ITEM:
            text = f"one of a policy's {what} is empty, holds a NUL or has {size} bytes, more than {_MAX_ITEM}"
            raise InvalidArgumentError("BAD_POLICY", text, size=size, most=_MAX_ITEM)


def _real_path(index: int, path: str, bounds: Limits) -> str:
    """Where a path leads; it must be, and lead to, something that the executor gives."""
    if not path.startswith("/") or os.path.normpath(path) != path:
        text = f"path {index} to read, {path!r}, is not absolute, or not in its shortest form"
        raise InvalidArgumentError("BAD_PATH", text, path=path, index=index)
    try:
        real = os.path.realpath(path, strict=True)
    except OSError as error:
        text = f"path {index} to read, {path!r}: {error.strerror}"
        raise InvalidArgumentError("NO_SUCH_PATH", text, path=path, index=index) from None
    allowed = [os.path.realpath(root) for root in bounds.allow_read]
    if not any(os.path.commonpath([real, root]) == root for root in allowed):
        roots = ", ".join(allowed) or "none"
        text = f"this executor gives no session {real} to read (its --allow-read); it allows {roots}"
        raise InvalidArgumentError("PATH_NOT_ALLOWED", text, path=path, setting="allow-read")
    return real
