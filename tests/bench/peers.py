"""The peer: LLVM's own JITLink and ORC, as a small program of ours that is built when LLVM 19 is there.

Owns: building and asking it. Must not know: our side of a comparison.
Invariant: times are milliseconds, medians, first ones (cold caches, lazy binding) left out.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from .workshop import Unavailable, product, run, tool

SOURCE = Path(__file__).resolve().parent / "peer" / "orc_peer.cpp"
LLVM = Path("/usr/lib/llvm-19")
INSTALL = "apt-get install --no-install-recommends g++ llvm-19-dev"
NAME = "LLVM 19 ORC"


def link_ms(path: Path, times: int, processes: int = 1, warmup: int = 1) -> float:
    """JITLink, in process, everything live.

    Its time on one file varies tenfold with where its hash tables lie, so samples of several processes are pooled.
    """
    command = ["link", str(times + warmup), str(path)]
    return statistics.median(sample for _ in range(processes) for sample in _samples(command, warmup))


def call_ms(times: int, warmup: int = 100, pause: float = 0.0) -> float:
    """One int call through SimpleRemoteEPC, over pipes, and back; after `pause` seconds in which nothing happens."""
    return statistics.median(_samples(["call", str(times + warmup), str(int(pause * 1000))], warmup))


@dataclass(frozen=True)
class Many:
    """What one of many costs: median time; memory and mappings in the executor, the first one's not counted."""

    ms: float
    kib: float
    mappings: float


def many(memory: str, path: Path, times: int, warmup: int = 1) -> Many:
    """An object linked `times` times, in a library of its own each; `memory` is local (in process), rpc, or shm (shared
    memory)."""
    *samples, kib, mappings = _samples(["many", memory, str(times + warmup), str(path)], warmup)
    return Many(statistics.median(samples), kib, mappings)


def _samples(arguments: list[str], warmup: int) -> list[float]:
    return [float(line) for line in run([_program(), *arguments]).split()[warmup:]]


def _program() -> Path:
    if not (LLVM / "include" / "llvm" / "ExecutionEngine" / "Orc" / "Core.h").exists():
        raise Unavailable(f"no LLVM 19 to compare with: {INSTALL}")
    compiler = tool("g++", "g++")
    version = sha256(SOURCE.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:12]
    return product(f"orc_peer-{version}", lambda out: _build(compiler, out))


def _build(compiler: str, out: Path) -> None:
    flags = ["-std=c++17", "-O2", "-w", "-fno-rtti", f"-I{LLVM}/include"]
    run(
        [
            compiler,
            *flags,
            SOURCE,
            "-o",
            out,
            f"-L{LLVM}/lib",
            "-lLLVM-19",
            "-lpthread",
            "-Wl,--no-as-needed",
            "-lm",
        ]
    )
