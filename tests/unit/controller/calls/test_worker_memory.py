"""Which way an address takes, what is read through a pointer, and what the worker may say of it."""

import pytest
from exclave.controller.calls.pointers import Pointer, convert_arguments
from exclave.controller.calls.worker_memory import PIECE, WorkerMemory
from exclave.controller.errors import ExecutorError, SignatureError
from exclave.controller.model import CallOutcome, ZoneRange
from exclave.controller.types import Signature

DATA, CODE, STACK = 0x10000, 0x20000, 0x7F0000
PEEK, POKE = 111, 222


class Bytes:
    """Memory at an address: a data zone, and what a caller's peek and poke look at."""

    def __init__(self, base, content):
        self.base, self.content, self.calls = base, bytearray(content), []
        self.exited = None

    def read(self, address, size):
        return bytes(self.content[address - self.base :][:size])

    def write(self, address, data):
        self.content[address - self.base : address - self.base + len(data)] = data

    def call(self, entry, function, slots, result_size, timeout, doing):
        address, size = (int.from_bytes(slots[i : i + 8], "little") for i in (0, 8))
        self.calls.append((entry, address, size))
        if self.exited is not None:
            return CallOutcome(b"", self.exited)
        if entry == POKE:
            self.write(address, slots[16:])
        return CallOutcome(self.read(address, result_size), None)


@pytest.fixture
def data():
    return Bytes(DATA, b"in the data zone\0".ljust(4096, b"."))


@pytest.fixture
def stack():
    return Bytes(STACK, b"a".ljust(3 * PIECE, b"b") + bytes(PIECE))


@pytest.fixture
def memory(data, stack):
    zones = {"data": ZoneRange("data", DATA, 4096), "code": ZoneRange("code", CODE, 4096)}
    return WorkerMemory(zones, data, lambda address, size: b"c" * size, stack, lambda: (PEEK, POKE))


def test_zones_are_read_without_a_call(memory, stack):
    assert memory.read(DATA, 16) == b"in the data zone"
    assert memory.read(CODE, 3) == b"ccc"
    memory.write(DATA, b"IN")
    assert memory.read_string(DATA) == b"IN the data zone"
    assert stack.calls == []


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 3 * PIECE])
def test_the_rest_goes_in_pieces(memory, stack, size):
    assert memory.read(STACK, size) == stack.content[:size]
    assert all(entry == PEEK and count <= PIECE for entry, _, count in stack.calls)
    memory.write(STACK, b"x" * size)
    assert stack.content[:size] == b"x" * size


def test_a_range_that_leaves_its_zone_is_the_workers_to_read(memory, stack):
    stack.base, stack.content = DATA, bytearray(8192)
    assert memory.read(DATA + 4090, 12) == bytes(12)
    assert stack.calls == [(PEEK, DATA + 4090, 12)]


def test_strings_end_at_their_nul_and_never_cross_a_page_behind_it(memory, stack):
    stack.base = STACK + 4090
    stack.content = bytearray(b"123456\0 and no more")
    assert memory.read_string(STACK + 4090) == b"123456"
    assert stack.calls == [(PEEK, STACK + 4090, 6), (PEEK, STACK + 4096, PIECE)]


def test_strings_are_cut_off(memory):
    assert memory.read_string(STACK, most=5) == b"abbbb"


@pytest.mark.parametrize("address", [-1, 2**64 - 3, 2**64, 2**70])
def test_addresses_that_are_none(memory, stack, address):
    for do in (lambda: memory.read(address, 4), lambda: memory.write(address, b"1234")):
        with pytest.raises(SignatureError, match="no range of addresses"):
            do()
    assert stack.calls == []


def test_a_string_that_has_no_end_before_that_of_all_addresses(memory, stack):
    stack.base, stack.content = 2**64 - 8, bytearray(b"x" * 8)
    with pytest.raises(SignatureError, match="no range of addresses"):
        memory.read_string(2**64 - 8)


@pytest.mark.parametrize(
    "do", [lambda m: m.read(STACK, 4), lambda m: m.write(STACK, b"1"), lambda m: m.read_string(STACK)]
)
def test_a_worker_that_says_it_exited(memory, stack, do):
    stack.exited = 3
    with pytest.raises(ExecutorError, match=r"exit\(3\)"):
        do(memory)


def test_pointers_are_looked_through_when_somebody_asks(memory, stack):
    signature = Signature.parse("void", ["ptr", "i64"])
    assert convert_arguments(signature, [STACK, 5], memory) == [STACK, 5]
    int_at = Signature.parse("i32", []).restype
    pointer = Pointer.at(STACK, int_at, memory)
    assert (pointer, stack.calls) == (STACK, [])
    assert pointer[1] == pointer[2] == int.from_bytes(b"bbbb", "little")
    pointer[-1 + 1] = -2
    assert pointer.contents == pointer[0] == -2


@pytest.mark.parametrize(("address", "index"), [(4, -2), (2**64 - 4, 1), (8, 2**62), (8, -(2**80))])
def test_places_that_no_pointer_reaches(memory, address, index):
    pointer = Pointer.at(address, Signature.parse("i32", []).restype, memory)
    with pytest.raises(SignatureError, match="no range of addresses"):
        pointer[index]


def test_null_points_at_nothing(memory):
    pointer = Pointer.at(0, Signature.parse("i32", []).restype, memory)
    with pytest.raises(SignatureError, match="points at nothing"):
        pointer.contents  # noqa: B018
