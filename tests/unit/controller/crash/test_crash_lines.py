"""Source lines of objects: against addr2line on the same code linked, and damaged objects."""

import io
import re
import subprocess

import pytest
from elftools.elf.elffile import ELFFile
from exclave.controller.crash.lines import LineTable
from hypothesis import given, settings
from hypothesis import strategies as st
from support_tools import require_tool

SOURCE = """
int first(int a) {
  int b = a * 3;

  return b + 1;
}
static inline int helper(int x) { return x / 3; }
int second(int a, int b) {
  for (int i = 0; i < b; i++)
    a += helper(a + i);
  return a;
}
"""


@pytest.fixture(scope="module", params=["-O0", "-O2 -ffunction-sections", "-O1 -gdwarf-4", "-O1 -gz"])
def folder(request, tmp_path_factory):
    for tool in ("gcc", "addr2line"):
        require_tool(tool)
    folder = tmp_path_factory.mktemp("lines")
    (folder / "source.c").write_text(SOURCE)
    flags = ["gcc", "-g", *request.param.split(), "-fPIC"]
    subprocess.run([*flags, "-c", "source.c", "-o", "source.o"], cwd=folder, check=True)
    subprocess.run(["gcc", "-shared", "source.o", "-o", "source.so"], cwd=folder, check=True)
    return folder


def functions(path):
    """Name, address, size, and offset in the file, of each function of a file."""
    elf = ELFFile(io.BytesIO(path.read_bytes()))
    for symbol in elf.get_section_by_name(".symtab").iter_symbols():
        if symbol["st_info"]["type"] == "STT_FUNC" and symbol.name in ("first", "second"):
            section = elf.get_section(symbol["st_shndx"])
            inside = symbol["st_value"] - section["sh_addr"]
            yield symbol.name, (symbol["st_value"], symbol["st_size"], section["sh_offset"] + inside)


def test_every_byte_of_code_has_the_line_that_addr2line_gives(folder):
    linked, table = dict(functions(folder / "source.so")), LineTable((folder / "source.o").read_bytes())
    for name, (_, size, offset) in functions(folder / "source.o"):
        addresses = [linked[name][0] + i for i in range(size)]
        done = subprocess.run(
            ["addr2line", "-e", "source.so", *map(hex, addresses)],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
        theirs = [int(re.search(r":(\d+)", line)[1]) for line in done.stdout.splitlines()]
        assert [table.at(offset + i).line for i in range(size)] == theirs
        assert table.at(offset).file == "source.c"


def test_bytes_that_are_no_code_have_no_line(folder):
    content = (folder / "source.o").read_bytes()
    table = LineTable(content)
    assert table.at(0) is None
    assert table.at(len(content)) is None


def test_an_object_without_debug_information(tmp_path):
    require_tool("gcc")
    (tmp_path / "source.c").write_text(SOURCE)
    subprocess.run(["gcc", "-c", "source.c", "-o", "source.o"], cwd=tmp_path, check=True)
    assert LineTable((tmp_path / "source.o").read_bytes()).at(0x40) is None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_objects_have_no_lines_or_others_but_no_errors(folder, data):
    content = bytearray((folder / "source.o").read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    LineTable(bytes(content[: data.draw(st.integers(0, len(content)))])).at(0x40)
