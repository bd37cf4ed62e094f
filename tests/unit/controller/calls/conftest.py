"""Our own half of lanes, compiled and mapped once."""

import mmap
import os

import pytest
from exclave.controller.calls.native import NativeCaller
from exclave.controller.compile import CompilePool
from exclave.controller.compile.cache import ObjectCache
from exclave.controller.graph_cache import GraphCache
from exclave.controller.model import ExecutorTarget

MACHINE = os.uname().machine


@pytest.fixture(scope="session")
def make_native():
    pool = CompilePool()
    compiler = GraphCache(ObjectCache(pool))
    yield lambda triple: NativeCaller(ExecutorTarget(triple, "", "", mmap.PAGESIZE), compiler)
    pool.close()


@pytest.fixture(scope="session")
def native(make_native):
    return make_native(f"{MACHINE}-unknown-linux-gnu")
