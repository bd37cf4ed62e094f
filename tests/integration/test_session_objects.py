"""Real objects of real compilers, at every level and model, run in a worker."""

import itertools
import subprocess

import pytest
from exclave.controller import (
    DuplicateSymbolsError,
    LinkError,
    ObjectFormatError,
    UndefinedSymbolsError,
)
from support_tools import require_tool

PROGRAM = r"""
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int initialized_by_constructor;
__attribute__((constructor)) static void construct(void) { initialized_by_constructor = 11; }

static const char *const names[] = {"zero", "one", "two", "three"};
static int (*const table[])(int) = {abs, 0};
int common_value;
int __attribute__((weak)) weak_value(void) { return 3; }
static double weights[4] = {0.5, 1.5, 2.5, 3.5};
struct pair { long a; double b; } pairs[2] = {{1, 2.0}, {3, 4.0}};
struct pair *pair_pointer = &pairs[1];

static int compare(const void *x, const void *y) { return *(const int *)x - *(const int *)y; }

int choose(int n) {
  switch (n) {  /* a jump table */
    case 0: return 7; case 1: return 19; case 2: return 23; case 3: return 5;
    case 4: return 41; case 5: return 3; case 6: return 97; default: return -1;
  }
}

double work(int n) {
  int values[8] = {5, 3, 8, 1, 9, 2, 7, 4};
  qsort(values, 8, sizeof *values, compare);
  char *text = malloc(64);
  snprintf(text, 64, "%s-%d-%s", names[n & 3], values[n & 7], names[(n + 1) & 3]);
  double total = (double)strlen(text) + cos(0.0) + weights[n & 3] + pair_pointer->b + table[0](-n);
  free(text);
  common_value += n;
  return total + choose(n) + weak_value() + initialized_by_constructor + common_value;
}

int main(int argc, char **argv) {
  printf("%s %d %.1f\n", argv[0], argc, work(2));
  fprintf(stderr, "done\n");
  return choose(3);
}
"""
EXPECTED = len("two-3-three") + 1.0 + 2.5 + 4.0 + 2 + 23 + 3 + 11 + 2
MODELS = [
    ["-fPIC"], ["-fPIE"], ["-fno-pic"], ["-fno-pic", "-mcmodel=medium"], ["-fPIC", "-mcmodel=medium"],
    ["-fPIC", "-mcmodel=large"], ["-fno-pic", "-mcmodel=large"], ["-fPIC", "-ffunction-sections", "-fdata-sections", "-g"],
]  # fmt: skip
FLAGS = [
    [compiler, level, *model]
    for compiler, level, model in itertools.product(["gcc", "clang-19"], ["-O0", "-O1", "-O2", "-O3"], MODELS)
]


def compile_c(tmp_path, source, flags, name="p"):
    require_tool(flags[0])
    path, output = tmp_path / f"{name}.c", tmp_path / f"{name}.o"
    path.write_text(source)
    subprocess.run([flags[0], "-c", "-w", *flags[1:], "-o", output, path], check=True)
    return output


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_a_program_of_every_kind_of_data_gives_the_same_result(session, tmp_path, flags):
    session.add_object(compile_c(tmp_path, PROGRAM, flags))
    assert session.function("work", restype="double", argtypes=["int"])(2) == EXPECTED
    assert session.run_main(["p"], timeout=10) == 5
    assert session.stdout == f"p 1 {EXPECTED + 2:.1f}\n"
    assert session.stderr == "done\n"


POINTERS = r"""
#include <stdio.h>
#include <stdlib.h>
typedef int (*put)(const char *);
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static struct { put f; int (*g)(const void *, const void *); } table = {puts, compare};
int main(int argc, char **argv) {
    put local = puts, *heap = malloc(sizeof *heap);
    int values[] = {3, 1, 2};
    heap[0] = puts;
    local("local"), table.f("static"), heap[0]("heap");
    qsort(values, 3, sizeof *values, compare);
    fputs("written\n", stdout);
    return local == puts && heap[0] == puts ? values[2] : 9;
}
"""


@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("compiler", ["gcc", "clang-19"])
@pytest.mark.parametrize("model", [["-fno-pic"], ["-fPIE"], ["-fPIC"], ["-fno-pic", "-mcmodel=medium"]], ids=" ".join)
def test_addresses_of_functions_of_the_library(session, tmp_path, compiler, level, model):
    session.add_object(compile_c(tmp_path, POINTERS, [compiler, level, *model]))
    assert session.run_main(["p"], timeout=10) == 3
    assert session.stdout == "local\nstatic\nheap\nwritten\n"


def test_a_variable_of_the_library_that_has_no_copy_is_refused(session, tmp_path):
    source = "extern char **environ; char *first(void) { return environ[0]; }"
    session.add_object(compile_c(tmp_path, source, ["gcc", "-O2", "-fno-pic"]))
    with pytest.raises(LinkError, match=r"reads environ.*-fPIC"):
        session.lookup("first")
    session.add_ir("define i32 @fine() {\n  ret i32 1\n}\n")
    assert session.function("fine")() == 1


def test_the_reservation_is_in_reach_of_32_bits(session):
    assert all(zone.address + zone.size <= 1 << 31 for zone in session.opened.zones.values())


def test_no_pic_code_that_only_calls_and_reads_its_own_data_works(session, tmp_path):
    source = "int x = 4; int f(int n) { return n + x; } int g(int n) { return f(n) * 2; }"
    session.add_object(compile_c(tmp_path, source, ["gcc", "-O2", "-fno-pic"]))
    assert session.function("g", restype="i32", argtypes=["i32"])(3) == 14


def test_objects_and_ir_refer_to_each_other(session, tmp_path):
    session.add_object(
        compile_c(
            tmp_path, "int from_ir(int); int from_c(int n) { return from_ir(n) + 1; }", ["gcc", "-O2", "-fPIC"]
        ).read_bytes()
    )
    session.add_ir("define i32 @from_ir(i32 %n) {\n  %r = mul i32 %n, 3\n  ret i32 %r\n}\n")
    assert session.function("from_c", restype="i32", argtypes=["i32"])(5) == 16


def test_strong_weak_and_common_across_objects(session, tmp_path):
    flags = ["gcc", "-O2", "-fPIC", "-fcommon"]
    one = "int shared; int __attribute__((weak)) which(void) { return 1; } int ask(void) { return which() * 100 + shared; }"
    two = "int shared = 7; int which(void) { return 2; }"
    session.add_object(compile_c(tmp_path, one, flags, "one"))
    session.add_object(compile_c(tmp_path, two, flags, "two"))
    assert session.function("ask", restype="i32", argtypes=[])() == 207


def test_a_weak_reference_that_nobody_defines_is_null(session, tmp_path):
    source = "extern int maybe(void) __attribute__((weak)); int ask(void) { return maybe ? maybe() : 42; }"
    session.add_object(compile_c(tmp_path, source, ["gcc", "-O2", "-fPIC"]))
    assert session.function("ask", restype="i32", argtypes=[])() == 42


def test_archives_bring_only_what_is_needed(session, tmp_path):
    require_tool("ar")
    flags = ["gcc", "-O2", "-fPIC"]
    members = [
        compile_c(tmp_path, "int used(void) { return 8; }", flags, "used"),
        compile_c(tmp_path, "int missing(void); int unused(void) { return missing(); }", flags, "unused"),
    ]
    archive = tmp_path / "lib.a"
    subprocess.run(["ar", "rcs", archive, *members], check=True)
    assert len(session.add_archive(archive)) == 2
    session.add_object(compile_c(tmp_path, "int used(void); int ask(void) { return used() + 1; }", flags, "ask"))
    assert session.function("ask", restype="i32", argtypes=[])() == 9


def test_thin_and_whole_archives(session, tmp_path):
    require_tool("ar", "binutils")
    flags = ["gcc", "-O2", "-fPIC"]
    one = compile_c(tmp_path, "int one(void) { return 1; }", flags, "one")
    weak = compile_c(
        tmp_path,
        "int __attribute__((weak)) which(void) { return 10; } int two(void) { return which(); }",
        flags,
        "weak",
    )
    strong = compile_c(tmp_path, "int which(void) { return 20; }", flags, "strong")
    subprocess.run(["ar", "rcT", "thin.a", one.name], cwd=tmp_path, check=True)
    assert session.add_archive(tmp_path / "thin.a") == (f"{tmp_path}/thin.a({one.name})",)
    assert session.function("one", restype="i32", argtypes=[])() == 1
    subprocess.run(["ar", "rcs", "whole.a", weak.name, strong.name], cwd=tmp_path, check=True)
    assert len(session.add_archive(tmp_path / "whole.a", whole_archive=True)) == 2
    assert session.function("two", restype="i32", argtypes=[])() == 20
    with pytest.raises(DuplicateSymbolsError, match="which"):
        session.add_archive(tmp_path / "whole.a", whole_archive=True)
    with pytest.raises(LinkError, match="give its path instead of its bytes"):
        session.add_archive((tmp_path / "thin.a").read_bytes())


def test_thousands_of_sections_are_one_lookup(session, tmp_path):
    source = "".join(f"int f{i}(int n) {{ return n + {i}; }}\n" for i in range(2500)) + "int all(int n) { int t = 0;"
    source += "".join(f" t += f{i}(n);" for i in range(2500)) + " return t; }\n"
    session.add_object(compile_c(tmp_path, source, ["gcc", "-O0", "-fPIC", "-ffunction-sections"]))
    before = session.account.finalize_rpcs
    assert session.function("all", restype="i32", argtypes=["i32"])(1) == sum(i + 1 for i in range(2500))
    assert session.account.finalize_rpcs == before + 1


# -- objects that are none ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [b"", b"\x7fELF", b"garbage" * 100, b"\x7fELF" + b"\xff" * 500], ids=["empty", "magic", "text", "noise"]
)
def test_garbage_is_refused_when_it_is_added(session, data):
    with pytest.raises(ObjectFormatError):
        session.add_object(data)
    session.add_ir("define i32 @fine() {\n  ret i32 1\n}\n")
    assert session.function("fine")() == 1


def test_truncated_objects_never_get_through(session, tmp_path):
    data = compile_c(tmp_path, PROGRAM, ["gcc", "-O1", "-fPIC"]).read_bytes()
    for size in range(0, len(data) - 1, max(1, len(data) // 97)):
        with pytest.raises(LinkError):
            session.add_object(data[:size])


def test_an_executable_and_a_shared_library_say_what_they_are(session, tmp_path):
    require_tool("gcc")
    source = tmp_path / "p.c"
    source.write_text("int main(void) { return 0; }")
    for flags, words in ((["-fPIC", "-shared"], "shared"), (["-no-pie"], "executable")):
        subprocess.run(["gcc", *flags, "-o", tmp_path / "out", source], check=True)
        with pytest.raises(ObjectFormatError, match=words):
            session.add_object(tmp_path / "out")


def test_a_file_that_cannot_be_read(session, tmp_path):
    with pytest.raises(LinkError, match=r"cannot read .*No such file"):
        session.add_object(tmp_path / "missing.o")
    with pytest.raises(LinkError, match="cannot read"):
        session.add_object(tmp_path)


def test_duplicates_across_objects_are_refused(session, tmp_path):
    flags = ["gcc", "-O2", "-fPIC"]
    session.add_object(compile_c(tmp_path, "int f(void) { return 1; }", flags, "one"))
    with pytest.raises(DuplicateSymbolsError) as caught:
        session.add_object(compile_c(tmp_path, "int f(void) { return 2; }", flags, "two"))
    assert list(caught.value.definitions) == ["f"]
    assert session.function("f", restype="i32", argtypes=[])() == 1


def test_undefined_symbols_of_objects_name_the_functions_that_need_them(session, tmp_path):
    source = "int nowhere(int); extern int nothing; int caller(int n) { return nowhere(n) + nothing; }"
    session.add_object(compile_c(tmp_path, source, ["gcc", "-O2", "-fPIC"]))
    with pytest.raises(UndefinedSymbolsError) as caught:
        session.lookup("caller")
    assert caught.value.referrers == {"nothing": ("caller",), "nowhere": ("caller",)}


def test_thread_local_storage_says_what_to_do(session, tmp_path):
    path = compile_c(tmp_path, "__thread int t; int f(void) { return t; }", ["gcc", "-O2", "-fPIC"])
    with pytest.raises(LinkError, match="thread-local"):
        session.add_object(path)
