"""RISC-V's relaxation: objects that ask for it become shorter, and give what they gave before."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import capstone
import pytest
from exclave.controller.compile import CompilePool, CompileRequest, module_source
from support_calls import FIBONACCI
from support_targets import TARGETS

ORRERY = sorted((Path(__file__).parents[1] / "programs" / "orrery").glob("*.ll"))
TARGET_LINES = re.compile(r'^target (datalayout|triple) = ".*"\n', re.MULTILINE)
DECODER = capstone.Cs(capstone.CS_ARCH_RISCV, capstone.CS_MODE_RISCV64 | capstone.CS_MODE_RISCVC)
RELAXABLE = replace(TARGETS["riscv64"], features=TARGETS["riscv64"].features + ",+relax")


@pytest.fixture(scope="module")
def pool():
    pool = CompilePool()
    yield pool
    pool.close()


@pytest.fixture
def session(executor_on):
    with executor_on("riscv64").session() as opened:
        yield opened


@pytest.fixture
def add(session, pool):
    """Adds IR as an object that may be relaxed."""

    def add(*codes, optimize=2):
        sources = [module_source(code, f"relaxable-{number}") for number, code in enumerate(codes)]
        for data in pool.compile([CompileRequest(source, RELAXABLE, optimize) for source in sources]):
            session.add_object(data)

    return add


MODULES = (
    FIBONACCI
    + """
declare i64 @strlen(ptr)
@text = global [6 x i8] c"words\\00"
@numbers = external global [5 x i64]
@pointer = global ptr getelementptr ([5 x i64], ptr @numbers, i64 0, i64 2)
define i64 @length() { %r = call i64 @strlen(ptr @text)  %s = add i64 %r, 100  ret i64 %s }
define i64 @third() { %p = load ptr, ptr @pointer  %r = load i64, ptr %p  ret i64 %r }
declare i64 @other(i64)
define i64 @tail(i64 %x) { %r = tail call i64 @other(i64 %x)  ret i64 %r }
define i64 @choose(i64 %which) {
  switch i64 %which, label %none [ i64 0, label %a  i64 1, label %b  i64 2, label %c  i64 3, label %d  i64 4, label %e ]
a: %ra = call i64 @tail(i64 1)  ret i64 %ra
b: %rb = call i64 @fibonacci(i64 7)  ret i64 %rb
c: %rc = call i64 @length()  ret i64 %rc
d: %rd = call i64 @third()  ret i64 %rd
e: ret i64 -7
none: ret i64 -1
}
""",
    """
@numbers = global [5 x i64] [i64 1, i64 2, i64 300, i64 4, i64 5]
define i64 @other(i64 %x) align 64 { %r = mul i64 %x, 11  ret i64 %r }
""",
)


@pytest.mark.parametrize("optimize", [0, 2])
def test_relaxed_code_gives_the_same_result(session, add, optimize):
    add(*MODULES, optimize=optimize)
    assert [session.function("choose", "i64", ["i64"])(which) for which in range(6)] == [11, 13, 105, 300, -7, -1]
    assert session.function("fibonacci", "i64", ["i64"])(15) == 610
    assert session.lookup("other") % 64 == 0


def test_it_was_relaxed(session, add):
    add(*MODULES)
    start = session.lookup("fibonacci")
    lines = [
        f"{name} {operands}" for _, _, name, operands in DECODER.disasm_lite(session.read_memory(start, 60), start)
    ]
    calls = [line for line in lines if line.startswith(("jal", "c.jal", "auipc ra"))]
    assert calls
    assert not any(line.startswith("auipc ra") for line in calls)


def test_orrery_relaxed_prints_what_it_prints_here(session, add, executor_on):
    codes = [TARGET_LINES.sub("", file.read_text()) for file in ORRERY]
    add(*codes)
    assert session.run_main(["orrery", "9", "40"]) == 0
    with executor_on("worker").session() as here:
        for code in codes:
            here.add_ir(code)
        here.run_main(["orrery", "9", "40"])
        assert session.stdout == here.stdout
