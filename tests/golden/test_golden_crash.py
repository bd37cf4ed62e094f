"""The texts of crashes of real code, in full: what changes in them shows as a diff.

The code is committed as source and as object, so that no compiler is needed: gcc 12 -g -O1 -fPIC -c crashes.c.
Addresses that differ from run to run are written as ADDRESS.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from exclave.controller import ExecutorCrash, connect
from exclave.controller.executor import Executor

FOLDER = Path(__file__).resolve().parent / "crash"
Compare = Callable[[Path, str], None]
CASES = {
    "follows_a_bad_list": 0x10,
    "follows_no_pointer": 1 << 60,
    "writes_a_constant": 2,
    "writes_code": 3,
    "aborts": 42,
    "fails_in_the_library": 0x40,
    "recurses": 1,
    "jumps_to": 0,
    "jumps_far": 0x123456789000,
    "jumps_into_data": 2,
    "divides": 0,
    "traps": 0,
    "breaks": 0,
}
FUNCTIONS = {"follows_no_pointer": "follows_a_bad_list", "jumps_far": "jumps_to"}


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    if os.uname().machine != "x86_64":
        pytest.skip("the committed object is for x86_64")
    with connect() as handle:
        yield handle


def normalized(text: str) -> str:
    return re.sub(r"0x[0-9a-f]{6,}", "ADDRESS", text) + "\n"


@pytest.mark.parametrize("name", CASES)
def test_text(executor: Executor, name: str, golden: Compare) -> None:
    with executor.session() as session:
        session.add_object((FOLDER / "crashes.o").read_bytes(), name="crashes.o")
        function = session.function(FUNCTIONS.get(name, name), "i64", ["i64"])
        with pytest.raises(ExecutorCrash) as caught:
            function(CASES[name])
        notes = [note for note in caught.value.__notes__ if note.startswith("printed")]
        golden(FOLDER / f"{name}.txt", normalized("\n".join([str(caught.value), *notes, f"stdout: {session.stdout}"])))


def test_code_that_was_removed(executor: Executor, golden: Compare) -> None:
    with executor.session() as session:
        session.add_ir("define i64 @jump(ptr %f) { %r = call i64 %f()  ret i64 %r }", name="jumper")
        gone = session.add_ir("define i64 @gone() { ret i64 1 }", name="the old module")
        jump, address = session.function("jump"), session.lookup("gone")
        assert jump(address) == 1
        gone.remove()
        with pytest.raises(ExecutorCrash) as caught:
            jump(address)
        golden(FOLDER / "freed_code.txt", normalized(str(caught.value)))
