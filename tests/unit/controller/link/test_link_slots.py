"""Stubs that jump through slots, and what an object's references to its own replaceable functions become."""

from __future__ import annotations

import re

import capstone
import pytest
from exclave.controller.link import (
    LinkedImage,
    LinkGraph,
    LinkInput,
    LinkOptions,
    link,
    parse_object,
    slot_names,
    stub_graph,
    with_bodies,
)
from exclave.controller.link.architectures import ARCHITECTURES
from support_elf import CODE, READONLY, ObjectBuilder, allocate, read, read_int

DISASSEMBLERS = {
    "x86_64": (capstone.CS_ARCH_X86, capstone.CS_MODE_64),
    "aarch64": (capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM),
    "riscv64": (capstone.CS_ARCH_RISCV, capstone.CS_MODE_RISCV64),
}
MAY_TOUCH = {"x86_64": {"rip"}, "aarch64": {"x16", "x17"}, "riscv64": {"t3", "t1", "zero"}}
"""What a stub may name: nothing that an argument, or the place of a result, comes in."""
R_64, R_PC32, R_PLT32, R_GOTPCREL = 1, 2, 4, 9
BODY, STUB = CODE + 0x8000, CODE + 0x9000


def linked(*graphs: LinkGraph, architecture: str = "x86_64", **symbols: int) -> LinkedImage:
    inputs = [LinkInput(graph, owner) for owner, graph in enumerate(graphs)]
    found = {name.replace("_body", "$body"): address for name, address in symbols.items()}
    options = LinkOptions(architecture=architecture)
    return link(inputs, options, lambda names: {n: found[n] for n in names if n in found}, allocate)


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_stubs_jump_and_touch_no_argument(architecture: str) -> None:
    bodies = {f"f{i}": f"f{i}$body" for i in range(5)}
    graph = stub_graph(architecture, "stubs", bodies)
    image = linked(graph, architecture=architecture, **{f"f{i}_body": BODY + i for i in range(5)})
    stub, disassembler = ARCHITECTURES[architecture].stub, capstone.Cs(*DISASSEMBLERS[architecture])
    disassembler.detail = True
    for i, name in enumerate(bodies):
        assert read_int(image, image.symbols[f"{name}$slot"]) == BODY + i
        at = image.symbols[name]
        code = list(disassembler.disasm(read(image, at, len(stub.content)), at))
        jump = next(place for place, one in enumerate(code) if one.group(capstone.CS_GRP_JUMP) or one.mnemonic == "jr")
        assert {name for one in code[: jump + 1] for name in registers(one)} <= MAY_TOUCH[architecture]


def registers(instruction: capstone.CsInsn) -> set[str]:
    """Those that it names; of RISC-V's capstone does not say which are read and written."""
    if instruction.mnemonic in ("auipc", "ld", "jr"):
        return set(re.findall(r"\b[a-z]\w*", instruction.op_str))
    read, written = instruction.regs_access()
    return {instruction.reg_name(register) for register in (*read, *written)}


def test_the_bytes_of_a_stub() -> None:
    image = linked(stub_graph("x86_64", "stubs", {"f": "f$body"}), f_body=BODY)
    at, slot = image.symbols["f"], image.symbols["f$slot"]
    assert read(image, at) == b"\xff\x25" + (slot - at - 6).to_bytes(4, "little") + b"\x66\x90"
    assert [(segment.zone, segment.size) for segment in image.segments] == [("code", 8), ("readonly", 8)]
    assert image.hidden == {"f$slot"}
    assert image.symbolize(at + 1) == "f+0x1"


def test_all_slots_lie_side_by_side() -> None:
    names = [f"f{i}" for i in range(100)]
    image = linked(stub_graph("x86_64", "s", dict.fromkeys(names, "g$body")), g_body=BODY)
    assert [image.symbols[slot] for slot in slot_names(names)] == [READONLY + 8 * i for i in range(100)]
    assert all(image.symbols[name] % 8 == 0 for name in names)


def test_a_stub_says_what_it_defines_and_needs() -> None:
    graph = stub_graph("x86_64", "s", {"f": "f$body"})
    assert [(d.name, d.binding, d.hidden, d.callable) for d in graph.definitions()] == [
        ("f", "strong", False, True),
        ("f$slot", "strong", True, False),
    ]
    assert [reference.name for reference in graph.references()] == ["f$body"]


def module() -> LinkGraph:
    """`f` calls itself, and has its address taken by code, by a table and by a table of initializers; `w` is weak."""
    builder = ObjectBuilder()
    text = builder.text(b"\x90" * 32)
    table, inits = builder.data(bytes(16)), builder.section(".init_array", bytes(8), 3, 14, 8)
    builder.symbol("table", table, 0, 16)
    f = builder.function("f", text, 0, 16)
    w = builder.function("w", text, 16, 8, "weak")
    builder.relocate(text, 4, R_PLT32, f, -4)
    builder.relocate(text, 8, R_PC32, f, -4)
    builder.relocate(text, 12, R_GOTPCREL, f, -4)
    builder.relocate(table, 0, R_64, f)
    builder.relocate(table, 8, R_64, w)
    builder.relocate(inits, 0, R_64, f)
    return parse_object(builder.build(), "m.o")


def test_addresses_are_the_stubs_and_the_rest_is_the_bodys() -> None:
    graph = with_bodies(module(), {"f": "f$body.1"})
    assert {definition.name for definition in graph.definitions()} == {"f$body.1", "w", "table"}
    assert [reference.name for reference in graph.references()] == ["f"]
    image = linked(graph, f=STUB)
    body = image.symbols["f$body.1"]
    assert body + 8 + read_int(image, body + 4, 4, signed=True) == body  # its own call
    assert body + 12 + read_int(image, body + 8, 4, signed=True) == STUB
    got = body + 16 + read_int(image, body + 12, 4, signed=True)
    assert read_int(image, got) == STUB
    table = image.symbols["table"]
    assert [read_int(image, table), read_int(image, table + 8)] == [STUB, image.symbols["w"]]
    (inits,) = (special for special in image.ranges if special.kind == "init_array")
    assert read_int(image, inits.address) == body


def test_stub_and_body_in_one_batch() -> None:
    image = linked(stub_graph("x86_64", "s", {"f": "f$body.1"}), with_bodies(module(), {"f": "f$body.1"}))
    assert read_int(image, image.symbols["f$slot"]) == image.symbols["f$body.1"]
    assert (image.symbol_owner("f"), image.symbol_owner("f$body.1")) == (0, 1)


def test_the_graph_that_was_there_is_as_it_was() -> None:
    graph = module()
    before = graph.dump()
    with_bodies(graph, {"f": "f$body.1"})
    assert graph.dump() == before
    assert with_bodies(graph, {}).dump() == before
