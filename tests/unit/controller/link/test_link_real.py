"""Compilers' own objects, linked by us and run: GOT, stubs, frames, initializers, code models, C++ exceptions.

Each program runs in a process of its own (support_link_run.py), which maps pages writable, then executable.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support_tools import require_tool

RUNNER = Path(__file__).resolve().parents[3] / "support_link_run.py"

C_MAIN = r"""
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
extern int other(int);
extern int shared;
extern long table[];
int common_value __attribute__((common));
static int counter = 3;
extern int missing(void) __attribute__((weak));
const char *names[] = {"a", "bb", "ccc"};
int (*volatile pointer)(int) = other;
__attribute__((weak)) int weakly(void) { return 1; }
static int order;
__attribute__((constructor(200))) static void second(void) { order = order * 10 + 2; }
__attribute__((constructor(101))) static void first(void) { order = order * 10 + 1; }
__attribute__((constructor)) static void last(void) { order = order * 10 + 3; }
struct item { int a, b; };
__attribute__((section("items"), used)) static struct item one = {1, 2};
__attribute__((section("items"), used)) static struct item two = {3, 4};
extern struct item __start_items[], __stop_items[];
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
long basic(long x) {
    char text[64];
    snprintf(text, sizeof text, "%ld-%s", x, names[x % 3]);
    return strlen(text) + other(x) + pointer(1) + shared + common_value + counter++;
}
long weak(void) { return weakly() * 10 + (missing ? 1 : 0); }
long initialized(void) { return order; }
long entry(long i) { return table[i]; }
long sorted(void) {
    int values[] = {5, 3, 9, 1};
    qsort(values, 4, sizeof values[0], compare);
    return values[0] * 1000 + values[1] * 100 + values[2] * 10 + values[3];
}
long choose(long x) {
    switch (x) {
    case 0: return 11; case 1: return 22; case 2: return 35; case 3: return 47;
    case 4: return 51; case 5: return 66; case 6: return 79; default: return -1;
    }
}
long root(long x) { return (long)(sqrt((double)x) * 1000 + 0.5); }
long standard(void) { return fputs("", stdout) >= 0; }
long sum_items(void) {
    long sum = 0;
    for (struct item *i = __start_items; i < __stop_items; i++) sum += i->a * 10 + i->b;
    return sum;
}
"""
C_OTHER = """
int shared = 40;
int common_value __attribute__((common));
long table[4] = {7, 8, 9, 10};
int weakly(void) { return 2; }
int other(int x) { return x * 2 + table[0]; }
"""
C_CALLS = [["basic", 5], ["weak"], ["initialized"], ["entry", 2], ["sorted"], ["choose", 3], ["choose", 5], ["root", 2],
           ["standard"], ["sum_items"]]  # fmt: skip
C_RESULTS = [74, 20, 123, 9, 1359, 47, 66, 1414, 1, 46]

CXX_MAIN = r"""
#include <stdexcept>
#include <string>
template <class T> T larger(T a, T b) { return a > b ? a : b; }
struct Global { int value; Global() : value(42) {} ~Global() { value = 0; } };
static Global global;
extern "C" long thrower(long x);
extern "C" long caught(long x) {
    try {
        if (x < 0) throw std::runtime_error("neg");
        return thrower(x);
    } catch (const std::exception &e) { return std::string(e.what()).size(); } catch (int i) { return i; }
}
extern "C" long constructed() { return global.value + larger<int>(3, 4); }
struct Base { virtual ~Base() {} virtual long f() { return 1; } };
struct Derived : Base { long f() override { return 2; } };
extern "C" long virtually(long x) {
    Base *b = x ? new Derived : new Base;
    long r = b->f() + (dynamic_cast<Derived *>(b) ? 10 : 0);
    delete b;
    return r;
}
"""
CXX_OTHER = r"""
#include <vector>
template <class T> T larger(T a, T b) { return a > b ? a : b; }
static long destroyed;
struct Guard { ~Guard() { ++destroyed; } };
extern "C" long thrower(long x) {
    Guard guard;
    if (x == 1) throw 77;
    std::vector<int> v(x);
    if (x == 2) v.at(5);
    return larger<int>(x, 5) * 100 + destroyed;
}
"""
CXX_CALLS = [
    ["caught", -1],
    ["caught", 1],
    ["caught", 2],
    ["caught", 9],
    ["constructed"],
    ["virtually", 0],
    ["virtually", 1],
]
CXX_RESULTS = [3, 77, 69, 902, 46, 1, 12]

FLAGS = ["-fPIC", "-fPIC -ffunction-sections -fdata-sections", "-fPIC -fno-plt", "-fPIC -mcmodel=medium",
         "-fPIC -mcmodel=large", "-fno-pic -mcmodel=large"]  # fmt: skip


def run(objects: list[Path], calls: list[list[object]], **job: object) -> dict[str, object]:
    """Link and call in another process."""
    text = json.dumps({"objects": [str(path) for path in objects], "calls": calls} | job)
    done = subprocess.run([sys.executable, RUNNER, text], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result


def compiled(tool: str, sources: list[str], flags: str, folder: Path, suffix: str = "c") -> list[Path]:
    objects = []
    for number, text in enumerate(sources):
        source = folder / f"{number}.{suffix}"
        source.write_text(text)
        objects.append(source.with_suffix(".o"))
        subprocess.run([tool, *flags.split(), "-w", "-c", source, "-o", objects[-1]], check=True, timeout=60)
    return objects


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("optimize", ["-O0", "-O2", "-O3"])
@pytest.mark.parametrize("compiler", ["gcc", "clang-19"])
def test_c(compiler: str, optimize: str, flags: str, tmp_path: Path) -> None:
    objects = compiled(require_tool(compiler), [C_MAIN, C_OTHER], f"{optimize} {flags}", tmp_path)
    assert run(objects, C_CALLS)["results"] == C_RESULTS


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("compiler", ["g++", "clang++-19"])
def test_cxx(compiler: str, flags: str, tmp_path: Path) -> None:
    package = compiler.replace("++", "") if compiler.startswith("clang") else compiler
    objects = compiled(require_tool(compiler, package), [CXX_MAIN, CXX_OTHER], f"-O2 {flags}", tmp_path, "cc")
    assert run(objects, CXX_CALLS)["results"] == CXX_RESULTS


def test_near_libc_no_stub_is_needed(tmp_path: Path) -> None:
    objects = compiled(require_tool("gcc"), [C_MAIN, C_OTHER], "-O2 -fPIC", tmp_path)
    assert run(objects, C_CALLS, far=False)["results"] == C_RESULTS


def test_both_objects_of_one_owner(tmp_path: Path) -> None:
    objects = compiled(require_tool("g++"), [CXX_MAIN, CXX_OTHER], "-O2 -fPIC", tmp_path, "cc")
    result = run(objects, CXX_CALLS, owners=[1, 1])
    assert result["results"] == CXX_RESULTS
    assert [kind for kind, _ in result["ranges"]] == ["eh_frame", "init_array"]  # type: ignore[attr-defined]


def test_roots_prune_and_exceptions_still_unwind(tmp_path: Path) -> None:
    flags = "-O2 -fPIC -ffunction-sections"
    objects = compiled(require_tool("g++"), [CXX_MAIN, CXX_OTHER], flags, tmp_path, "cc")
    result = run(objects, [["caught", 1], ["caught", -1]], roots=["caught"])
    assert result["results"] == [77, 3]
    assert result["pruned"] > run(objects, [])["pruned"]  # type: ignore[operator]


def test_an_archive_and_a_partial_link(tmp_path: Path) -> None:
    objects = compiled(require_tool("gcc"), [C_MAIN, C_OTHER], "-O2 -fPIC -ffunction-sections", tmp_path)
    archive, partial = tmp_path / "x.a", tmp_path / "r.o"
    subprocess.run([require_tool("ar", "binutils"), "rc", archive, *objects], check=True, timeout=60)
    subprocess.run([require_tool("ld", "binutils"), "-r", "-o", partial, *objects], check=True, timeout=60)
    assert run([archive], C_CALLS)["results"] == C_RESULTS
    assert run([partial], C_CALLS)["results"] == C_RESULTS


def test_position_dependent_data_of_libc_without_copies_says_how_to_compile(tmp_path: Path) -> None:
    objects = compiled(require_tool("gcc"), [C_MAIN, C_OTHER], "-O2 -fno-pic -fno-pie", tmp_path)
    text = json.dumps({"objects": [str(path) for path in objects], "calls": []})
    done = subprocess.run([sys.executable, RUNNER, text], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "LinkError" in done.stderr
    assert "reads stdout" in done.stderr
    assert "compile with -fPIC" in done.stderr
