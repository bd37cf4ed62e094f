"""The architectures that can be emulated, by the first word of their triples."""

from __future__ import annotations

from .aarch64 import AARCH64
from .architecture import Architecture
from .riscv64 import RISCV64
from .x86_64 import X86_64

ARCHITECTURES: dict[str, Architecture] = {one.name: one for one in (X86_64, AARCH64, RISCV64)}
