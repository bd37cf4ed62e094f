"""What the tests of `exclave.controller.data` share: zones that are really mapped, and types.

Owns: a transport that reads and writes a mapping as if it were far away. Must not know: what is tested.
"""

from __future__ import annotations

import mmap
import os

import numpy as np
from exclave.controller.data import LocalZone, RemoteZone
from exclave.controller.memory import MemoryManager
from exclave.controller.model import ZoneRange
from exclave.controller.types import Type

BASE = 0x7F00_0000_0000
ZONE_BYTES = 8 << 20


class FarMemory:
    """`MemoryTransport` for a mapping; counts the bytes that travel."""

    def __init__(self, memory):
        self.memory = memory
        self.read_bytes = self.written_bytes = 0
        self.reads = self.writes = 0

    def read_memory(self, address, size):
        self.reads += 1
        self.read_bytes += size
        return self.memory[address - BASE : address - BASE + size]

    def read_into(self, places):
        self.reads += 1
        for address, place in places:
            assert (place.format, place.ndim, place.readonly) == ("B", 1, False)
            self.read_bytes += len(place)
            place[:] = self.memory[address - BASE : address - BASE + len(place)]

    def write_memory(self, contents):
        self.writes += 1
        for address, data in contents:
            assert isinstance(data, bytes) or (data.format, data.ndim) == ("B", 1)
            self.written_bytes += len(data)
            self.memory[address - BASE : address - BASE + len(data)] = data

    def zero_memory(self, address, size):
        self.memory[address - BASE : address - BASE + size] = bytes(size)


class TestBed:
    """A memory file, a mapping of it that plays the worker's, and a zone over it."""

    __test__ = False

    def __init__(self, here, size=ZONE_BYTES):
        self.descriptor = os.memfd_create("data-zone")
        os.ftruncate(self.descriptor, size)
        self.worker = mmap.mmap(self.descriptor, size)  # what foreign code sees
        self.manager = MemoryManager({"data": ZoneRange("data", BASE, size)}, None)
        self.far = FarMemory(self.worker)
        if here:
            self.zone = LocalZone(mmap.mmap(self.descriptor, size), BASE, self.manager, self.descriptor)
        else:
            self.zone = RemoteZone(self.far, self.manager, size)

    def bytes_at(self, address, size):
        return self.worker[address - BASE : address - BASE + size]

    def poke(self, address, data):
        content = bytes(data)
        self.worker[address - BASE : address - BASE + len(content)] = content

    def numbers_at(self, address, dtype, count):
        return np.frombuffer(self.bytes_at(address, np.dtype(dtype).itemsize * count), dtype)

    @property
    def taken(self):
        """Bytes that the memory manager has given out, without what is kept for the next."""
        self.zone.collect()
        self.zone.trim()
        return self.manager._zones["data"].taken

    def close(self):
        os.close(self.descriptor)


# -- types -------------------------------------------------------------------------------------------------------


def integer(bits, signed=None):
    return Type("int", bits, signed)


def floating(bits):
    return Type("float", bits)


def pointer(to=None, const=False):
    return Type("ptr", 64, pointee=to, const=const)


def array(element, count):
    return Type("array", element=element, count=count)


def vector(element, count):
    return Type("vector", element=element, count=count)


def struct(*fields, names=()):
    return Type("struct", fields=fields, names=names)


VOID = Type("void")
PTR = pointer()
I1, I8, I16, I32, I64 = (integer(bits) for bits in (1, 8, 16, 32, 64))
U8, U32, U64 = (integer(bits, signed=False) for bits in (8, 32, 64))
F16, F32, F64 = (floating(bits) for bits in (16, 32, 64))
