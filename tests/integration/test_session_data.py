"""Arrays, variables of native code, and calls of a function for each element, on the same host and from afar."""

from __future__ import annotations

import numpy as np
import pytest
from exclave.controller import SignatureError


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture
def session(session_to_call):
    return session_to_call


def test_arrays(session):
    total, fill = session.function("total"), session.function("fill")
    values = np.arange(10.0)
    assert total(values, 10) == 45.0
    fill(values, 5, 1.0)
    assert values.tolist() == [1.0] * 5 + [5.0, 6.0, 7.0, 8.0, 9.0]
    remote = session.asarray(values)
    assert total(remote, 10) == 40.0
    fill(remote, 10, 3.0)
    assert remote.get().tolist() == [3.0] * 10
    remote[2] = 9
    assert (remote[2], remote[3]) == (9.0, 3.0)
    zeroed = session.array((3, 4), "i4")
    assert zeroed.get().tolist() == [[0] * 4] * 3
    if session.shared:
        remote.view[:] = 1
        assert total(remote, 10) == 10.0


def test_arrays_that_nobody_uses_leave_room_for_code(executor):
    """Its data is allocated by the linker, beside the arrays."""
    with executor.session(reservation=16 << 20) as session:
        size = session.opened.zones["data"].size
        used = session.array(size // 2, "u1")
        kept = [session.array(size // 20, "u1") for _ in range(5)]
        for one in kept:
            one.free()
        assert (
            session._worker.memory._zones["data"].taken < size // 2 + size // 10
        )  # few of them are kept, from afar too
        del used
        session.add_ir(f"@big = global [{size * 3 // 4} x i8] zeroinitializer\ndefine ptr @where() {{ ret ptr @big }}")
        assert session.function("where")() == session.lookup("big")


def test_globals(session):
    assert session.globals["counter"] == 7
    session.globals["counter"] = -3
    assert session.globals["counter"] == -3
    assert session.globals["table"].tolist() == [1, 2, 3, 4]
    session.globals["table"] = [4, 3, 2, 1]
    assert session.globals["table"].tolist() == [4, 3, 2, 1]
    assert session.globals["fixed"] == 2.5
    with pytest.raises(SignatureError, match="constant"):
        session.globals["fixed"] = 1.0
    with pytest.raises(KeyError, match="counter"):
        session.globals["conter"]


def test_map(session):
    multiply = session.function("multiply")
    values = np.arange(1000.0)
    assert np.array_equal(multiply.map(values, 2.0), values * 2)
    assert multiply.map(values.reshape(10, 100), values[:100]).shape == (10, 100)
    out = np.empty(1000)
    assert multiply.map(values, 3.0, out=out) is out
    assert np.array_equal(out, values * 3)
    with pytest.raises(TypeError):
        multiply.map(["x"], 1.0)
