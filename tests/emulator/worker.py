"""The worker: the executor's protocol, and an emulated process in its place.

Owns: the reservation's place, one thread per lane. Must not know: how anything runs. Invariant: what the daemon sees is
what the real worker (executor/worker.py) shows it; there is no sandbox, and no layer of it is claimed.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Sequence
from typing import Any, NoReturn

from exclave.executor.sandbox import tie_to_parent
from exclave.executor.worker import CONTROL, MAX_MESSAGE, Surroundings
from exclave.executor.zones import LANE_SIZE

from .address_space import EXECUTE, READ, WRITE
from .architecture import Architecture
from .process import LIBRARY_SIZE, Process, ends_with_a_traceback

BASE = 0x1000_0000
NEAR_LIBRARY = "libc-near.so"
"""A session whose policy has this library has its C library in reach of branches; others have it out of reach."""
_NEAR = BASE - 2 * LIBRARY_SIZE
_PROTECTIONS = (READ | EXECUTE, READ, READ | WRITE, READ | WRITE)


class EmulatedWorker:
    """Workers of one architecture."""

    def __init__(self, architecture: Architecture) -> None:
        self._architecture = architecture

    def run(self, descriptors: Sequence[int], surroundings: Surroundings) -> NoReturn:
        """As `executor.worker.run`."""
        with ends_with_a_traceback():
            tie_to_parent(surroundings.zygote)
            views = _take_descriptors(descriptors)
            config = json.loads(os.read(CONTROL, MAX_MESSAGE))
            process = Process(self._architecture, _NEAR if NEAR_LIBRARY in config["libraries"] else 0)
            lanes = _map_reservation(process, views, config["sizes"])
            symbols = [process.library.address_of(name) for name in config["symbols"]]
            os.write(CONTROL, json.dumps({"base": BASE, "symbols": symbols, "layers": []}).encode())
            _serve(process, lanes, config)
        os._exit(71)


def _take_descriptors(descriptors: Sequence[int]) -> list[int]:
    """0, 1 and 2 become the pipes, 3 the control socket; the zones' follow."""
    control, stdin, out, err, *views = [os.dup(fd) for fd in descriptors]
    kept = [os.dup2(fd, 100 + index) for index, fd in enumerate(views)]
    for source, target in ((stdin, 0), (out, 1), (err, 2), (control, CONTROL)):
        os.dup2(source, target)
    os.closerange(CONTROL + 1, 100)
    return kept


def _map_reservation(process: Process, views: Sequence[int], sizes: Sequence[int]) -> int:
    """The zones, one behind the other; the address of the last one, the lanes."""
    address = BASE
    for fd, size, protection in zip(views, sizes, _PROTECTIONS, strict=True):
        process.memory.map(address, size, protection, fd)
        os.close(fd)
        address += size
    return address - sizes[-1]


def _serve(process: Process, lanes: int, config: dict[str, Any]) -> None:
    """Enter the session runtime with a thread for each lane, and be gone when somebody says so."""
    message = os.read(CONTROL, MAX_MESSAGE)
    if not message:
        os._exit(0)
    entry = int(json.loads(message)["serve"])
    os.close(CONTROL)
    first, *others = [process.new_thread() for _ in range(config["lanes"] + 1)]
    for number, thread in enumerate(others, 1):
        process.begin(thread, functools.partial(thread.start, entry, lanes + number * LANE_SIZE))
    first.start(entry, lanes)
