"""Executors on emulated machines, to connect to.

Owns: their processes. Must not know: what is run there. Invariant: they are reached as machines elsewhere are, over TCP:
a controller must not think that it shares memory, and native code, with them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exclave.controller import Executor, connect

from .worker import NEAR_LIBRARY

TESTS = Path(__file__).parents[1]


@contextmanager
def emulated_executor(architecture: str) -> Iterator[Executor]:
    """A handle of one."""
    read, write = os.pipe()
    command = [sys.executable, "-m", "emulator.daemon", architecture]
    flags = [
        "--listen",
        "127.0.0.1:0",
        "--ready-fd",
        str(write),
        "--allow-library",
        NEAR_LIBRARY,
        "--log-level",
        "error",
    ]
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    with subprocess.Popen([*command, *flags], pass_fds=[write], env=environment) as daemon:
        os.close(write)
        try:
            with os.fdopen(read) as ready:
                address = ready.readline().strip().removeprefix("READY ")
            with connect(address) as executor:
                yield executor
        finally:
            daemon.terminate()
