"""Opening a session: from a request to a worker that waits for the session runtime.

Owns: the steps, and undoing them when one fails. Must not know: gRPC, the registry of sessions.
Invariant: `open_parts` gives a worker that is completely locked down, or raises and leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from contextlib import ExitStack
from typing import Any

from exclave.executor.cgroups import ControlGroups, Group
from exclave.executor.errors import FailedPreconditionError, InvalidArgumentError, UnavailableError
from exclave.executor.exits import Circumstances, ExitCause
from exclave.executor.memory.session_memory import SessionMemory
from exclave.executor.open_request import ALL_LAYERS, OpenRequest
from exclave.executor.output import OutputChannel, OutputPump
from exclave.executor.parts import Parts
from exclave.executor.sandbox_report import LayerReport, layer_reports
from exclave.executor.spawner import Spawner, WorkerProcess
from exclave.executor.stdin_pipe import StdinPipe
from exclave.executor.worker_ids import next_uid

_READY_TIMEOUT = 10.0
_OWN_MEMORY = 16 << 20  # of a worker before foreign code, and of the lanes
_MAX_MESSAGE = 1 << 17  # of the control socket


def open_parts(request: OpenRequest, spawner: Spawner, pump: OutputPump, groups: ControlGroups) -> Parts:
    """Starts a worker for a checked request and waits until it is locked down.

    Raises: UnavailableError, ResourceExhaustedError; InvalidArgumentError for a library that cannot be loaded;
    FailedPreconditionError if a layer of the sandbox that is demanded is missing.
    """
    with ExitStack() as undo:
        memory = SessionMemory(request.sizes(), limit=request.limits.memory)
        undo.callback(memory.close)
        output = OutputChannel(pump)
        undo.callback(output.finish, None)
        undo.callback(output.close_worker_ends)
        stdin = StdinPipe()
        undo.callback(stdin.close)
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        undo.callback(control.close)
        with theirs:
            control.send(_configuration(request))
            worker = _fork(spawner, theirs.fileno(), stdin, output, memory)
        undo.callback(_give_up, worker)
        group = _make_group(request, groups, worker)
        worker.explain_with(lambda: _circumstances(request, memory, group))
        output.start(request.limits.output_bytes, lambda: _end_printing(worker, request.limits.output_bytes))
        stdin.close_worker_end()
        ready = _await_ready(control, worker)
        layers = (*layer_reports(ready["layers"]), groups.layer())
        _check_layers(request.policy.require, layers)
        memory.place(int(ready["base"]))
        undo.pop_all()
    bootstrap = tuple(zip(request.symbols, (int(address) for address in ready["symbols"]), strict=True))
    return Parts(memory, stdin, output, worker, control, request.lanes, bootstrap, layers)


def _configuration(request: OpenRequest) -> bytes:
    policy, limits = request.policy, request.limits
    config = {
        "sizes": list(request.sizes().values()),
        "lanes": request.lanes,
        "threads": request.threads,
        "symbols": request.symbols,
        "uid": next_uid(),
        "libraries": policy.libraries,
        "read": list(zip(policy.read, request.real_paths, strict=True)),
        "clocks": policy.clocks,
        "memory": limits.memory,
        "cpu_seconds": limits.cpu_seconds,
    }
    message = json.dumps(config).encode()
    if len(message) > _MAX_MESSAGE:
        text = f"symbols, paths and libraries of {len(message)} bytes in all, more than {_MAX_MESSAGE}"
        raise InvalidArgumentError("BAD_POLICY", text, size=len(message), most=_MAX_MESSAGE)
    return message


def _make_group(request: OpenRequest, groups: ControlGroups, worker: WorkerProcess) -> Group:
    """Moving a process takes the system some milliseconds: only where there is something to count."""
    if not request.limits.memory and not request.threads:
        return Group(())
    memory = request.limits.memory and request.limits.memory + _OWN_MEMORY
    group = groups.make(memory, request.lanes + 1 + request.threads)
    worker.on_exit(lambda _: group.remove())
    with contextlib.suppress(OSError):  # it has ended already
        group.add(worker.pid)
    return group


def _circumstances(request: OpenRequest, memory: SessionMemory, group: Group) -> Circumstances:
    """What the session knows of its worker's end."""
    fault, limits = memory.fault(), request.limits
    return Circumstances(
        fault,
        cpu_limit=limits.cpu_seconds,
        memory_limit=limits.memory,
        out_of_memory=group.was_out_of_memory(),
        unprovided=memory.lacks(fault),
    )


def _end_printing(worker: WorkerProcess, limit: int) -> None:
    worker.kill(ExitCause.OUTPUT, f"the code printed more than the {limit} bytes that its session may")


def _check_layers(required: tuple[str, ...], layers: tuple[LayerReport, ...]) -> None:
    """Raises FailedPreconditionError if a layer is missing that is demanded."""
    missing = [layer for layer in layers if not layer.active and (layer.name in required or ALL_LAYERS in required)]
    if missing:
        reasons = "; ".join(f"{layer.name} ({layer.detail})" for layer in missing)
        names = ",".join(layer.name for layer in missing)
        raise FailedPreconditionError("LAYERS_MISSING", f"the sandbox lacks layers here: {reasons}", layers=names)


def _fork(
    spawner: Spawner, control: int, stdin: StdinPipe, output: OutputChannel, memory: SessionMemory
) -> WorkerProcess:
    views = memory.worker_descriptors()
    try:
        return spawner.fork_worker([control, stdin.worker_end, *output.worker_ends, *views])
    finally:
        for fd in views:
            os.close(fd)


def _await_ready(control: socket.socket, worker: WorkerProcess) -> dict[str, Any]:
    control.settimeout(_READY_TIMEOUT)
    try:
        message = control.recv(_MAX_MESSAGE)
    except OSError as error:
        raise UnavailableError("NO_WORKER", f"the worker did not become ready: {error}") from error
    ready: dict[str, Any] = json.loads(message) if message else {"error": _how_it_ended(worker)}
    if "library" in ready:
        text = f"the library {ready['library']} cannot be loaded: {ready['error']}"
        raise InvalidArgumentError("NO_SUCH_LIBRARY", text, library=ready["library"])
    if "error" in ready:
        raise UnavailableError("NO_WORKER", f"the worker could not be locked down: {ready['error']}")
    return ready


def _how_it_ended(worker: WorkerProcess) -> str:
    worker.wait(1.0)
    return worker.exit.message if worker.exit is not None else "it closed its control socket"


def _give_up(worker: WorkerProcess) -> None:
    worker.kill(ExitCause.CLOSED, "the session could not be opened")
    worker.wait(_READY_TIMEOUT)
