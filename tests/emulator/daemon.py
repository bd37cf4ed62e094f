"""The daemon of an executor that is another machine: the real one, which is told so.

Owns: what it is told: its architecture, and to start the zygote of emulated workers. Must not know: how they work.
Run as `python -m emulator.daemon ARCHITECTURE FLAG...`, flags as the executor's.

The machine's name is changed after the executor's modules are loaded: those that make system calls by number are this
machine's, and have theirs by then.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from exclave.executor import code_flush, kernel, spawner
from exclave.executor.__main__ import main as run_daemon
from exclave.executor.host import Host
from exclave.executor.services import capabilities
from exclave.executor.zygote_protocol import SOCKET

from .architectures import ARCHITECTURES

TESTS = Path(__file__).parents[1]


def main(architecture: str, *flags: str) -> int:
    """Run the daemon until it is told to stop."""
    _be_a_machine(architecture)

    def start_zygote(fd: int) -> int:
        argv = [sys.executable, "-m", "emulator.zygote", architecture]
        actions = [(os.POSIX_SPAWN_DUP2, fd, SOCKET)]
        return os.posix_spawn(sys.executable, argv, {"PYTHONPATH": str(TESTS)}, file_actions=actions)

    spawner._exec_launcher = start_zygote
    return run_daemon(flags)


def _be_a_machine(architecture: str) -> None:
    """Say of itself that it is one, everywhere that anybody asks."""
    assert os.uname().machine == kernel.MACHINE
    here = os.uname()
    named = os.uname_result((here.sysname, here.nodename, here.release, here.version, architecture))
    os.uname = lambda: named
    code_flush.CodeFlush.__init__.__defaults__ = (architecture,)  # `machine`: it has this machine's name already
    triple, cpu, features = ARCHITECTURES[architecture].target
    capabilities.describe_host = lambda: Host(triple, cpu, features, os.sysconf("SC_PAGESIZE"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
