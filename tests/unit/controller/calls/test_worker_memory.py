"""Memory of a worker: zones by the short way, the rest by its runtime, in pieces; pointers look through it."""

import struct
from types import SimpleNamespace

import pytest
from exclave.controller.calls.pointers import Pointer, convert_arguments
from exclave.controller.calls.worker_memory import PAGE, PIECE, WorkerMemory
from exclave.controller.errors import SignatureError
from exclave.controller.model import ExecutorAddr, ZoneRange
from exclave.controller.types import Signature, parse_declaration

ZONES = {
    "code": ZoneRange("code", 0x1000, 0x1000),
    "data": ZoneRange("data", 0x2000, 0x2000),
}
STACK = 0x7FFF0000


class FakeWorker:
    """All memory that there is: bytes from STACK on; and what was asked."""

    def __init__(self, content=b""):
        self.stack = bytearray(content.ljust(4 * PAGE, b"\0"))
        self.asked = []
        data = SimpleNamespace(
            read=self._read_data, write=lambda address, data: self.asked.append(("data", address, data))
        )
        caller = SimpleNamespace(call=self._call)
        self.memory = WorkerMemory(ZONES, data, self._read_zone, caller, lambda: (1, 2))

    def _read_data(self, address, size):
        self.asked.append(("data", address, size))
        return b"d" * size

    def _read_zone(self, address, size):
        self.asked.append(("zone", address, size))
        return b"z" * size

    def _call(self, entry, function, slots, size, timeout, doing):
        address, count = struct.unpack_from("<QQ", slots)
        self.asked.append(("peek" if entry == 1 else "poke", address, count))
        assert count <= PIECE
        place = slice(address - STACK, address - STACK + count)
        if entry == 1:
            return SimpleNamespace(result=bytes(self.stack[place]))
        self.stack[place] = slots[16:]
        return SimpleNamespace(result=b"")


def test_each_address_takes_its_way():
    worker = FakeWorker(b"stack")
    assert worker.memory.read(0x2000, 4) == b"dddd"
    assert worker.memory.read(0x1FFC, 4) == b"zzzz"
    assert worker.memory.read(STACK, 5) == b"stack"
    worker.memory.write(0x2010, b"x")
    worker.memory.write(STACK, b"STACK")
    assert bytes(worker.stack[:5]) == b"STACK"
    assert [way for way, *_ in worker.asked] == ["data", "zone", "peek", "data", "poke"]


@pytest.mark.parametrize(("address", "size"), [(0x2FFE, 4), (0x1FFE, 4), (0x3FFF, 2), (0, 4)])
def test_a_range_that_is_not_within_one_zone_is_the_workers_own(address, size):
    worker = FakeWorker()
    worker.memory._caller = SimpleNamespace(call=lambda *_: SimpleNamespace(result=b"p" * size))
    expected = b"d" * size if address >= 0x2000 and address + size <= 0x4000 else b"p" * size
    assert worker.memory.read(address, size) == expected


def test_large_ranges_go_in_pieces():
    worker = FakeWorker(bytes(range(256)) * 12)
    assert worker.memory.read(STACK, 3000) == (bytes(range(256)) * 12)[:3000]
    assert [count for _, _, count in worker.asked] == [1024, 1024, 952]
    worker.memory.write(STACK, b"w" * 2500)
    assert bytes(worker.stack[:2500]) == b"w" * 2500


@pytest.mark.parametrize("length", [0, 1, 1023, 1024, 1025, PAGE - 1, PAGE, 5000])
def test_strings_end_at_their_nul_and_no_page_behind_it_is_read(length):
    worker = FakeWorker(b"s" * length + b"\0rest")
    assert worker.memory.read_string(STACK) == b"s" * length
    assert max(address + count for _, address, count in worker.asked) <= STACK + (length // PAGE + 1) * PAGE


def test_a_string_without_an_end_is_cut_off():
    assert FakeWorker(b"s" * 4 * PAGE).memory.read_string(STACK, 2000) == b"s" * 2000


def test_pointers_look_through():
    worker = FakeWorker(struct.pack("<3d", 1.5, 2.5, 3.5) + b"text\0")
    _, signature = parse_declaration("void f(double *, const char *, void *, int)")
    numbers, text, raw, count = convert_arguments(signature, [STACK, STACK + 24, 77, 3], worker.memory)
    assert isinstance(numbers, Pointer)
    assert isinstance(numbers, ExecutorAddr)
    assert (numbers[0], numbers[2], numbers.contents, int(numbers)) == (1.5, 3.5, 1.5, STACK)
    numbers[1] = 9
    assert struct.unpack_from("<d", worker.stack, 8) == (9.0,)
    assert (text, int(raw), count) == (b"text", 77, 3)
    assert not isinstance(raw, Pointer)


def test_null_pointers():
    worker = FakeWorker()
    _, signature = parse_declaration("void f(double *, const char *)")
    numbers, text = convert_arguments(signature, [0, 0], worker.memory)
    assert text is None
    assert not numbers
    with pytest.raises(SignatureError, match="null pointer"):
        numbers[0]
    assert not worker.asked


def test_arguments_without_pointers_stay_as_they_are():
    arguments = [1, 2.0]
    assert convert_arguments(Signature.parse("void", ["i64", "double"]), arguments, FakeWorker().memory) is arguments
