"""What the linker says when something is wrong: every message whole, in one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import indent

import pytest
from exclave.controller.errors import LinkError
from exclave.controller.link import LinkInput, LinkOptions, link, parse_object
from support_elf import ABSOLUTE, ALLOC, CODE, EXEC, FAR, WRITE, ObjectBuilder, allocate

FOLDER = Path(__file__).resolve().parent / "link"
Compare = Callable[[Path, str], None]
X86_64, AARCH64, RISCV64 = ("x86_64", 62), ("aarch64", 183), ("riscv64", 243)


def relocated(
    architecture: tuple[str, int],
    kind: int,
    value: int | str,
    *,
    at: int = 0,
    addend: int = 0,
    user: str = "f",
) -> ObjectBuilder:
    """One relocation, in a function, of a number or of a name that nobody defines."""
    builder = ObjectBuilder(architecture[1])
    text = builder.text(bytes(16))
    builder.function(user, text, 0, 16)
    symbol = builder.symbol(value) if isinstance(value, str) else builder.symbol("target", ABSOLUTE, value)
    builder.relocate(text, at, kind, symbol, addend)
    return builder


def defining(*names: str, binding: str = "global") -> ObjectBuilder:
    builder = ObjectBuilder()
    text = builder.text()
    for name in names:
        builder.function(name, text, binding=binding)
    return builder


def good() -> bytes:
    return relocated(X86_64, 1, "outside").build()


def patched(at: int, data: bytes) -> bytes:
    whole = bytearray(good())
    whole[at : at + len(data)] = data
    return bytes(whole)


def section_table() -> int:
    return int.from_bytes(good()[0x28:0x30], "little")


def with_section(flags: int, name: str = ".odd") -> ObjectBuilder:
    builder = ObjectBuilder()
    builder.section(name, bytes(16), flags)
    return builder


CASES: dict[str, list[ObjectBuilder | bytes]] = {
    "out of range: x86-64, PC32": [relocated(X86_64, 2, FAR + (1 << 45), addend=-4)],
    "out of range: x86-64, 32": [relocated(X86_64, 10, 1 << 32)],
    "out of range: x86-64, 8": [relocated(X86_64, 14, 256)],
    "out of range: aarch64, LD_PREL_LO19": [relocated(AARCH64, 273, CODE + (1 << 20))],
    "out of range: aarch64, MOVW_UABS_G1": [relocated(AARCH64, 265, 1 << 32)],
    "out of range: riscv64, BRANCH": [relocated(RISCV64, 16, CODE + 4096)],
    "out of range: riscv64, HI20": [relocated(RISCV64, 26, 0x7FFFF800)],
    "misaligned: aarch64, LDST64_ABS_LO12_NC": [relocated(AARCH64, 286, 0x1004)],
    "misaligned: aarch64, CALL26": [relocated(AARCH64, 283, CODE + 2)],
    "misaligned: aarch64, an instruction": [relocated(AARCH64, 283, CODE, at=2)],
    "misaligned: riscv64, JAL": [relocated(RISCV64, 17, CODE + 1)],
    "unpaired: riscv64, PCREL_LO12_I": [relocated(RISCV64, 24, CODE)],
    "alignment: riscv64": [relocated(RISCV64, 43, 0, addend=100)],
    "undefined": [relocated(X86_64, 4, "prinft", addend=-4), relocated(X86_64, 9, "environ_", addend=-4, user="g")],
    "duplicate": [defining("f", "g"), defining("f", "g"), defining("g")],
    "unknown relocation": [relocated(X86_64, 200, "outside")],
    "unknown relocation: aarch64": [relocated(AARCH64, 580, "outside")],
    "unknown relocation: riscv64": [relocated(RISCV64, 47, "outside")],
    "wrong architecture": [patched(18, (8).to_bytes(2, "little"))],
    "another architecture": [relocated(AARCH64, 283, CODE), defining("f")],
    "of 32 bits": [patched(4, b"\1")],
    "big-endian": [patched(5, b"\2")],
    "an executable": [patched(16, (2).to_bytes(2, "little"))],
    "a shared object": [patched(16, (3).to_bytes(2, "little"))],
    "empty": [b""],
    "bitcode": [b"BC\xc0\xde" + bytes(60)],
    "truncated: header": [good()[:40]],
    "truncated: section table": [good()[: section_table() + 70]],
    "truncated: before the section table": [good()[:200]],
    "damaged: a section outside": [patched(section_table() + 64 + 0x18, (1 << 40).to_bytes(8, "little"))],
    "damaged: names of sections": [patched(0x3E, (77).to_bytes(2, "little"))],
    "damaged: entries of the section table": [patched(0x3A, (40).to_bytes(2, "little"))],
    "a fixup outside of its section": [relocated(X86_64, 1, "outside", at=12)],
    "writable code": [with_section(ALLOC | WRITE | EXEC)],
    "compressed code": [with_section(ALLOC | 0x800)],
}  # fmt: skip


def message(inputs: list[ObjectBuilder | bytes]) -> str:
    contents = [one if isinstance(one, bytes) else one.build() for one in inputs]
    with pytest.raises(LinkError) as caught:
        link_all(contents)
    return f"{type(caught.value).__name__}: {caught.value}"


def link_all(contents: list[bytes]) -> None:
    graphs = [parse_object(content, f"{'abc'[number]}.o") for number, content in enumerate(contents)]
    options = LinkOptions(architecture=graphs[-1].architecture)
    link([LinkInput(graph, 1) for graph in graphs], options, lambda _: {}, allocate)


def test_messages(golden: Compare) -> None:
    golden(FOLDER / "errors.txt", "\n".join(f"{name}\n{indent(message(CASES[name]), '    ')}\n" for name in CASES))
