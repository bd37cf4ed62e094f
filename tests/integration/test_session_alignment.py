"""Alignments above a page, in all zones, from IR and objects, near and from afar; and graphs whose parts lie far apart."""

from __future__ import annotations

import subprocess

import pytest
from exclave.controller import LinkError
from support_tools import require_tool

KIB, MIB = 1 << 10, 1 << 20
ALIGNMENTS = (4 * KIB, 8 * KIB, 64 * KIB, 2 * MIB)


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture
def session(executor):
    with executor.session() as opened:
        yield opened


def aligned_ir(alignment: int, number: int) -> str:
    """A function, a constant and a variable of an alignment; the function has a page of its own and reads both."""
    return f"""
@table_{number} = constant [3 x i64] [i64 {number}, i64 10, i64 20], align {alignment}
@cell_{number} = global [2 x i64] [i64 100, i64 200], align {alignment}
@zeros_{number} = global [5000 x i8] zeroinitializer, align {alignment}
@small_{number} = constant i8 1
define i64 @f_{number}() align {alignment} {{
  %a = load volatile i64, ptr @table_{number}
  %b = load volatile i64, ptr @cell_{number}
  %p = getelementptr i8, ptr @zeros_{number}, i64 4992
  %c = load volatile i64, ptr %p
  %s = load volatile i8, ptr @small_{number}
  %s64 = zext i8 %s to i64
  %ab = add i64 %a, %b
  %abc = add i64 %ab, %c
  %r = add i64 %abc, %s64
  ret i64 %r
}}
"""


@pytest.mark.parametrize("alignment", ALIGNMENTS)
def test_ir_is_aligned_in_all_zones(session, alignment):
    for number in range(3):
        session.add_ir(aligned_ir(alignment, number))
        session.add_ir(f"define i8 @odd_{number}() {{ ret i8 1 }}")
        session.lookup(f"odd_{number}")  # so that the next free place is nowhere special
        names = [f"{name}_{number}" for name in ("f", "table", "cell", "zeros")]
        assert [int(at) % alignment for at in session.lookup(names).values()] == [0, 0, 0, 0]
    assert [session.function(f"f_{number}")() for number in range(3)] == [101, 102, 103]


def test_all_alignments_in_one_lookup_and_again_where_something_was_removed(session):
    numbers = list(enumerate(ALIGNMENTS * 2))
    trackers = [session.add_ir(aligned_ir(alignment, number)) for number, alignment in numbers]
    found = session.lookup([f"{name}_{number}" for number, _ in numbers for name in ("f", "table", "cell", "zeros")])
    for number, alignment in numbers:
        assert all(int(found[f"{name}_{number}"]) % alignment == 0 for name in ("f", "table", "cell", "zeros"))
    for tracker in trackers[::2]:
        tracker.remove()
    for number, alignment in numbers[::2]:
        session.add_ir(aligned_ir(alignment, number))
        assert int(session.lookup(f"f_{number}")) % alignment == 0
    assert [session.function(f"f_{number}")() for number, _ in numbers] == [101 + number for number, _ in numbers]


SOURCE = """
#define A __attribute__((aligned(ALIGN)))
A static const long table[4] = {1, 2, 3, 4};
A static long cell[2] = {50, 60};
A static char zeros[70000];
A long f(void);
const void *places[] = {table, cell, zeros, (const void *)f};
long g(void) { return ((long)table | (long)cell | (long)zeros | (long)f) % ALIGN; }
long f(void) { return table[3] + cell[1] + zeros[69999] + (places[0] == table) + g(); }
"""


@pytest.mark.parametrize("alignment", ALIGNMENTS)
@pytest.mark.parametrize("options", [["-fPIC"], ["-fno-pic"], ["-ffunction-sections", "-fdata-sections", "-O2"]])
def test_objects_are_aligned(session, tmp_path, alignment, options):
    gcc = require_tool("gcc")
    (tmp_path / "a.c").write_text(SOURCE)
    target = ["-c", "a.c", "-o", "a.o"]
    subprocess.run([gcc, *options, f"-DALIGN={alignment}", *target], cwd=tmp_path, check=True)
    session.add_object(tmp_path / "a.o")
    assert session.function("g", "i64", [])() == 0
    assert session.function("f", "i64", [])() == 65


def test_aligned_objects_survive_a_rebuild_on_a_larger_reservation(session):
    session.add_ir(aligned_ir(2 * MIB, 5))
    f = session.function("f_5")
    assert f() == 106
    session.grow(1200 * MIB)
    assert (f(), int(session.lookup("f_5")) % (2 * MIB)) == (106, 0)


FAR = """
extern char first[FIRST], second[SECOND];
char first[FIRST], second[SECOND] __attribute__((aligned(2097152)));
static const long table[3] = {7, 8, 9};
static long relative(long i) {
  switch (i) { case 0: return 10; case 1: return 21; case 2: return 35; case 3: return 43; case 4: return 58; }
  return table[i % 3];
}
long f(long i) {
  first[FIRST - 1] = 1; second[0] = 2; second[SECOND - 1] = 3;
  return relative(i) + table[2] + first[0] + first[FIRST - 1] + second[0] + second[SECOND - 1];
}
"""


def add_far(session, folder, size, options):
    (folder / "far.c").write_text(FAR)
    sizes = [f"-DFIRST={size}u", f"-DSECOND={size}u"]
    command = [require_tool("gcc"), *options, *sizes, "-c", "far.c", "-o", "far.o"]
    subprocess.run(command, cwd=folder, check=True)
    session.add_object(folder / "far.o")


ROOMS = [(768 * MIB, 250 * MIB), (1600 * MIB, 560 * MIB), (2048 * MIB, 760 * MIB)]
KINDS = [["-fPIC"], ["-fPIE", "-O2"], ["-fno-pic"]]


@pytest.mark.parametrize(
    ("room", "options"), [(room, kind) for room in ROOMS for kind in KINDS if (room, kind) != (ROOMS[-1], KINDS[-1])]
)
def test_fixups_reach_from_one_end_of_a_reservation_to_the_other(executor, tmp_path, room, options):
    """Nothing of the zeros is committed but the pages that are touched."""
    reservation, size = room
    with executor.session(reservation=reservation) as opened:
        add_far(opened, tmp_path, size, options)
        f = opened.function("f", "i64", ["i64"])
        assert [f(0), f(3), f(5)] == [10 + 9 + 6, 43 + 9 + 6, 9 + 9 + 6]
        places = opened.lookup(["first", "second", "f"])
        assert max(places.values()) - min(places.values()) > size
        assert int(places["second"]) % (2 * MIB) == 0


def test_what_is_position_dependent_needs_a_reservation_that_lies_below_2_gib(executor, tmp_path):
    """Of 2 GiB none does: the linker refuses, and does not cut addresses off."""
    with executor.session(reservation=2048 * MIB) as opened:
        add_far(opened, tmp_path, MIB, ["-fno-pic"])
        with pytest.raises(LinkError, match="R_X86_64_32"):
            opened.lookup("f")
