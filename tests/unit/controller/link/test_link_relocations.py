"""Every x86-64 relocation type: the formula of the psABI, the width, and the limits at -1, 0 and +1."""

from __future__ import annotations

import pickle

import pytest
from exclave.controller.errors import FixupError, LinkError, UnsupportedRelocationError
from exclave.controller.link import parse_object
from exclave.controller.link.x86_64 import KINDS, RELOCATION_NAMES, X86_64
from support_elf import ABSOLUTE, CODE, DATA, FAR, READONLY, ObjectBuilder, allocate, link_objects, read, read_int

TYPES = {name.removeprefix("R_X86_64_"): number for number, name in RELOCATION_NAMES.items()}
AT = 16  # where the fixup is in .text
P = CODE + AT
S = 0x10_3000_0040  # an external symbol that is near
G = GOT = READONLY  # the first and only entry
NEAR_SIZE = 24

# name, what the formula gives without the addend, bytes, signed
TABLE = [
    ("64", S, 8, False),
    ("PC32", S - P, 4, True),
    ("GOTPCREL", G - P, 4, True),
    ("32", S, 4, False),
    ("32S", S, 4, True),
    ("16", S, 2, False),
    ("PC16", S - P, 2, True),
    ("8", S, 1, False),
    ("PC8", S - P, 1, True),
    ("PLT32", S - P, 4, True),
    ("PC64", S - P, 8, True),
    ("GOTOFF64", S - GOT, 8, True),
    ("GOTPC32", GOT - P, 4, True),
    ("GOTPC64", GOT - P, 8, True),
    ("GOT32", G - GOT, 4, True),
    ("GOT64", G - GOT, 8, True),
    ("GOTPLT64", G - GOT, 8, True),
    ("GOTPCREL64", G - P, 8, True),
    ("PLTOFF64", S - GOT, 8, True),
    ("SIZE32", NEAR_SIZE, 4, False),
    ("SIZE64", NEAR_SIZE, 8, False),
    ("GOTPCRELX", G - P, 4, True),
    ("REX_GOTPCRELX", G - P, 4, True),
]


def linked_value(name: str, addend: int, width: int, signed: bool) -> int:
    """What is written for one relocation of an absolute symbol at S."""
    builder = ObjectBuilder()
    text = builder.text(b"\xaa" * 64)
    builder.function("f", text)
    symbol = builder.symbol("s", ABSOLUTE, S, NEAR_SIZE)
    table = builder.symbol("_GLOBAL_OFFSET_TABLE_")
    builder.relocate(text, AT, TYPES[name], table if name.startswith("GOTPC") and "REL" not in name else symbol, addend)
    image = link_objects(builder)
    content = read(image, CODE, 64)
    assert content[:AT] == b"\xaa" * AT, "bytes before the fixup changed"
    assert content[AT + width :] == b"\xaa" * (64 - AT - width), "bytes behind the fixup changed"
    return read_int(image, P, width, signed)


def test_the_table_has_every_kind() -> None:
    assert {name for name, *_ in TABLE} == {k.name.removeprefix("R_X86_64_") for k in KINDS} - {"FRAME"}


@pytest.mark.parametrize(("name", "base", "width", "signed"), TABLE, ids=[row[0] for row in TABLE])
def test_formula(name: str, base: int, width: int, signed: bool) -> None:
    addend = 0 if width >= 4 and -(2**31) <= base < 2**31 else 3 - base
    assert linked_value(name, addend, width, signed) == base + addend
    assert linked_value(name, addend + 5, width, signed) == base + addend + 5


NARROW = [row for row in TABLE if row[2] < 8]  # 64 bits hold every value


@pytest.mark.parametrize(("name", "base", "width", "signed"), NARROW, ids=[row[0] for row in NARROW])
def test_limits(name: str, base: int, width: int, signed: bool) -> None:
    low, high = (-(2 ** (8 * width - 1)), 2 ** (8 * width - 1) - 1) if signed else (0, 2 ** (8 * width) - 1)
    for limit in (low, low + 1, high - 1, high):
        assert linked_value(name, limit - base, width, signed) == limit
    for beyond in (low - 1, high + 1):
        if name == "PLT32":  # it would go to a stub, of which the addend is as far away
            continue
        with pytest.raises(FixupError) as caught:
            linked_value(name, beyond - base, width, signed)
        facts = caught.value
        assert (facts.value, facts.low, facts.high) == (beyond, low, high)
        assert (facts.kind, facts.section, facts.offset) == (f"R_X86_64_{name}", ".text", AT)


def test_an_addend_that_wraps_around_is_modulo_two_to_the_64() -> None:
    builder = ObjectBuilder()
    text = builder.text()
    builder.function("f", text)
    kernel = builder.symbol("kernel", ABSOLUTE, -(2**31))
    builder.relocate(text, AT, TYPES["32S"], kernel)
    assert read_int(link_objects(builder), P, 4, signed=True) == -(2**31)


def test_none_does_nothing() -> None:
    builder = ObjectBuilder()
    text = builder.text(b"\xaa" * 64)
    builder.function("f", text)
    builder.relocate(text, 62, TYPES["NONE"], 0)
    assert read(link_objects(builder), CODE, 64) == b"\xaa" * 64


def calling(kind: str, target: int, *, taken: bool = False) -> tuple[bytes, int]:
    """A call of an external function at `target`; linked code, and the displacement's value."""
    builder = ObjectBuilder()
    text = builder.text(b"\x90" * 15 + b"\xe8" + bytes(4) + b"\x48\x8d\x05" + bytes(4) + bytes(37))
    builder.function("f", text)
    external = builder.symbol("external")
    builder.relocate(text, AT, TYPES[kind], external, -4)
    if taken:
        builder.relocate(text, AT + 7, TYPES["PC32"], external, -4)
    image = link_objects(builder, symbols={"external": target})
    return read(image, CODE, 128), read_int(image, P, 4, signed=True)


@pytest.mark.parametrize("kind", ["PLT32", "PC32"])
def test_a_call_out_of_reach_goes_through_a_stub(kind: str) -> None:
    code, displacement = calling(kind, FAR)
    stub = AT + 4 + displacement
    assert stub == 64, "the stub is behind the code"
    assert code[stub : stub + 2] == b"\xff\x25", "jmp *entry(%rip)"
    entry = CODE + stub + 6 + int.from_bytes(code[stub + 2 : stub + 6], "little", signed=True)
    assert entry == READONLY


def test_the_stub_reads_the_function_from_the_got() -> None:
    builder = ObjectBuilder()
    text = builder.text()
    builder.function("f", text)
    builder.relocate(text, AT, TYPES["PLT32"], builder.symbol("external"), -4)
    image = link_objects(builder, symbols={"external": FAR})
    assert read_int(image, READONLY) == FAR


def test_a_call_in_reach_goes_directly() -> None:
    _, displacement = calling("PLT32", CODE + 0x1000)
    assert CODE + AT + 4 + displacement == CODE + 0x1000


def test_the_address_of_a_function_that_is_also_called_is_its_stub() -> None:
    code, displacement = calling("PLT32", FAR, taken=True)
    taken = int.from_bytes(code[AT + 7 : AT + 11], "little", signed=True)
    assert AT + 11 + taken == AT + 4 + displacement


def test_data_out_of_reach_says_how_to_compile() -> None:
    builder = ObjectBuilder()
    text = builder.text(b"\x48\x8b\x05" + bytes(61))  # mov stdout(%rip), %rax
    builder.function("f", text)
    builder.relocate(text, 3, TYPES["PC32"], builder.symbol("stdout"), -4)
    with pytest.raises(LinkError, match=r"0\.o: position-dependent code reads stdout, .* -fPIC"):
        link_objects(builder, symbols={"stdout": FAR})
    near = DATA + 0x8000
    image = link_objects(builder, symbols={"stdout": FAR, "exclave_near_stdout": near})
    assert CODE + 7 + read_int(image, CODE + 3, 4, signed=True) == near, "the stream's copy"


def test_data_out_of_reach_that_is_nobodys_copy_is_not_taken_for_a_function() -> None:
    builder = ObjectBuilder()
    text = builder.text(b"\x48\x8b\x05" + bytes(61))  # mov counter(%rip), %rax
    builder.function("f", text)
    builder.relocate(text, 3, TYPES["PC32"], builder.symbol("counter"), -4)
    with pytest.raises(FixupError, match=r"0\.o: \.text\+0x3: R_X86_64_PC32 to counter: .* -fPIC"):
        link_objects(builder, symbols={"counter": FAR})


# Each instruction with an address that it computes or stores, and one with an address that it reads through.
TAKES = ["lea", "mov r", "movq r", "movq (r)", "movq (r,r)", "movq 8(r)", "movq 8(r,r)", "movq 999(r)", "movq 999(r,r)",
         "movq x(rip)", "push", "cmp r", "cmpq 8(r)"]  # fmt: skip
CODES = {
    "lea": ("PC32", "48 8d 3d"), "mov r": ("32", "bf"), "movq r": ("32S", "48 c7 c7"), "movq (r)": ("32S", "48 c7 00"),
    "movq (r,r)": ("32S", "48 c7 04 18"), "movq 8(r)": ("32S", "48 c7 45 f8"), "movq 8(r,r)": ("32S", "48 c7 44 24 08"),
    "movq 999(r)": ("32S", "48 c7 87 e7 03 00 00"), "movq 999(r,r)": ("32S", "48 c7 84 24 e7 03 00 00"),
    "movq x(rip)": ("32S", "48 c7 05 00 00 00 00"), "push": ("32S", "68"), "cmp r": ("32S", "48 3d"),
    "cmpq 8(r)": ("32S", "48 81 7d f8"),
    "mov x(,r,8)": ("32S", "48 8b 04 c5"), "mov x": ("32S", "8b 04 25"), "mov x(rip)": ("PC32", "48 8b 05"),
    "add x(r)": ("32S", "48 03 87"),
}  # fmt: skip


def allocate_low(requests):
    """As below 2 GiB."""
    return [address - CODE + (1 << 24) for address in allocate(requests)]


@pytest.mark.parametrize("instruction", CODES)
def test_the_address_of_a_function_out_of_reach_is_its_stubs(instruction: str) -> None:
    kind, code = CODES[instruction]
    before = bytes.fromhex(code)
    builder = ObjectBuilder()
    text = builder.text(before + bytes(64 - len(before)))
    builder.function("f", text)
    addend = -4 if kind == "PC32" else 0
    builder.relocate(text, len(before), TYPES[kind], builder.symbol("puts"), addend)
    if instruction not in TAKES:
        with pytest.raises(FixupError, match="puts"):
            link_objects(builder, symbols={"puts": FAR}, place=allocate_low)
        return
    image = link_objects(builder, symbols={"puts": FAR}, place=allocate_low)
    code = next(segment for segment in image.segments if segment.zone == "code")
    value = int.from_bytes(code.content[len(before) : len(before) + 4], "little", signed=True)
    stub = value + (code.address + len(before) + 4 if kind == "PC32" else 0)
    assert bytes(code.content[stub - code.address :][:2]) == b"\xff\x25"


def test_what_is_in_reach_has_no_stub() -> None:
    builder = ObjectBuilder()
    text = builder.text(b"\xbf" + bytes(63))
    builder.function("f", text)
    builder.relocate(text, 1, TYPES["32"], builder.symbol("puts"))
    image = link_objects(builder, symbols={"puts": 0x1234})
    assert read_int(image, CODE + 1, 4) == 0x1234


@pytest.mark.parametrize("kind", ["32", "32S"])
def test_absolute_addresses_of_code_do_not_fit_32_bits(kind: str) -> None:
    builder = ObjectBuilder()
    text = builder.text()
    f = builder.function("f", text)
    builder.relocate(text, AT, TYPES[kind], f)
    with pytest.raises(FixupError, match=r"does not reach that far: compile with -fPIC") as caught:
        link_objects(builder)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.value, again.symbol, str(again)) == (CODE, "f", str(caught.value))


def test_weak_undefined_is_zero_by_every_way() -> None:
    builder = ObjectBuilder()
    text, data = builder.text(), builder.data()
    builder.function("f", text)
    builder.symbol("d", data, 0, 8)
    weak = builder.symbol("weak", binding="weak")
    builder.relocate(text, AT, TYPES["GOTPCREL"], weak, -4)
    builder.relocate(text, AT + 8, TYPES["PLT32"], weak, -4)
    builder.relocate(data, 0, TYPES["64"], weak)
    image = link_objects(builder)
    assert read_int(image, READONLY) == 0
    assert read_int(image, DATA) == 0
    assert CODE + AT + 12 + read_int(image, P + 8, 4, signed=True) == CODE + 64, "the call goes to a stub"


def test_table_entries_are_per_owner_and_target() -> None:
    def one(name: str) -> ObjectBuilder:
        builder = ObjectBuilder()
        text = builder.text()
        builder.function(name, text)
        for index, target in enumerate(("a", "b", "a")):
            builder.relocate(text, 8 * index, TYPES["GOTPCREL"], builder.symbol(f"{target}"), -4)
        return builder

    image = link_objects(one("f"), one("g"), owners=[1, 2], symbols={"a": 11, "b": 22})
    tables = [segment for segment in image.segments if segment.zone == "readonly"]
    assert [(t.owner, bytes(t.content)) for t in tables] == [
        (owner, (11).to_bytes(8, "little") + (22).to_bytes(8, "little")) for owner in (1, 2)
    ]


@pytest.mark.parametrize(
    "number", [n for n in range(1, 60) if not X86_64.known[n] and n not in X86_64.thread_local_kinds]
)
def test_unknown_types_are_told_by_name_and_count(number: int) -> None:
    builder = ObjectBuilder()
    text = builder.text()
    f = builder.function("f", text)
    builder.relocate(text, 0, number, f)
    builder.relocate(text, 8, number, f)
    with pytest.raises(UnsupportedRelocationError) as caught:
        parse_object(builder.build(), "odd.o")
    assert caught.value.types == {X86_64.kind_name(number): 2}
    assert "odd.o" in str(caught.value)


@pytest.mark.parametrize("number", sorted(X86_64.thread_local_kinds))
def test_thread_local_types_say_how_to_compile(number: int) -> None:
    builder = ObjectBuilder()
    text = builder.text()
    builder.relocate(text, 0, number, builder.symbol("v", type="tls"))
    with pytest.raises(LinkError, match=r"not supported yet: declare it without thread_local"):
        parse_object(builder.build(), "tls.o")
