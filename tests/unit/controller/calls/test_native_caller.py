"""The controller's own half of lanes, as native code in this process: what it is made of, and its words in a lane."""

import ctypes
import mmap
import os
import struct
import threading
from pathlib import Path

import pytest
from exclave.controller.calls.native import BROKEN, PENDING, Channel, NativeCaller
from exclave.controller.compile.cache import ObjectCache
from exclave.controller.compile.pool import CompilePool
from exclave.controller.errors import ExclaveError
from exclave.controller.graph_cache import GraphCache
from exclave.controller.model import ExecutorTarget
from support_targets import TARGETS

MACHINE = os.uname().machine
REPLY, STATUS = 0x40, 0x48


@pytest.fixture(scope="module")
def compiler():
    pool = CompilePool()
    yield GraphCache(ObjectCache(pool))
    pool.close()


def target(machine):
    wanted = TARGETS[machine]
    return ExecutorTarget(wanted.triple, wanted.cpu, wanted.features, 4096)


@pytest.fixture(scope="module")
def native(compiler):
    return NativeCaller(target(MACHINE), compiler)


@pytest.fixture
def lane():
    memory = mmap.mmap(-1, 65536)
    keep = ctypes.c_char.from_buffer(memory)
    channel = Channel(ctypes.addressof(keep), 0, 16, 16, 16)
    yield memory, channel, ctypes.addressof(channel)
    del keep


def answer(memory, number, status):
    struct.pack_into("<I", memory, STATUS, status)
    struct.pack_into("<I", memory, REPLY, number)


def test_no_other_machine(compiler):
    other = next(machine for machine in TARGETS if machine != MACHINE)
    with pytest.raises(ExclaveError, match=f"no {other} machine"):
        NativeCaller(target(other), compiler)


def test_no_page_is_writable_and_executable(native):
    address = ctypes.cast(native.exchange, ctypes.c_void_p).value
    with Path("/proc/self/maps").open() as maps:
        (protection,) = (
            line.split()[1]
            for line in maps
            if int(line.split("-")[0], 16) <= address < int(line.split("-")[1].split()[0], 16)
        )
    assert protection == "r-xp"


def test_a_message_has_a_number_and_no_answer_yet(native, lane):
    memory, channel, address = lane
    assert native.exchange(address) == PENDING
    assert struct.unpack_from("<I", memory, 0) == (1,)
    assert channel.number == 1
    assert native.wait(address, 1) == PENDING


def test_an_answer_is_its_status(native, lane):
    memory, _, address = lane
    native.post(address)
    answer(memory, 1, 4)
    assert native.wait(address, 10**9) == 4


@pytest.mark.parametrize("reply", [2, 77, 0x80000001, 0xFFFFFFFF])
def test_an_answer_to_another_message_is_broken(native, lane, reply):
    memory, _, address = lane
    native.post(address)
    answer(memory, reply, 0)
    assert native.wait(address, 10**9) == BROKEN


def test_numbers_wrap(native, lane):
    memory, channel, address = lane
    channel.number = 0xFFFFFFFF
    struct.pack_into("<I", memory, REPLY, 0xFFFFFFFF)
    native.post(address)
    assert struct.unpack_from("<I", memory, 0) == (0,)
    answer(memory, 0, 1)
    assert native.wait(address, 10**9) == 1


def test_a_sleeper_is_woken(native, lane):
    memory, _, address = lane
    native.post(address)
    found = []
    thread = threading.Thread(target=lambda: found.append(native.wait(address, 20 * 10**9)))
    thread.start()
    while struct.unpack_from("<I", memory, 0x44) != (1,):  # it says that it sleeps
        os.sched_yield()
    answer(memory, 1, 0)
    place = ctypes.addressof(ctypes.c_char.from_buffer(memory, REPLY))
    futex = {"x86_64": 202}.get(MACHINE, 98)
    while not found:
        ctypes.CDLL(None).syscall(futex, ctypes.c_void_p(place), 1, 1, None, None, 0)
        os.sched_yield()
    thread.join(10)
    assert found == [0]


def test_waiting_ends_in_time_whatever_the_worker_writes(native, lane):
    memory, _, address = lane
    native.post(address)
    struct.pack_into("<I", memory, 0x44, 0xFFFFFFFF)
    assert native.wait(address, 10**7) == PENDING
