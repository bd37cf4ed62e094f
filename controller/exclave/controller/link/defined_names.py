"""What an object defines, also one that cannot be linked: thread-local storage, unknown relocations.

Owns: nothing but this question. Must not know: why the object cannot be linked. Invariant: only the outline, the
symbol table and its names are looked at, with the checks that they always get.
"""

from __future__ import annotations

from .elf import find_symbol_table
from .elf_file import read_elf
from .elf_symbols import read_defined_names


def defined_names(data: bytes | memoryview, name: str) -> list[tuple[str, bool]]:
    """The names that an object defines for others, and whether it does so weakly.

    Raises:
        ObjectFormatError: not a relocatable ELF64 object, or damaged.
    """
    elf = read_elf(data, name)
    return read_defined_names(elf, find_symbol_table(elf))
