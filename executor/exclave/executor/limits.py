"""What sessions may have, and what they get when they do not ask: the bounds that whoever runs the daemon sets.

Owns: those settings, each with its only default. Must not know: sessions, command lines, files.
Invariant: a bound of 0 is none.
"""

from __future__ import annotations

from dataclasses import dataclass

from exclave.executor.setting_kinds import absolute_paths, number, seconds, setting, size, texts
from exclave.executor.zones import DEFAULT_LANES, DEFAULT_RESERVATION, MAX_LANES, MAX_RESERVATION, MIN_RESERVATION

MIN_MEMORY = 1 << 20
MOST = 1 << 40
ANY_LIBRARY = "*"
LIBRARIES = (
    "libz.so.1", "libbz2.so.1.0", "liblzma.so.5", "libzstd.so.1", "liblz4.so.1", "libm.so.6", "libgcc_s.so.1",
    "libstdc++.so.6", "libatomic.so.1", "libquadmath.so.0", "libgfortran.so.5", "libgomp.so.1",
)  # fmt: skip
"""Plain computation, and the run-time libraries of compilers."""


@dataclass(frozen=True)
class Limits:
    """The bounds. A session that does not ask for memory, time or output has the bound as its limit."""

    max_sessions: int = setting(256, number(1, 65536), "N", "sessions open at once")
    reservation: int = setting(
        DEFAULT_RESERVATION,
        size(MIN_RESERVATION, MAX_RESERVATION),
        "BYTES",
        "address range of a session that does not ask, such as 512M",
        shown="960M",
    )
    lanes: int = setting(DEFAULT_LANES, number(1, MAX_LANES), "N", "call lanes of a session that does not ask")
    max_threads: int = setting(64, number(0, 4096), "N", "threads that a session's code may be allowed to start")
    max_memory: int = setting(
        0, size(MIN_MEMORY, MOST, zero=True), "BYTES", "most memory of a session, such as 2G; 0: no bound"
    )
    max_cpu_seconds: int = setting(0, number(0, 10**8), "SECONDS", "most CPU time of a session; 0: no bound")
    max_output: int = setting(
        0, size(1, MOST, zero=True), "BYTES", "most that a session's code may print, such as 64M; 0: no bound"
    )
    call_timeout: float = setting(3600.0, seconds, "SECONDS", "longest time for a call")
    allow_read: tuple[str, ...] = setting(
        ("/usr",), absolute_paths, "PATH", "a session may be given this path, or one below it, to read; may come again"
    )
    allow_library: tuple[str, ...] = setting(
        LIBRARIES,
        texts,
        "NAME",
        f"a session may load this library, such as libz.so.1; {ANY_LIBRARY}: any; may come again",
        shown="libraries for computing",
    )
