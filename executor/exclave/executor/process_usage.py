"""What a process has used up, as the system says it.

Owns: reading /proc/PID/stat. Must not know: whose process it is. Invariant: what cannot be read is None, never 0.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MINOR, _MAJOR, _USER, _SYSTEM = 7, 9, 11, 12  # of the fields behind the name (proc(5) counts from 1, name is 2)


@dataclass(frozen=True, slots=True)
class ProcessUsage:
    """Of all its threads together, those that have ended too."""

    cpu_seconds: float
    page_faults: int


def read_process_usage(pid: int) -> ProcessUsage | None:
    """None if there is no such process, or the system (hidepid) does not show it."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
        fields = [int(field) for field in text.rpartition(")")[2].split()[1:]]  # a name may have spaces and brackets
        faults = fields[_MINOR - 1] + fields[_MAJOR - 1]
        return ProcessUsage((fields[_USER - 1] + fields[_SYSTEM - 1]) / _TICKS, faults)
    except (OSError, ValueError, IndexError):
        return None
