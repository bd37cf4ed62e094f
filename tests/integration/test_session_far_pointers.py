"""Pointers that a callback gets to memory outside of the session's zones: read and written by the worker, near and afar."""

from __future__ import annotations

import pytest

IR = """
declare ptr @malloc(i64)
declare void @look(ptr)
define i64 @go() {
  %p = call ptr @malloc(i64 16)
  store i64 77, ptr %p
  call void @look(ptr %p)
  %x = load i64, ptr %p
  ret i64 %x
}
"""


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


def test_what_they_point_to_is_read_and_written(session):
    seen = []

    def look(pointer):
        seen.append(pointer[0])
        pointer[0] = 78

    session.add_ir(IR)
    session.define("look", session.callback(look, "void look(long *)"))
    assert session.function("go", "i64", [])() == 78
    assert seen == [77]
