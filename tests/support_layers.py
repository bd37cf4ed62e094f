"""Trying things in a process of its own, with one layer of the sandbox or without.

Owns: the process and how its end is told. Must not know: which layers there are.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

EXECUTOR = Path(__file__).resolve().parents[1] / "executor"
_PRELUDE = """
import ctypes, errno, mmap, os, signal, socket, stat, sys
sys.path.insert(0, sys.argv[1])
from exclave.executor import kernel, landlock, namespaces, root_folder, sandbox, syscall_filter, worker_ids
from exclave.executor.policy import Allowed
UID = worker_ids.FIRST_UID
libc = kernel.libc
outer = os.getpid()

def told(outcome):
    os.write(1, str(outcome).encode())
    os._exit(0)

def private(size, protection=3):
    return kernel.mmap(0, size, protection, 0x22)

def in_child(act):
    '''What `act` gives in a forked child, for what only children have.'''
    read, write = os.pipe()
    if (pid := os.fork()) == 0:
        try:
            outcome = act()
        except OSError as error:
            outcome = errno.errorcode[error.errno]
        os.write(write, str(outcome).encode())
        os._exit(0)
    os.close(write)
    text = os.read(read, 1000).decode()
    os.waitpid(pid, 0)
    return text
"""
_ATTEMPT = """
try:
    outcome = {attempt}
except OSError as error:
    outcome = errno.errorcode[error.errno]
told(outcome)
"""


def attempt(code: str, *layers: str, **options) -> str:
    """What becomes of an expression with some layers in force: its value, the name of an errno, or of a signal."""
    text = _PRELUDE + "\n".join(layers) + _ATTEMPT.format(attempt=code)
    done = subprocess.run([sys.executable, "-c", text, str(EXECUTOR)], capture_output=True, timeout=60, **options)
    if done.returncode < 0:
        return signal.Signals(-done.returncode).name
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def is_root() -> bool:
    return os.geteuid() == 0
