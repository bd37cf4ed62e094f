"""The words that the controller's parts say to each other: plain values, no behaviour.

Owns: addresses, targets, zones, and what one Initialize carries. Must not know: protobuf, gRPC, NumPy, LLVM.
Invariant: every value here is immutable and picklable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

LANE_SIZE = 65536
Zone = Literal["code", "readonly", "data", "lanes"]


class ExecutorAddr(int):
    """An address in the worker. It means nothing in this process, so its repr is hexadecimal to show it."""

    def __repr__(self) -> str:
        return f"ExecutorAddr({int(self):#x})"

    def __str__(self) -> str:
        return f"{int(self):#x}"


@dataclass(frozen=True)
class ZoneRange:
    """Where a zone of the session's reservation lies in the worker; bytes."""

    zone: Zone
    address: int
    size: int


@dataclass(frozen=True)
class ExecutorTarget:
    """What code must be compiled for; the executor says it of itself."""

    triple: str
    cpu: str
    features: str
    page_size: int

    @property
    def architecture(self) -> str:
        """The triple's first part, such as `x86_64`."""
        return self.triple.split("-", 1)[0]


@dataclass(frozen=True)
class SandboxLayer:
    """One layer of the executor's sandbox, and whether it is in force."""

    name: str
    active: bool
    detail: str


@dataclass(frozen=True)
class Capabilities:
    """What the executor is and can do (`CapabilitiesService.GetCapabilities`).

    `limits` in bytes, seconds, milliseconds or counts, as their names say; of memory, CPU time and output, 0 is no
    bound. `readable_paths`: what a policy may let code read, or what lies below. `libraries`: those that a policy may
    have loaded; "*": any.
    """

    protocol_version: int
    executor_version: str
    target: ExecutorTarget
    limits: Mapping[str, int]
    sandbox: tuple[SandboxLayer, ...]
    kernel: str
    python_version: str
    daemon_pid: int
    readable_paths: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


@dataclass(frozen=True)
class OpenedSession:
    """What the executor answers when a session opens. Addresses are 0 for symbols that do not exist.

    lane_socket: where a controller on the same host attaches to its lanes; empty if it cannot.
    """

    token: bytes
    zones: Mapping[Zone, ZoneRange]
    bootstrap: Mapping[str, int]
    worker_pid: int
    sandbox: tuple[SandboxLayer, ...]
    lane_socket: str = ""

    @property
    def call_lanes(self) -> int:
        """How many call lanes there are, between the control lane and the dispatch lane."""
        return self.zones["lanes"].size // LANE_SIZE - 3

    @property
    def dispatch_lane(self) -> int:
        """The address of the dispatch lane, the last one."""
        return self.fault_record - LANE_SIZE

    @property
    def fault_record(self) -> int:
        """The address of the fault record, which lies behind the lanes and is as large as one."""
        return self.zones["lanes"].address + self.zones["lanes"].size - LANE_SIZE


class Action(NamedTuple):
    """A call that the worker makes: `uint64_t function(a0, ... a3)`; `checked`: not 0 is a failure."""

    function: int
    arguments: tuple[int, ...] = ()
    checked: bool = False


class ActionPair(NamedTuple):
    """A finalize action and its undoing; either may be absent. (orc::shared::AllocActionCallPair)

    deferred: user's code. It is run through a lane, once all of the lookup is written: there it may call back, look
    something up, and take its time, and holds up nobody who is shipped together with it.
    """

    finalize: Action | None = None
    dealloc: Action | None = None
    deferred: bool = False


class SegmentLike(Protocol):
    """What is shipped of a segment: a `SegmentContent`, or what the linker has made."""

    @property
    def zone(self) -> Zone: ...  # noqa: D102
    @property
    def address(self) -> int: ...  # noqa: D102
    @property
    def size(self) -> int: ...  # noqa: D102
    @property
    def content(self) -> bytes | memoryview: ...  # noqa: D102


class SegmentContent(NamedTuple):
    """Laid out blocks of one protection with final content; what lies past `content` up to `size` is zero."""

    zone: Zone
    address: int
    size: int
    content: bytes | memoryview


class AllocationContent(NamedTuple):
    """What one link takes: all of it goes live, or none."""

    segments: Sequence[SegmentLike]
    actions: Sequence[ActionPair] = ()


class InitializeResult(NamedTuple):
    """What became of one allocation: its id, or why it was undone; `exited`: exit()'s argument, if that is why."""

    allocation_id: int
    failure: str
    exited: int | None = None


class CallOutcome(NamedTuple):
    """How a call ended: `result` (the first bytes of its slots), or `exited` with exit()'s argument."""

    result: bytes
    exited: int | None


@dataclass(frozen=True)
class OutputChunk:
    """Something that the code printed: stream 1 or 2, and the bytes of both printed since the session began."""

    stream: int
    data: bytes
    position: int


@dataclass(frozen=True)
class Fault:
    """What a fatal signal found. The worker's own word: information, of which nothing is believed unchecked.

    Attributes:
        signal, code, address: of its siginfo_t.
        system_call: SIGSYS: the number of the system call that was refused.
        registers: in the order of the kernel's mcontext_t for the architecture.
        lane: whose thread it was, 0 the control lane's; -1: a thread that native code started.
        entry, function, slots: of the innermost call on that lane; slots are its first, as they were in the end.
        stack_address, stack: bytes of the stack, from its pointer upwards if that is on it.
    """

    signal: int
    code: int
    address: int
    system_call: int
    registers: tuple[int, ...]
    lane: int
    entry: int
    function: int
    slots: bytes
    stack_address: int
    stack: bytes


@dataclass(frozen=True)
class WorkerExit:
    """How a worker ended. `kind` as in `ExecutorCrash.kind`; `fault`: what its fatal signal found, if that is known."""

    kind: str
    signal: int
    exit_code: int
    message: str
    fault: Fault | None = None
