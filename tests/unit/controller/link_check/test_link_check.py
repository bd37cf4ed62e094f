"""The check language: what parts of it mean, what is refused and where, and that nothing else comes out."""

from __future__ import annotations

import re
import struct

import pytest
from exclave.controller.errors import CheckError
from exclave.controller.link import LinkedImage
from exclave.controller.link_check import check_image, update_expectations
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support_elf import ALLOC, CODE, DATA, FAR, NOBITS, READONLY, WRITE, ObjectBuilder, link_objects

R_64, R_PC32, R_PLT32, R_GOTPCREL = 1, 2, 4, 9
# call far; mov near@GOTPCREL(%rip), %rax; mov $0x12345678, %ecx; ret
TEXT = b"\xe8" + bytes(4) + b"\x48\x8b\x05" + bytes(4) + b"\xb9\x78\x56\x34\x12" + b"\xc3" + bytes(14)


def builder() -> ObjectBuilder:
    """f calls far and loads near's GOT entry; table has numbers and a pointer; zeros are zero fill."""
    one = ObjectBuilder()
    text, data = one.text(TEXT), one.data(struct.pack("<QqHH", 0, -2, 0xFFFE, 0x1234) + bytes(4), "numbers")
    bss = one.section(".bss", b"", ALLOC | WRITE, NOBITS, 16, 64)
    one.function("f", text, 0, 18)
    far, near = one.symbol("far"), one.symbol("near", data, 8, 8)
    one.symbol("table", data, 0, 24)
    one.symbol("zeros", bss, 0, 64)
    one.symbol("odd name", text, 17)
    one.symbol("inner", data, 16, 2, binding="local")
    one.relocate(text, 1, R_PLT32, far, -4)
    one.relocate(text, 8, R_GOTPCREL, near, -4)
    one.relocate(data, 0, R_64, near, 1)
    return one


IMAGE = link_objects(builder(), symbols={"far": FAR})


def holds(text: str, image: LinkedImage = IMAGE) -> bool:
    (result,) = check_image(image, f"# check: {text}", "x.s")
    return result.passed


def failure(text: str, image: LinkedImage = IMAGE) -> CheckError:
    with pytest.raises(CheckError) as caught:
        check_image(image, text, "x.s")
    return caught.value


@pytest.mark.parametrize("text", [
    "1 = 1",
    "0x10 = 16",
    "0b101 = 5",
    "-1 = 0xffffffffffffffff",
    "0 - 1 = -1",
    "0xffffffffffffffff + 2 = 1",
    "1 + 2 - 4 = -1",
    "10 - (2 + 3) = 5",
    "0xff & 0x1f & 0x33 = 0x13",
    "0x10 | 3 = 0x13",
    "1 << 63 = 0x8000000000000000",
    "(1 << 63) << 1 = 0",
    "-1 >> 60 = 0xf",
    "0x1234[15:8] = 0x12",
    "(0x1234[15:8])[3:0] = 2",
    "-1[63:0] = -1",
    "(0x10 + 2)[4:4] = 1",
    "1 != 2",
    "1 < 2",
    "2 <= 2",
    "1 < -1",
    "f = 0x1000000000",
    '"odd name" = f + 17',
    "far = 0x7f0000000000",
    "near = table + 8",
    "*{8}table = near + 1",
    "*{8s}near = -2",
    "*{8}near = 0xfffffffffffffffe",
    "*{2}inner = 0xfffe",
    "*{2s}inner = -2",
    "*{1s}inner = -2",
    "*{4}(inner) = 0x1234fffe",
    "(*{4}inner)[31:16] = 0x1234",
    "*{2}((*{8}table) + 7) = 0xfffe",
    "*{8}zeros = 0",
    "*{1}(zeros + 63) = 0",
    "next_pc(f) = f + 5",
    "next_pc(next_pc(f)) = f + 12",
    "decode_operand(f, 0) = stub_addr(far)",
    "decode_operand(f + 5, 1) = got_addr(near) - next_pc(f + 5)",
    "decode_operand(f + 12, 1) = 0x12345678",
    "*{8}got_addr(far) = far",
    "got_addr(0.o, near) = got_addr(near)",
    "stub_addr(0.o, far) = stub_addr(far)",
    "section_addr(.text) = f",
    "section_addr(0.o, numbers) = table",
    "section_size(.bss) = 64",
    "section_size($__GOT) = 16",
    "sizeof(f) = 18",
    "sizeof(inner) = 2",
    "defined(f) = 1",
    "defined(far) = 0",
    "defined(nobody) = 0",
])  # fmt: skip
def test_holds(text: str) -> None:
    # An object's name that begins with a digit must be quoted.
    assert holds(text.replace("(0.o", '("0.o"'))


@pytest.mark.parametrize("text", ["1 = 2", "f = f + 1", "1 != 1", "2 < 2", "-1 < 1", "3 <= 2", "*{8}near = ?"])
def test_does_not_hold(text: str) -> None:
    assert not holds(text)


@pytest.mark.parametrize(("text", "column", "message"), [
    ("", 9, "expected a number, a name, '(' or '*{', found the end"),
    ("f", 10, "expected =, !=, < or <=, found the end"),
    ("f =", 12, "expected a number, a name"),
    ("f = 1 2", 15, "expected an operator (+ - & | << >>) or the end, found '2'"),
    ("f = (1 + 2", 19, "expected ), found the end"),
    ("f == 1", 12, "found '='"),
    ("f ~ 1", 11, "'~' means nothing in a check"),
    ("f = \u0661", 13, "means nothing"),
    ("f = 010", 13, "begins with a zero"),
    ("f = 0x10000000000000000", 13, "more than 64 bits"),
    ("f = " + "9" * 5000, 13, "more than 64 bits"),
    ("f + 1 & 2 = 3", 15, "+ and then &: say with parentheses"),
    ("f << 1 >> 2 = 3", 16, "<< and then >>"),
    ("*{3}f = 1", 11, "a load is of 1, 2, 4 or 8 bytes"),
    ("*{4u}f = 1", 12, "expected }, found 'u'"),
    ("*{4}f + 1 = 1", 15, "+ behind a load may mean its value or its address"),
    ("*{4}(f)[3:0] = 1", 16, "[ behind a load"),
    ("f[0:3] = 1", 10, "[0:3] are none"),
    ("f[64:0] = 1", 10, "[64:0] are none"),
    ("f[f:0] = 1", 11, "expected a number, found 'f'"),
    ("where(f) = 1", 9, "no function where; there are next_pc, decode_operand, got_addr"),
    ("got_addr() = 1", 9, "got_addr([object,] symbol) with 0 arguments"),
    ("got_addr(a, b, c) = 1", 9, "with 3 arguments"),
    ("got_addr(1) = 1", 18, "expected the name of a symbol"),
    ("got_addr(1, f) = 1", 18, "expected the name of an object"),
    ("section_addr(f + 1) = 1", 22, "expected the name of a section"),
    ("decode_operand(f, f) = 1", 27, "expected a number"),
    ("? = 1", 9, "found '?'"),
    ("f != ?", 14, "? can be what something is equal to"),
    ("f = ? + 1", 15, "expected an operator"),
    ("(" * 51 + "1", 59, "more than 50 deep"),
])  # fmt: skip
def test_cannot_be_read(text: str, column: int, message: str) -> None:
    error = failure(f"\n# check: {text}")
    assert message in str(error)
    assert (error.file, error.line, error.column) == ("x.s", 2, column + 1)
    assert f"x.s:2:{error.column}: " in str(error)


@pytest.mark.parametrize(("text", "column", "message"), [
    ("g = 1", 9, "no symbol g in the image (or it was pruned); there are f, far, inner, near, odd name, table, zeros"),
    ("f = tabel", 13, "no symbol tabel in the image (or it was pruned); there are table"),
    ("*{4}0 = 1", 9, "4 bytes at 0x0 are not all in one segment of the image: code 0x1000000000..0x10000000"),
    ("*{8}(zeros + 60) = 0", 9, "8 bytes at"),
    ("*{4}far = 0", 9, "4 bytes at 0x7f0000000000"),
    ("1 << 64 = 0", 14, "a shift by 64 bits"),
    ("1 >> f = 0", 14, "a shift by"),
    ("next_pc(far) = 0", 9, "no instruction at 0x7f0000000000: no segment of the image"),
    ("decode_operand(f, 1) = 0", 9, "operand 1 of 'call 0x"),
    ("decode_operand(f + 5, 0) = 0", 9, "operand 0 of 'mov rax, qword ptr [rip + 0x"),
    ("got_addr(f) = 0", 9, "no GOT entry for f; there is one for far, near"),
    ("stub_addr(f) = 0", 9, "no stub for f; there is one for far"),
    ("got_addr(b, far) = 0", 9, "no object b; there are 0.o"),
    ("section_addr(.data) = 0", 9, "no section .data in the image; there are $__GOT, $__STUBS, .bss, .text, numbers"),
    ("sizeof(g) = 0", 9, "no symbol g"),
])  # fmt: skip
def test_cannot_be_evaluated(text: str, column: int, message: str) -> None:
    error = failure(f"# check: {text}")
    assert message in str(error)
    assert (error.line, error.column) == (1, column + 1)


def test_all_wrong_lines_are_told_at_once() -> None:
    error = failure("# check: f = (\n# check: 1 = 1\n  // check: f 1\n")
    assert str(error).splitlines() == [
        "2 checks cannot be read or evaluated:",
        "x.s:1:15: expected a number, a name, '(' or '*{', found the end",
        "    f = (",
        "         ^",
        "x.s:3:15: expected =, !=, < or <=, found '1'",
        "    f 1",
        "      ^",
    ]
    assert error.line == 1
    both = str(failure("# check: g = 1\n# check: h = 1"))
    assert "x.s:1:10: no symbol g" in both
    assert "x.s:2:10: no symbol h" in both


@pytest.mark.parametrize(
    "line", ["# check: 1 = 1", "check:1=1", "\t//check: 1 = 1", "; check: 1 = 1  ", "@ check: 1 = 1\r"]
)
def test_lines_that_are_checks(line: str) -> None:
    assert [result.passed for result in check_image(IMAGE, f"x\n{line}\n", "x.s")] == [True]


@pytest.mark.parametrize("line", ["# the check: 1 = 2", "checks: 1 = 2", "# ## check: 1 = 2", "mov # check: 1 = 2", ""])
def test_lines_that_are_not(line: str) -> None:
    assert check_image(IMAGE, line, "x.s") == []


def test_a_failure_names_both_sides_and_their_parts() -> None:
    (result,) = check_image(IMAGE, "\n# check: *{8}(table + 8) = got_addr(near) - next_pc(f) + 1", "x.s")
    assert result.explain().splitlines() == [
        "x.s:2: does not hold: *{8}(table + 8) = got_addr(near) - next_pc(f) + 1",
        "    left   0xfffffffffffffffe (-0x2)  *{8}(table + 8)",
        "    right  0x10000004  got_addr(near) - next_pc(f) + 1",
        f"    table = {DATA:#x}",
        f"    got_addr(near) = {READONLY + 8:#x}",
        f"    f = {CODE:#x}",
        f"    next_pc(f) = {CODE + 5:#x}",
    ]


def test_what_holds_and_what_is_not_stated_say_so() -> None:
    first, second = check_image(IMAGE, "# check: f = f\n# check: *{2}inner = ?", "x.s")
    assert first.explain().startswith("x.s:1: holds: f = f\n")
    assert "is not stated yet" in second.explain()
    assert "left   0xfffe  *{2}inner" in second.explain()


def test_local_symbols_with_one_name() -> None:
    one = builder()
    one.symbol("inner", 1, 3, binding="local")
    one.symbol("f", 1, 4, binding="local")
    image = link_objects(one, symbols={"far": FAR})
    assert f"2 local symbols are called inner, at {DATA + 16:#x}, {CODE + 3:#x}" in str(
        failure("# check: inner = 1", image)
    )
    assert holds(f"f = {CODE}", image)  # the one that others see comes first


def test_entries_and_sections_of_two_owners() -> None:
    first, second = ObjectBuilder(), ObjectBuilder()
    for one, name in ((first, "fa"), (second, "fb")):
        one.function(name, one.text(TEXT))
        one.relocate(1, 1, R_PLT32, one.symbol("far"), -4)
    image = link_objects(first, second, symbols={"far": FAR}, owners=[1, 2])
    for text in ("got_addr(far)", "stub_addr(far)", "section_addr(.text)", "section_addr($__GOT)"):
        assert "say of which object, as the first argument" in str(failure(f"check: {text} = 0", image))
    for number, name in enumerate(("fa", "fb")):
        assert holds(f'decode_operand({name}, 0) = stub_addr("{number}.o", far)', image)
        assert holds(f'section_addr("{number}.o", .text) = {name}', image)
        assert holds(f'section_addr("{number}.o", $__GOT) = got_addr("{number}.o", far)', image)
    assert "no section .data of 1.o" in str(failure('check: section_addr("1.o", .data) = 0', image))
    assert "no GOT entry for fa of 1.o" in str(failure('check: got_addr("1.o", fa) = 0', image))


def test_of_several_definitions_the_one_that_won_is_meant() -> None:
    first, second = ObjectBuilder(), ObjectBuilder()
    for one in (first, second):
        one.symbol("w", one.data(bytes([one is second] * 8)), binding="weak")
    assert holds("*{1}w = 0", link_objects(first, second))


def test_pruned_symbols_are_not_there() -> None:
    one = builder()
    one.symbol("other", one.text(name=".text.other"))
    image = link_objects(one, symbols={"far": FAR}, roots={"f"})
    assert holds("defined(other) = 0", image)
    assert "no symbol other in the image (or it was pruned)" in str(failure("check: other = 0", image))


def test_weak_symbols_that_nobody_defines_are_0() -> None:
    one = ObjectBuilder()
    one.relocate(one.data(), 0, R_64, one.symbol("hook", binding="weak"))
    one.symbol("root", 1)
    image = link_objects(one)
    assert holds("hook = 0", image)
    assert holds("defined(hook) = 0", image)


def test_a_folded_image() -> None:
    image = link_objects(builder(), symbols={"far": FAR})
    image.fold()
    assert holds("*{8}table = near + 1", image)


def updated(text: str) -> str:
    return update_expectations(text, check_image(IMAGE, text, "x.s"))


@pytest.mark.parametrize(("before", "after"), [
    ("# check: *{2}inner = ?", "# check: *{2}inner = 0xfffe"),
    ("# check: *{2}inner = 5", "# check: *{2}inner = 0xfffe"),
    ("  // check:*{2s}inner=-1", "  // check:*{2s}inner=-0x2"),
    ("# check: *{2s}(inner + 2) = ?  ", "# check: *{2s}(inner + 2) = 0x1234  "),
    ("# check: *{2}inner = 65534", "# check: *{2}inner = 65534"),  # right as it is
    ("# check: *{2}inner = near", "# check: *{2}inner = near"),  # a formula is what somebody means
    ("# check: *{2}inner = 1 + 1", "# check: *{2}inner = 1 + 1"),
    ("# check: *{2}inner = (1)", "# check: *{2}inner = (1)"),
    ("# check: *{2}inner != 0xfffe", "# check: *{2}inner != 0xfffe"),
    ("# check: *{2}inner < 4", "# check: *{2}inner < 4"),
])  # fmt: skip
def test_update(before: str, after: str) -> None:
    assert updated(f"first\n{before}\r\n\nlast") == f"first\n{after}\r\n\nlast"
    assert updated(updated(before)) == updated(before)


def test_update_of_several_lines() -> None:
    text = updated("# check: *{2}inner = ?\n# check: f = ?\n")
    assert text == "# check: *{2}inner = 0xfffe\n# check: f = 0x1000000000\n"
    assert all(result.passed for result in check_image(IMAGE, text, "x.s"))


PIECES = [
    "f", "table", "near", "far", "inner", "zeros", "nobody", ".text", "numbers", "1", "0x10", "-", "+", "&", "|", "<<", ">>",
    "(", ")", "[", ":", "]", ",", "*{", "}", "s", "=", "!=", "<", "<=", "?", "next_pc(", "decode_operand(", "got_addr(",
    "stub_addr(", "section_addr(", "sizeof(", "defined(", '"', " ", "4", "8", "63",
]  # fmt: skip


@settings(deadline=None)  # others use this machine too
@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)))
@example("(" * 10_000)
@example("1" + "+1" * 10_000 + " = 10001")
@example("*{8}(" * 40 + "f" + ")" * 40 + " = 0")
@example("f[0:0]" + "[0:0]" * 5000 + " = 0")
@example('"')
def test_any_text_gives_results_or_the_documented_error(text: str) -> None:
    try:
        results, wrong = check_image(IMAGE, f"# check: {text}", "x.s"), ""
    except CheckError as error:
        results, wrong = [], str(error)
    assert results or re.search(r"x\.s:\d+:\d+: ", wrong)
    assert all(result.explain() for result in results)
    assert isinstance(update_expectations(f"# check: {text}", results), str)
