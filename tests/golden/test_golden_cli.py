"""The graph at each phase of a link, as `exclave link --show-graph` prints it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "link"
PHASES = "before,pre-prune,post-prune,post-allocation,pre-fixup,post-fixup,after"
COMMAND = (
    "link --no-exec --keep show --slab-address 0x10000000 -o /dev/null "
    "--define printf=0x7f0000000000 --define qsort=0x10008000 --define hook=0 --show-graph"
)  # fmt: skip


def test_graph_by_phase(golden: Callable[[Path, str], None]) -> None:
    command = [sys.executable, "-m", "exclave.controller.cli", *COMMAND.split(), PHASES, "calls.o", "tiny.o"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    golden(FOLDER / "calls.phases.txt", done.stdout)
