"""The zygote of emulated workers: the executor's own loop, with another worker to fork.

Owns: nothing but that. Run by daemon.py: `python -m emulator.zygote ARCHITECTURE`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys

from exclave.executor import worker, zygote
from exclave.executor.worker import Surroundings
from exclave.executor.zygote_protocol import SOCKET

from .architectures import ARCHITECTURES
from .worker import EmulatedWorker


def main(architecture: str) -> None:
    """Fork workers until the daemon's end of the socket is closed."""
    worker.run = EmulatedWorker(ARCHITECTURES[architecture]).run
    os.setsid()  # Ctrl-C is for the daemon
    daemon = socket.socket(fileno=SOCKET)
    with contextlib.suppress(OSError):  # the daemon died meanwhile
        zygote._Zygote(daemon, Surroundings(os.getpid())).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
