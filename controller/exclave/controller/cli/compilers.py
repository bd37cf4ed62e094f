"""Sources become objects: IR by LLVM, C and assembly by whatever compiler this machine has.

Owns: which compiler makes code for which architecture, and for which CPU where nobody says. Must not know: what objects
are for. Invariant: a source that cannot be compiled is a `CompileError` that names it and says what is missing.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..compile import CompilePool, CompileRequest, Target, module_source
from ..errors import CompileError

C_ENDINGS = (".c", ".s", ".S")
C_FLAGS = ("-O2", "-fPIC", "-fno-stack-protector", "-c")
BASELINES = {
    "x86_64": Target("x86_64-unknown-linux-gnu", "x86-64-v2", ""),
    "aarch64": Target("aarch64-unknown-linux-gnu", "generic", "+neon"),
    "riscv64": Target("riscv64-unknown-linux-gnu", "generic-rv64", "+a,+c,+d,+f,+m"),
}
"""The oldest CPUs that anybody has: there is no executor that would say more."""
_SAME_MACHINE = {"arm64": "aarch64", "amd64": "x86_64"}
_NEWEST_CLANG, _OLDEST_CLANG = 25, 14


class Module(NamedTuple):
    """IR text or bitcode, and what to call it."""

    name: str
    content: str | bytes


def machine_called(name: str) -> str:
    """An architecture's name as the linker has it: systems and compilers have others for some."""
    return _SAME_MACHINE.get(name.lower(), name.lower())


def host_machine() -> str:
    """The architecture of this machine."""
    return machine_called(platform.machine())


def compile_modules(modules: Sequence[Module], architecture: str) -> list[bytes]:
    """Objects of IR, for an architecture's baseline.

    Raises:
        CompileError: LLVM refuses one.
    """
    target = BASELINES.get(architecture, Target(f"{architecture}-unknown-linux-gnu", "", ""))
    pool = CompilePool()
    try:
        return pool.compile([CompileRequest(module_source(m.content, m.name), target) for m in modules])
    finally:
        pool.close()


def compile_c(path: Path, architecture: str | None = None) -> bytes:
    """An object of C or assembly; for this machine, unless an architecture is given.

    Raises:
        CompileError: there is no compiler for it, or it refuses the file; its output is the message.
    """
    compiler = _compiler_for(path, architecture or host_machine())
    with tempfile.TemporaryDirectory(prefix="exclave-cc-") as folder:
        output = Path(folder) / "out.o"
        command = [*compiler, *C_FLAGS, "-o", str(output), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise CompileError(f"{path}: {done.stderr.strip()}", module=str(path), llvm_message=done.stderr)
        return output.read_bytes()


def _compiler_for(path: Path, architecture: str) -> list[str]:
    if architecture == host_machine():
        compiler = shutil.which("cc") or shutil.which("clang") or shutil.which("gcc")
        if compiler is None:
            raise CompileError(f"{path}: no C compiler here (cc, clang, gcc): install one, or give IR (.ll, .bc)")
        return [compiler]
    system = f"{architecture}-linux-gnu"
    gcc = shutil.which(f"{system}-gcc")
    if gcc is not None:
        return [gcc]
    clang = _find_clang()
    if clang is None:
        raise CompileError(
            f"{path}: no compiler for {architecture} here ({system}-gcc, or clang, which has them all): install one, "
            "or give IR (.ll, .bc)"
        )
    return [clang, f"--target={system}"]


def _find_clang() -> str | None:
    names = ["clang", *(f"clang-{version}" for version in range(_NEWEST_CLANG, _OLDEST_CLANG - 1, -1))]
    return next(filter(None, map(shutil.which, names)), None)
