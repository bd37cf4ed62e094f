"""An executor that is reached as one on another host is: over TCP, without shared memory.

Owns: its process. Must not know: what is measured on it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from exclave.controller import Executor, connect


@contextmanager
def far_executor() -> Iterator[Executor]:
    """A daemon on a loopback port of its own, and a handle of it."""
    read, write = os.pipe()
    command = [sys.executable, "-m", "exclave.executor", "--listen", "127.0.0.1:0", "--ready-fd", str(write)]
    with subprocess.Popen([*command, "--log-level", "warning"], pass_fds=[write]) as daemon:
        os.close(write)
        try:
            with open(read) as ready:  # noqa: PTH123  (a descriptor)
                address = ready.readline().strip().removeprefix("READY ")
            with connect(address) as executor:
                yield executor
        finally:
            daemon.terminate()
