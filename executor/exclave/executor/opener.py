"""Opening a session: from a request to a worker that waits for the session runtime.

Owns: the steps, and undoing them when one fails. Must not know: gRPC, the registry of sessions.
Invariant: `open_parts` gives a worker that is completely locked down, or raises and leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any

from exclave.executor.errors import InvalidArgumentError, UnavailableError
from exclave.executor.exits import ExitCause
from exclave.executor.memory.session_memory import SessionMemory
from exclave.executor.output import OutputChannel, OutputPump
from exclave.executor.sandbox_report import layer_reports
from exclave.executor.session import Parts
from exclave.executor.spawner import Spawner, WorkerProcess
from exclave.executor.stdin_pipe import StdinPipe
from exclave.executor.symbols import check_name
from exclave.executor.zones import MAX_LANES, MIN_RESERVATION, Zone, zone_sizes

_READY_TIMEOUT = 10.0
_MAX_MESSAGE = 1 << 17  # of the control socket
_MAX_NAMES = 1 << 16  # bytes of all bootstrap symbols together
_UIDS = 60000
_FIRST_UID = 0x7A000000  # far from the ranges of people, services and containers
_uid_numbers = count(secrets.randbelow(_UIDS))  # not those of another daemon on this host


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What a controller wants of a new session.

    Attributes:
        reservation: bytes of address range.
        lanes: call lanes, besides the control lane and the dispatch lane.
        symbols: bootstrap symbols.
        threads: how many the code may start by itself.
    """

    reservation: int
    lanes: int
    symbols: tuple[str, ...]
    threads: int = 0


def check_request(request: OpenRequest, max_reservation: int, max_threads: int) -> None:
    """Raises InvalidArgumentError for a size or number out of range."""
    if not 0 <= request.threads <= max_threads:
        text = f"{request.threads} threads; this executor allows {max_threads} (its --max-threads)"
        raise InvalidArgumentError("BAD_THREADS", text, threads=request.threads, most=max_threads)
    if not MIN_RESERVATION <= request.reservation <= max_reservation:
        text = f"a reservation of {request.reservation} bytes; it must be {MIN_RESERVATION} to {max_reservation}"
        raise InvalidArgumentError("BAD_RESERVATION", text, size=request.reservation, most=max_reservation)
    if not 1 <= request.lanes <= MAX_LANES:
        text = f"{request.lanes} call lanes; there must be 1 to {MAX_LANES}"
        raise InvalidArgumentError("BAD_LANES", text, lanes=request.lanes, most=MAX_LANES)
    if zone_sizes(request.reservation, request.lanes)[Zone.DATA] <= 0:
        text = f"{request.lanes} lanes leave no data zone in {request.reservation} bytes: reserve more"
        raise InvalidArgumentError("BAD_RESERVATION", text, size=request.reservation, lanes=request.lanes)
    for index, name in enumerate(request.symbols):
        check_name(name, index)
    size = sum(len(name.encode()) + 8 for name in request.symbols)
    if size > _MAX_NAMES:
        text = f"bootstrap symbols of {size} bytes in all, at most {_MAX_NAMES}: look the rest up later"
        raise InvalidArgumentError("TOO_MANY_SYMBOLS", text, size=size, most=_MAX_NAMES)


def open_parts(request: OpenRequest, spawner: Spawner, pump: OutputPump) -> Parts:
    """Starts a worker for a checked request and waits until it is locked down.

    Raises: UnavailableError, ResourceExhaustedError.
    """
    sizes = zone_sizes(request.reservation, request.lanes)
    with ExitStack() as undo:
        memory = SessionMemory(sizes)
        undo.callback(memory.close)
        output = OutputChannel(pump)
        undo.callback(output.finish, None)
        undo.callback(output.close_worker_ends)
        stdin = StdinPipe()
        undo.callback(stdin.close)
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        undo.callback(control.close)
        with theirs:
            control.send(_configuration(request, list(sizes.values())))
            worker = _fork(spawner, theirs.fileno(), stdin, output, memory)
        undo.callback(_give_up, worker)
        worker.explain_with(memory.fault)
        output.start()
        stdin.close_worker_end()
        ready = _await_ready(control, worker)
        memory.place(int(ready["base"]))
        undo.pop_all()
    bootstrap = tuple(zip(request.symbols, (int(address) for address in ready["symbols"]), strict=True))
    layers = layer_reports(ready["layers"])
    return Parts(memory, stdin, output, worker, control, request.lanes, bootstrap, layers)


def _configuration(request: OpenRequest, sizes: Sequence[int]) -> bytes:
    uid = _FIRST_UID + next(_uid_numbers) % _UIDS
    config = {"sizes": sizes, "lanes": request.lanes, "threads": request.threads, "symbols": request.symbols}
    return json.dumps(config | {"uid": uid}).encode()


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
    if "error" in ready:
        raise UnavailableError("NO_WORKER", f"the worker could not be locked down: {ready['error']}")
    return ready


def _how_it_ended(worker: WorkerProcess) -> str:
    worker.wait(1.0)
    return worker.exit.message if worker.exit is not None else "it closed its control socket"


def _give_up(worker: WorkerProcess) -> None:
    worker.kill(ExitCause.CLOSED, "the session could not be opened")
    worker.wait(_READY_TIMEOUT)
