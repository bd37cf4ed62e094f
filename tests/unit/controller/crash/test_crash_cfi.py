"""Call frame information, against another reader of it and against bytes that make no sense."""

import io
import subprocess

import pytest
from elftools.elf.elffile import ELFFile
from exclave.controller.crash.cfi import CfiError, parse_frames
from hypothesis import given, settings
from hypothesis import strategies as st
from support_tools import require_tool

SOURCE = r"""
#include <stdlib.h>
#include <string.h>
#include <alloca.h>
struct big { long words[9]; };
__attribute__((noinline)) long leaf(long a) { return a * 3; }
long calls(long a, long b) { long c = leaf(a); return leaf(b) + c; }
long frame(long n) { char *p = alloca(n); memset(p, (int)n, n); return leaf(p[n / 2]); }
long many(long a, long b, long c, long d, long e) {
  long x = leaf(a), y = leaf(b), z = leaf(c), w = leaf(d), v = leaf(e);
  if (x > y) { long *t = malloc(80); t[3] = z; x += leaf(t[3] + w); free(t); }
  return x + y + z + w + v;
}
struct big by_value(struct big b, long n) { for (int i = 0; i < 9; i++) b.words[i] += leaf(n); return b; }
int main(int argc, char **argv) { struct big b = {{argc}}; return (int)by_value(b, many(1, 2, 3, 4, frame(argc))).words[1]; }
"""


@pytest.fixture(scope="module", params=["-O0", "-O1", "-O2", "-O2 -fomit-frame-pointer", "-Os"])
def program(request, tmp_path_factory):
    require_tool("gcc")
    folder = tmp_path_factory.mktemp("cfi")
    (folder / "p.c").write_text(SOURCE)
    subprocess.run(["gcc", *request.param.split(), "p.c", "-o", "p"], cwd=folder, check=True)
    return (folder / "p").read_bytes()


def theirs(elf):
    """Start, size and decoded table of each description, as pyelftools has them."""
    for entry in elf.get_dwarf_info().EH_CFI_entries():
        if type(entry).__name__ == "FDE":
            yield entry.header["initial_location"], entry.header["address_range"], entry.get_decoded().table


def test_every_row_is_what_another_reader_says(program):
    elf = ELFFile(io.BytesIO(program))
    section = elf.get_section_by_name(".eh_frame")
    ours = {frame.start: frame for frame in parse_frames(section.data(), section["sh_addr"])}
    checked = 0
    for start, size, table in theirs(elf):
        frame = ours[start]
        assert frame.end - frame.start == size
        for line in table:
            if line["cfa"].expr is not None:
                with pytest.raises(CfiError):
                    frame.row_at(line["pc"])
                continue
            row = frame.row_at(line["pc"])
            assert (row.cfa_register, row.cfa_offset) == (line["cfa"].reg, line["cfa"].offset)
            rules = {n: rule.arg for n, rule in line.items() if isinstance(n, int) and rule.type == "OFFSET"}
            assert {n: rule.value for n, rule in row.rules.items() if rule.kind == "offset"} == rules
            checked += 1
    assert checked > 10


def frames_of(program):
    section = ELFFile(io.BytesIO(program)).get_section_by_name(".eh_frame")
    return section.data(), section["sh_addr"]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_sections_are_told_and_do_nothing_else(data):
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read_all(bytes(content[: data.draw(st.integers(0, len(content)))]))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(content):
    read_all(content)


def read_all(content):
    try:
        for frame in parse_frames(content, 0x1000):
            frame.row_at(frame.start)
            frame.row_at(max(frame.end - 1, 0))
    except CfiError:
        pass


GOOD = bytes.fromhex(
    # a CIE "zR", an FDE with pushes and a CFA that changes, and the terminator
    "1400000000000000017a5200017810011b0c070890010000"
    "240000001c00000000f0ffff4000000000410e108602430d06"
    "500c07084102ff0a0b0000000000000000"
    "00000000"
)


def test_the_good_one_is_good():
    (frame,) = parse_frames(GOOD[: 4 + 0x14 + 4 + 0x24] + bytes(4), 0x1000)
    row = frame.row_at(frame.start + 4)
    assert (row.cfa_register, row.cfa_offset) == (6, 16)
    assert {n: (rule.kind, rule.value) for n, rule in row.rules.items()} == {16: ("offset", -8), 6: ("offset", -16)}
