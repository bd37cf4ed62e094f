"""Which architectures there are.

Owns: the list. Must not know: what is in their files.
"""

from __future__ import annotations

from ..errors import LinkError
from .aarch64 import AARCH64
from .architecture import Architecture
from .elf_file import ElfFile, machine_name
from .riscv64 import RISCV64
from .x86_64 import X86_64

ARCHITECTURES: dict[str, Architecture] = {
    architecture.name: architecture for architecture in (X86_64, AARCH64, RISCV64)
}
_BY_MACHINE = {architecture.machine: architecture for architecture in ARCHITECTURES.values()}


def architecture_of_machine(elf: ElfFile) -> Architecture:
    """The architecture that an object is for.

    Raises:
        ObjectFormatError: none that this linker knows.
    """
    found = _BY_MACHINE.get(elf.machine)
    if found is None:
        known = ", ".join(ARCHITECTURES)
        elf.fail(f"an object for {machine_name(elf.machine)}; this linker has {known}: compile for one of them")
    return found


def architecture_numbered(machine: int) -> Architecture | None:
    """The architecture with an e_machine number, if this linker has it."""
    return _BY_MACHINE.get(machine)


def architecture_named(name: str) -> Architecture:
    """The architecture called `name`.

    Raises:
        LinkError: there is no such one.
    """
    found = ARCHITECTURES.get(name)
    if found is None:
        raise LinkError(f"no architecture {name!r}; this linker has {', '.join(ARCHITECTURES)}")
    return found
