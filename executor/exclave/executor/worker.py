"""The worker: the process that runs one session's code. From the fork in the zygote to the jump that never
returns.

Owns: the order of the steps, the views of the reservation, one thread per lane but the dispatch lane.
Must not know: gRPC, other sessions, what the code is.
Invariant: every step succeeds or the worker exits (fail closed); when `READY` is sent, the sandbox is
complete; when the session runtime is entered, no descriptor but stdio is open, and nothing of Python runs
ever again.

Control socket (SOCK_SEQPACKET, JSON): the daemon sends the configuration; the worker answers `base`,
`symbols`, `layers`, or `error` (and `library`, if it is that one's); the daemon sends `serve`, the worker closes the
socket and enters.
"""

from __future__ import annotations

import _thread
import ctypes
import fcntl
import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn

from exclave.executor import kernel, landlock, root_folder, sandbox
from exclave.executor.layers import Layer
from exclave.executor.policy import Allowed
from exclave.executor.reservation import reserve
from exclave.executor.syscall_filter import filter_system_calls
from exclave.executor.zones import LANE_SIZE

MAX_MESSAGE = 1 << 17
CONTROL = 3  # its descriptor; 0..2 are stdio
_FIRST_READABLE = CONTROL + 1
_MAX_FILES = 64  # that code may have open
_STACK = 8 << 20
_THREAD_ROOM = 1 << 20  # what making threads takes besides their stacks
_Serve = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Surroundings(NamedTuple):
    """What the zygote has made for all workers.

    Attributes:
        zygote: its process id, as its workers see it.
        layers: what it says of the layers that they get with it.
        empty_folder: a descriptor of the folder that is to be their root; None if there is none.
        no_folder: why there is none.
    """

    zygote: int
    layers: tuple[Layer, ...] = ()
    empty_folder: int | None = None
    no_folder: str = ""


def run(descriptors: Sequence[int], surroundings: Surroundings) -> NoReturn:
    """Becomes the worker. `descriptors`: control, stdin, stdout, stderr, then code, readonly, data, lanes."""
    status = 70
    try:
        _Worker(descriptors, surroundings).run()
    except BaseException as error:  # the last line of defence: whatever it was, this process must not go on
        _report(descriptors[0], error)
    finally:
        os._exit(status)


class LibraryError(Exception):
    """A library of the policy cannot be loaded; says why in the loader's words."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name


def _report(control: int, error: BaseException) -> None:
    facts = {"error": f"{type(error).__name__}: {error}"[:1000]}
    if isinstance(error, LibraryError):
        facts = {"error": str(error)[:1000], "library": error.name}
    message = json.dumps(facts).encode()
    for fd in (CONTROL, control):
        try:
            os.write(fd, message)
        except OSError:
            continue
        return


class _Worker:
    """One run of the steps."""

    def __init__(self, descriptors: Sequence[int], surroundings: Surroundings) -> None:
        self._descriptors = descriptors
        self._surroundings = surroundings
        self._layers: list[Layer] = []
        self._serve = 0
        self._gates: list[_thread.LockType] = []

    def run(self) -> None:
        _restore_signals()
        self._take_stdio()
        self._config: dict[str, Any] = json.loads(os.read(CONTROL, MAX_MESSAGE))
        self._load_libraries()
        base = self._map_views()
        symbols = [kernel.find_symbol(name) for name in self._config["symbols"]]
        self._lock_down()
        ready = {"base": base, "symbols": symbols, "layers": self._layers}
        os.write(CONTROL, json.dumps(ready).encode())
        self._serve = int(json.loads(os.read(CONTROL, MAX_MESSAGE))["serve"])
        self._enter()

    def _take_stdio(self) -> None:
        """Descriptors 0, 1 and 2 become the pipes, 3 the control socket."""
        control, stdin, out, err, *views = [os.dup(fd) for fd in self._descriptors]
        for source, target in ((stdin, 0), (out, 1), (err, 2), (control, CONTROL)):
            os.dup2(source, target, inheritable=True)
        self._views = views

    def _load_libraries(self) -> None:
        """What the policy names, and the executor's owner allows: their initializers run before any layer is there."""
        for name in self._config["libraries"]:
            try:
                ctypes.CDLL(name, ctypes.RTLD_GLOBAL | os.RTLD_NOW)
            except OSError as error:
                raise LibraryError(name, str(error)) from None

    def _map_views(self) -> int:
        """Maps the zones with their final protections over one reserved range; returns its address."""
        sizes: list[int] = self._config["sizes"]
        read, write, execute = kernel.PROT_READ, kernel.PROT_WRITE, kernel.PROT_EXEC
        base = reserve(sum(sizes))
        self._ranges = []
        address = base
        for fd, size, protection in zip(
            self._views, sizes, (read | execute, read, read | write, read | write), strict=True
        ):
            kernel.mmap(address, size, protection, kernel.MAP_SHARED | kernel.MAP_FIXED, fd)
            self._ranges.append((address, size))
            address += size
        return base

    def _lock_down(self) -> None:
        """The layers in the order in which each leaves the next one possible."""
        config, add = self._config, self._layers.append
        add(Layer("views", True, "code is mapped R-X and read-only data R-- from read-only descriptors"))
        add(sandbox.seal_views(self._ranges))
        self._layers += self._surroundings.layers
        before = sandbox.data_bytes() if config["memory"] else 0  # asks a file
        readable = self._enter_root()
        self._keep_only(readable)
        add(sandbox.drop_identity(config["uid"]))
        sandbox.tie_to_parent(self._surroundings.zygote)
        add(sandbox.drop_capabilities())
        add(sandbox.forbid_new_privileges())
        add(landlock.deny_files_and_network(range(_FIRST_READABLE, _FIRST_READABLE + len(readable))))
        add(sandbox.close_descriptors(CONTROL + 1))
        sandbox.register_for_barriers()
        self._park_threads()  # those made from now on inherit all of this
        add(self._limit_resources(before))
        add(sandbox.deny_executable_gain())
        add(filter_system_calls(CONTROL, Allowed(config["threads"] > 0, bool(config["read"]), config["clocks"])))

    def _enter_root(self) -> list[int]:
        """An empty root, or one with what can be read; returns descriptors of that."""
        around, names = self._surroundings, [name for name, _ in self._config["read"]]
        if not names:
            self._layers.append(root_folder.enter_empty_root(around.empty_folder, around.no_folder))
            return []
        if around.empty_folder is not None:
            root_folder.separate_mounts()
        readable = landlock.open_paths([real for _, real in self._config["read"]])
        paths, possible = list(zip(names, readable, strict=True)), around.empty_folder is not None
        self._layers.append(root_folder.enter_root_with(paths) if possible else root_folder.keep_root(around.no_folder))
        return readable

    def _keep_only(self, readable: Sequence[int]) -> None:
        """Moves the descriptors of what can be read behind the control socket's, and closes all others."""
        above = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _FIRST_READABLE + len(readable)) for fd in readable]
        for i, fd in enumerate(above):
            os.dup2(fd, _FIRST_READABLE + i)
        kernel.close_from(_FIRST_READABLE + len(readable))

    def _limit_resources(self, before: int) -> Layer:
        """`before`: bytes that counted for the limit of memory when none of our threads had a stack yet."""
        config = self._config
        if config["memory"]:
            sandbox.limit_memory(before + config["lanes"] * _STACK + _THREAD_ROOM + config["memory"])
        if config["cpu_seconds"]:
            sandbox.limit_cpu(config["cpu_seconds"])
        alone = os.getuid() == config["uid"]  # not 65534, and not the daemon's user
        files = _MAX_FILES if config["read"] else 0
        layer = sandbox.limit_resources(config["lanes"] + 1, config["threads"], alone, files)
        used_up = {"bytes of heap": config["memory"], "s of CPU time": config["cpu_seconds"]}
        return layer._replace(
            detail=layer.detail + "".join(f", {most} {what}" for what, most in used_up.items() if most)
        )

    def _park_threads(self) -> None:
        """Starts a thread for every call lane, and waits until each waits at its gate."""
        kernel.use_one_malloc_arena()
        _thread.stack_size(_STACK)
        waiting = []
        for lane in range(1, self._config["lanes"] + 1):
            gate, parked = _thread.allocate_lock(), _thread.allocate_lock()
            gate.acquire()
            parked.acquire()
            self._gates.append(gate)
            waiting.append(parked)
            _thread.start_new_thread(self._wait_at_gate, (lane, gate, parked))
        for parked in waiting:
            parked.acquire()

    def _wait_at_gate(self, lane: int, gate: _thread.LockType, parked: _thread.LockType) -> None:
        parked.release()
        gate.acquire()
        self._take_calls(lane)

    def _enter(self) -> None:
        """Enters the session runtime with all threads; returns only if the runtime does."""
        os.close(CONTROL)
        if not self._config["clocks"]:
            sys.setswitchinterval(1000.0)  # nobody is made to wait for the interpreter, which takes a clock
        for gate in self._gates:
            gate.release()
        self._take_calls(0)

    def _take_calls(self, lane: int) -> NoReturn:
        lanes_address = self._ranges[-1][0]
        if not self._config["clocks"]:
            sandbox.take_clock_away()
        _Serve(self._serve)(lanes_address + lane * LANE_SIZE)
        os._exit(71)  # serve() must not return


def _restore_signals() -> None:
    """Undoes what Python does to signals."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
