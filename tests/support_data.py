"""What the tests of `exclave.controller.data` share: zones that are really mapped, and types.

Owns: a transport that reads and writes a mapping as if it were far away. Must not know: what is tested.
"""

from __future__ import annotations

import mmap
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from exclave.controller import types
from exclave.controller.data import LocalZone, RemoteZone
from exclave.controller.errors import SignatureError
from exclave.controller.memory import MemoryManager
from exclave.controller.model import ZoneRange

BASE = 0x7F00_0000_0000
ZONE_BYTES = 8 << 20


class FarMemory:
    """`MemoryTransport` for a mapping; counts the bytes that travel."""

    def __init__(self, memory):
        self.memory = memory
        self.read_bytes = self.written_bytes = 0

    def read_memory(self, address, size):
        self.read_bytes += size
        return self.memory[address - BASE : address - BASE + size]

    def write_memory(self, address, data):
        assert isinstance(data, bytes) or (data.format == "B" and data.ndim == 1)
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
            self.zone = RemoteZone(self.far, self.manager, size // 16)

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


# -- types, until `exclave.controller.types` has all of them ------------------------------------------------------


@dataclass(frozen=True)
class StandInType:
    """Promises what the agreed `Type` does."""

    kind: str
    bits: int = 0
    signed: bool | None = None
    fields: tuple[Any, ...] = ()
    names: tuple[str, ...] = ()
    element: Any = None
    count: int = 0
    pointee: Any = None
    const: bool = False

    def __str__(self):
        if self.kind == "int":
            return f"{'u' if self.signed is False else 'i'}{self.bits}"
        if self.kind in ("array", "vector"):
            return f"[{self.count} x {self.element}]" if self.kind == "array" else f"<{self.count} x {self.element}>"
        if self.kind == "struct":
            return f"{{{', '.join(map(str, self.fields))}}}"
        return f"f{self.bits}" if self.kind == "float" else self.kind

    low = property(lambda t: 0 if t.signed is False or t.kind == "ptr" or t.bits == 1 else -(1 << (t.bits - 1)))
    high = property(lambda t: (1 << (t.bits - 1)) - 1 if t.signed else (1 << t.bits) - 1)

    @property
    def alignment(self):
        if self.kind == "struct":
            return max(one.alignment for one in self.fields)
        return self.element.alignment if self.kind == "array" else self.size or 1

    @property
    def size(self):
        if self.kind == "struct":
            end = self.offsets[-1] + self.fields[-1].size
            return -(-end // self.alignment) * self.alignment
        if self.kind == "array":
            return self.count * self.element.size
        if self.kind == "vector":
            return 1 << (self.count * self.element.size - 1).bit_length()
        return 1 << ((self.bits + 7) // 8 - 1).bit_length() if self.bits else 0

    @property
    def offsets(self):
        places, end = [], 0
        for one in self.fields:
            end = -(-end // one.alignment) * one.alignment
            places.append(end)
            end += one.size
        return tuple(places)

    @property
    def dtype(self):
        if self.kind == "struct":
            names = list(self.names) or [f"f{i}" for i in range(len(self.fields))]
            formats = [one.dtype for one in self.fields]
            return np.dtype({"names": names, "formats": formats, "offsets": list(self.offsets), "itemsize": self.size})
        if self.kind == "ptr":
            return np.dtype("<u8")
        if self.kind == "float":
            return np.dtype(f"<f{self.size}")
        if self.kind == "int" and self.bits == 1:
            return np.dtype("?")
        if self.kind == "int" and self.bits == self.size * 8:
            return np.dtype(f"<{'u' if self.signed is False else 'i'}{self.size}")
        if self.kind in ("array", "vector") and self.size == self.count * self.element.size:
            return np.dtype((self.element.dtype, (self.count,)))
        raise SignatureError(f"{self} has no NumPy dtype")


make_type: Any = types.Type if hasattr(types.Type, "dtype") else StandInType


def integer(bits, signed=None):
    return make_type("int", bits, signed)


def floating(bits):
    return make_type("float", bits)


def pointer(to=None, const=False):
    return make_type("ptr", 64, pointee=to, const=const)


def array(element, count):
    return make_type("array", element=element, count=count)


def vector(element, count):
    return make_type("vector", element=element, count=count)


def struct(*fields, names=()):
    return make_type("struct", fields=fields, names=names)


VOID = make_type("void")
PTR = pointer()
I1, I8, I16, I32, I64 = (integer(bits) for bits in (1, 8, 16, 32, 64))
U8, U32, U64 = (integer(bits, signed=False) for bits in (8, 32, 64))
F16, F32, F64 = (floating(bits) for bits in (16, 32, 64))
