"""A closed session lets go of what is large at once, not when the garbage collector comes by."""

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest
from exclave.controller import SessionClosedError, connect

IR = "@big = global [4000000 x i8] zeroinitializer  define ptr @f() { ret ptr @big }"


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def mapped():
    """Data zones in this process."""
    return Path("/proc/self/maps").read_text().count("memfd:exclave-data")


def test_memory_and_images(no_collector):
    before = mapped()
    with connect() as executor:
        with executor.session() as session:
            tracker = session.add_ir(IR)
            session.function("f")()
            image = weakref.ref(session._worker.materializer.code_map._images[0].image)
            session.array(1000)
            assert mapped() == before + 1
        assert mapped() == before
        assert image() is None
        assert sorted(tracker.symbols) == ["big", "f"]


def test_views_of_arrays_stay(no_collector):
    before = mapped()
    with connect() as executor:
        with executor.session() as session:
            array = session.asarray(np.arange(10.0))
            view = np.asarray(array)
        assert view.sum() == 45
        with pytest.raises(SessionClosedError):
            session.array(1)
        assert mapped() == before + 1
        del view, array
        assert mapped() == before
