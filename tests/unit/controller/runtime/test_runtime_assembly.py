"""The assembly of the session runtime is what its comments say, on every architecture."""

import re
import struct
from io import BytesIO
from pathlib import Path

import capstone
import exclave.controller.runtime as runtime
import pytest
from elftools.elf.elffile import ELFFile
from exclave.controller.compile import CompilePool, CompileRequest, module_source, trampoline_ir
from exclave.controller.runtime import ARCHITECTURES
from support_targets import TARGETS

FOLDER = Path(runtime.__file__).parent / "arch"
LINE = re.compile(r"^  (i(?:8|32) u0x[^;]+); (0x\w+)  (.+)$", re.MULTILINE)
DISASSEMBLERS = {
    "x86_64": capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64),
    "aarch64": capstone.Cs(capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM),
    "riscv64": capstone.Cs(capstone.CS_ARCH_RISCV, capstone.CS_MODE_RISCV64 | capstone.CS_MODE_RISCVC),
}
NUMBERS = [0, 1, 0x7FF, 0x800, 0xFFF, 0x12345678, 0x7FFFFFFF, 0x80000000, 0xFFFFF800, 0xFFFFFFFF]


@pytest.fixture(scope="module")
def pool():
    pool = CompilePool()
    yield pool
    pool.close()


def listing(architecture, what="lazy"):
    """Bytes, address and text of each line of the lazy entry, or of another file's words."""
    for items, address, text in LINE.findall((FOLDER / f"{architecture}_{what}.ll").read_text()):
        words = [(int(bits), int(value, 16)) for bits, value in re.findall(r"i(\d+) u0x(\w+)", items)]
        yield b"".join(value.to_bytes(bits // 8, "little") for bits, value in words), int(address, 16), text


def disassembled(architecture, code):
    return [
        (i.bytes, i.address, f"{i.mnemonic} {i.op_str}".strip()) for i in DISASSEMBLERS[architecture].disasm(code, 0)
    ]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_lazy_entry_is_what_its_comments_say(architecture):
    lines = list(listing(architecture))
    assert len(lines) > 20
    assert disassembled(architecture, b"".join(code for code, _, _ in lines)) == lines


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_lazy_entry_enters_its_own_function_and_gives_back_what_it_took(architecture):
    lines = list(listing(architecture))
    texts = [text for _, _, text in lines]
    end = lines[-1][1] + len(lines[-1][0])
    saves = {"x86_64": "push ", "aarch64": "stp ", "riscv64": "sd "}[architecture]
    restores = {"x86_64": "pop ", "aarch64": "ldp ", "riscv64": "ld "}[architecture]
    assert sum(text.startswith(saves) for text in texts) == sum(text.startswith(restores) for text in texts)
    (call,) = (text for text in texts if re.match(r"(call|bl|jal) ", text))
    offset = int(re.search(r"#?(0x\w+|\d+)$", call)[1], 0)
    address = next(at for _, at, text in lines if text == call) if architecture == "riscv64" else 0
    assert address + offset == end


def loaded_number(architecture, number):
    """What the scratch register holds after the trampoline's instructions."""
    text = trampoline_ir(number, "f", architecture)
    items = re.search(r"prologue \[\d+ x i\d+\] \[(.*?)\]", text)[1]
    words = [int(item.split()[1]) for item in items.split(",")]
    code = bytes(words) if architecture == "x86_64" else struct.pack(f"<{len(words)}I", *words)
    value = 0
    for _, _, line in disassembled(architecture, code):
        name, _, operands = line.partition(" ")
        last = int(operands.replace(", lsl #16", "").rpartition(" ")[2].lstrip("#"), 0) if name != "sext.w" else 0
        match name:
            case "mov" | "movz":
                value = last
            case "movk":
                value |= last << 16
            case "lui":
                value = last << 12
            case "addiw" | "sext.w":
                value = (value + last) & 0xFFFFFFFF
                value |= 0xFFFFFFFF00000000 * (value >> 31)
            case "slli":
                value = value << last & (1 << 64) - 1
            case "srli":
                value >>= last
    return value


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("number", NUMBERS, ids=hex)
def test_a_trampoline_loads_its_number(architecture, number):
    assert loaded_number(architecture, number) == number


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("opt", [0, 2])
def test_a_trampoline_compiles_to_its_number_and_a_jump(pool, architecture, opt):
    source = module_source(trampoline_ir(0x12345678, "a name", architecture), "trampoline")
    (data,) = pool.compile([CompileRequest(source, TARGETS[architecture], opt)])
    assert b"exclave_lazy_entry" in data


def function_of(pool, architecture, opt, concern, name):
    """The instructions of a function of the runtime's, compiled; and what its object refers to."""
    (source,) = (one for one in runtime.runtime_sources(architecture) if one.name.endswith(f"/{concern}.ll"))
    (data,) = pool.compile([CompileRequest(source, TARGETS[architecture], opt)])
    elf = ELFFile(BytesIO(data))
    symbols = list(elf.get_section_by_name(".symtab").iter_symbols())
    (symbol,) = (one for one in symbols if one.name == name)
    code = elf.get_section(symbol["st_shndx"]).data()[symbol["st_value"] :][: symbol["st_size"]]
    return disassembled(architecture, code), {one.name for one in symbols if one["st_shndx"] == "SHN_UNDEF"} - {""}


@pytest.mark.parametrize("opt", [0, 2])
def test_on_aarch64_a_range_is_cleaned_and_invalidated_line_by_line(pool, opt):
    lines = list(listing("aarch64", "flush"))
    found, needed = function_of(pool, "aarch64", opt, "arch/aarch64_flush", "exclave_flush_range")
    assert [(code, at, text) for code, at, text in found][: len(lines)] == lines
    assert needed == set()
    texts = [text for _, _, text in lines]
    wanted = ["mrs x2, ctr_el0", "dc cvau, x5", "dsb ish", "ic ivau, x5", "dsb ish", "isb", "ret"]
    assert [text for text in texts if text.split()[0] in ("mrs", "dc", "ic", "dsb", "isb", "ret")] == wanted
    loops = [(int(text.split("#")[1], 0), texts[at // 4 - 3]) for _, at, text in lines if text.startswith("b.lo")]
    assert [(texts[target // 4], first) for target, first in loops] == [(text, text) for text in (wanted[1], wanted[3])]


@pytest.mark.parametrize("opt", [0, 2])
def test_on_riscv64_the_kernel_is_asked_for_every_hart(pool, opt):
    found, needed = function_of(pool, "riscv64", opt, "arch/riscv64_flush", "exclave_flush_range")
    assert needed == {"syscall"}
    assert any(text in ("addi a0, zero, 0x103", "li a0, 0x103", "addi a0, zero, 259") for _, _, text in found), found


@pytest.mark.parametrize("opt", [0, 2])
def test_on_x86_64_a_range_needs_nothing(pool, opt):
    found, needed = function_of(pool, "x86_64", opt, "arch/x86_64_flush", "exclave_flush_range")
    assert needed == set()
    assert not any(text.startswith(("call", "clflush", "jmp")) for _, _, text in found)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("opt", [0, 2])
def test_flushing_code_ends_with_the_barrier(pool, architecture, opt):
    found, needed = function_of(pool, architecture, opt, "flush_code", "exclave_flush_code")
    assert needed == {"syscall", "__errno_location", "exclave_membarrier_number", "exclave_flush_range"}
    calls = [text for _, _, text in found if re.match(r"(call|bl|blr|jal|jalr|auipc)\b", text)]
    assert len(calls) >= 3
    number = re.search(r"membarrier_number = hidden constant i64 (\d+)", (FOLDER / f"{architecture}.ll").read_text())[1]
    assert int(number) == {"x86_64": 324}.get(architecture, 283)
