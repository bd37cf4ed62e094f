"""The text of one machine instruction, if capstone is installed.

Owns: asking it. Must not know: where the bytes came from. Invariant: without capstone there is no text, and no error.
"""

from __future__ import annotations

import contextlib
from typing import Any


def disassemble(code: bytes, address: int, architecture: str) -> str:
    """The first instruction of `code`, such as `mov rax, qword ptr [rdi]`; empty if it is not known."""
    with contextlib.suppress(ImportError):
        found = next(decoder(architecture).disasm_lite(code, address, 1), None)
        return "" if found is None else f"{found[2]} {found[3]}".strip()
    return ""


def decoder(architecture: str) -> Any:
    """Capstone's disassembler for an architecture.

    Raises:
        ImportError: it is not installed.
    """
    import capstone  # late, and optional

    modes = {
        "x86_64": (capstone.CS_ARCH_X86, capstone.CS_MODE_64),
        "aarch64": (capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM),
        "riscv64": (capstone.CS_ARCH_RISCV, capstone.CS_MODE_RISCV64 | capstone.CS_MODE_RISCVC),
    }
    return capstone.Cs(*modes[architecture])
