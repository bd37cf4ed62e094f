"""`exclave executor`: becomes the daemon. The controller never imports the executor; it executes it.

Owns: nothing. Must not know: the daemon's options, which it passes on untouched.
"""

from __future__ import annotations

import os
import sys

import typer


def executor(context: typer.Context) -> None:
    """Start an executor daemon; `exclave executor --help` has its options."""
    command = [sys.executable, "-m", "exclave.executor", *context.args]
    sys.stdout.flush()
    os.execv(sys.executable, command)
