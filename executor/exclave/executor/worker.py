"""The worker: the process that runs one session's code. From the fork in the zygote to the jump that never
returns.

Owns: the order of the steps, the views of the reservation, one thread per lane but the dispatch lane.
Must not know: gRPC, other sessions, what the code is.
Invariant: every step succeeds or the worker exits (fail closed); when `READY` is sent, the sandbox is
complete; when the session runtime is entered, no descriptor but stdio is open, and nothing of Python runs
ever again.

Control socket (SOCK_SEQPACKET, JSON): the daemon sends the configuration; the worker answers `base`,
`symbols`, `layers`, or `error`; the daemon sends `serve`, the worker closes the socket and enters.
"""

from __future__ import annotations

import _thread
import ctypes
import json
import os
import signal
from collections.abc import Sequence
from typing import Any, NoReturn

from exclave.executor import kernel, sandbox
from exclave.executor.reservation import reserve
from exclave.executor.zones import LANE_SIZE

MAX_MESSAGE = 1 << 17
CONTROL = 3  # its descriptor; 0..2 are stdio
_STACK = 8 << 20
_Serve = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


def run(descriptors: Sequence[int], zygote: int) -> NoReturn:
    """Becomes the worker. `descriptors`: control, stdin, stdout, stderr, then code, readonly, data, lanes."""
    status = 70
    try:
        _Worker(descriptors, zygote).run()
    except BaseException as error:  # the last line of defence: whatever it was, this process must not go on
        _report(descriptors[0], error)
    finally:
        os._exit(status)


def _report(control: int, error: BaseException) -> None:
    message = json.dumps({"error": f"{type(error).__name__}: {error}"[:1000]}).encode()
    for fd in (CONTROL, control):
        try:
            os.write(fd, message)
        except OSError:
            continue
        return


class _Worker:
    """One run of the steps."""

    def __init__(self, descriptors: Sequence[int], zygote: int) -> None:
        self._descriptors = descriptors
        self._zygote = zygote
        self._layers: list[sandbox.Layer] = []
        self._serve = 0
        self._gates: list[_thread.LockType] = []

    def run(self) -> None:
        _restore_signals()
        self._take_stdio()
        self._config: dict[str, Any] = json.loads(os.read(CONTROL, MAX_MESSAGE))
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
        add = self._layers.append
        add(sandbox.Layer("views", True, "code is mapped R-X and read-only data R-- from read-only descriptors"))
        add(sandbox.seal_views(self._ranges))
        add(sandbox.close_descriptors(CONTROL + 1))
        add(sandbox.drop_identity(self._config["uid"]))
        sandbox.tie_to_parent(self._zygote)
        add(sandbox.forbid_new_privileges())
        add(sandbox.deny_files_and_network())  # of this thread: those made from now on inherit it
        self._park_threads()
        threads: int = self._config["threads"]
        alone = os.getuid() == self._config["uid"]  # not 65534, and not the daemon's user
        add(sandbox.limit_resources(self._config["lanes"] + 1, threads, alone))
        add(sandbox.deny_executable_gain())
        add(sandbox.filter_system_calls(CONTROL, threads > 0))

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
        for gate in self._gates:
            gate.release()
        self._take_calls(0)

    def _take_calls(self, lane: int) -> NoReturn:
        lanes_address = self._ranges[-1][0]
        _Serve(self._serve)(lanes_address + lane * LANE_SIZE)
        os._exit(71)  # serve() must not return


def _restore_signals() -> None:
    """Undoes what Python does to signals."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
