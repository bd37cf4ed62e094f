"""What code must be compiled for so that it runs here.

Owns: triple, CPU name, feature string. Must not know: LLVM (it is not installed here), sessions, the wire.
Invariant: conservative: a feature is named only if /proc/cpuinfo says that CPU and kernel have it.

Source of the levels: the x86-64 psABI, "Micro-Architecture Levels"; of the names: LLVM's X86.td,
AArch64Features.td.
"""

from __future__ import annotations

import mmap
import os
from dataclasses import dataclass
from pathlib import Path

# Linux's flag of /proc/cpuinfo -> LLVM's feature, where the one implies the other
_X86 = {
    "abm": "lzcnt", "adx": "adx", "aes": "aes", "avx": "avx", "avx2": "avx2",
    "avx512_bitalg": "avx512bitalg", "avx512_vbmi2": "avx512vbmi2", "avx512_vnni": "avx512vnni",
    "avx512_vpopcntdq": "avx512vpopcntdq", "avx512bw": "avx512bw", "avx512cd": "avx512cd",
    "avx512dq": "avx512dq", "avx512f": "avx512f", "avx512ifma": "avx512ifma", "avx512vbmi": "avx512vbmi",
    "avx512vl": "avx512vl", "bmi1": "bmi", "bmi2": "bmi2", "clflushopt": "clflushopt", "clwb": "clwb",
    "cx16": "cx16", "f16c": "f16c", "fma": "fma", "fsgsbase": "fsgsbase", "gfni": "gfni", "lahf_lm": "sahf",
    "movbe": "movbe", "pclmulqdq": "pclmul", "pni": "sse3", "popcnt": "popcnt", "rdrand": "rdrnd",
    "rdseed": "rdseed", "sha_ni": "sha", "sse4_1": "sse4.1", "sse4_2": "sse4.2", "ssse3": "ssse3",
    "vaes": "vaes", "vpclmulqdq": "vpclmulqdq", "xsave": "xsave", "xsavec": "xsavec",
    "xsaveopt": "xsaveopt", "xsaves": "xsaves",
}  # fmt: skip
_ARM = {
    "aes": "aes", "asimd": "neon", "asimddp": "dotprod", "asimdhp": "fullfp16", "atomics": "lse",
    "crc32": "crc", "sha2": "sha2", "sha3": "sha3",
}  # fmt: skip
_V2 = {"cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"}
_V3 = _V2 | {"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"}
_V4 = _V3 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
_LEVELS = (("x86-64-v4", _V4), ("x86-64-v3", _V3), ("x86-64-v2", _V2))


@dataclass(frozen=True, slots=True)
class Host:
    """What to compile for: LLVM's triple, CPU name and feature string; bytes in a page."""

    triple: str
    cpu: str
    features: str
    page_size: int


def describe_host() -> Host:
    """Describes the machine that this process runs on."""
    machine = os.uname().machine
    triple = f"{machine}-unknown-linux-{'musl' if _is_musl() else 'gnu'}"
    cpu, features = describe_cpu(machine, Path("/proc/cpuinfo").read_text(errors="replace"))
    return Host(triple, cpu, features, mmap.PAGESIZE)


def describe_cpu(machine: str, cpuinfo: str) -> tuple[str, str]:
    """CPU name and feature string for a machine as `uname -m` names it."""
    if machine == "x86_64":
        flags = _common_words(cpuinfo, "flags")
        return _level(flags), _features(_X86, flags)
    if machine == "aarch64":
        return "generic", _features(_ARM, _common_words(cpuinfo, "Features"))
    if machine == "riscv64":
        return "generic-rv64", "+a,+c,+d,+f,+m"  # what every distribution for riscv64 demands
    return "generic", ""


def _level(flags: set[str]) -> str:
    return next((name for name, needed in _LEVELS if needed <= flags), "x86-64")


def _features(table: dict[str, str], flags: set[str]) -> str:
    return ",".join(sorted(f"+{feature}" for flag, feature in table.items() if flag in flags))


def _common_words(cpuinfo: str, key: str) -> set[str]:
    """The words behind `key` that all CPUs have: cores of one machine can differ."""
    lines = [line.partition(":") for line in cpuinfo.splitlines()]
    sets = [set(value.split()) for name, _, value in lines if name.strip() == key]
    return set.intersection(*sets) if sets else set()


def _is_musl() -> bool:
    return "CS_GNU_LIBC_VERSION" not in os.confstr_names or os.confstr("CS_GNU_LIBC_VERSION") is None
