"""Memory maps made by hand: nothing of them comes from a session, so they are the same everywhere."""

from __future__ import annotations

from exclave.controller.memory_map import ADAPTERS, ARRAYS, IN_FLIGHT, KEPT, RUNTIME, Allocation, MemoryMap, ZoneMap

MIB = 1 << 20
BASE = 0x5B8F_0000
CODE, READONLY, DATA, END = BASE, BASE + 120 * MIB, BASE + 240 * MIB, BASE + 960 * MIB


def at(zone: int, offset: int, size: int, tracker: str, padding: int = 0, **names: int) -> Allocation:
    """`names` with their offsets from the allocation's address."""
    address = zone + offset
    found = tuple((name, address + inside) for name, inside in names.items())
    return Allocation(address - padding, address, address + size, tracker, found)


SMALL = MemoryMap(
    "session 0123abcd",
    (
        ZoneMap("code", CODE, READONLY, 32768, ((CODE, CODE + MIB), (CODE + 4 * MIB, CODE + 5 * MIB)), (
            at(CODE, 0, 6192, RUNTIME, exclave_serve=32, exclave_answer=0x120),
            at(CODE, 6208, 2300, "almanac.ll", padding=16, julian_day=0),
            at(CODE, 16384, 12000, "/a/long/path/to/physics.o", step=0, forces=4000),
            at(CODE, 28384, 40, ADAPTERS),
            at(CODE, 4 * MIB + 64, 9000, "large.o", padding=64, **{f"f{i}": 100 * i for i in range(20)}),
        )),
        ZoneMap("readonly", READONLY, DATA, 8192, ((READONLY, READONLY + MIB),), (
            at(READONLY, 0, 344, RUNTIME),
            at(READONLY, 512, 4000, "almanac.ll", table=0),
        )),
        ZoneMap("data", DATA, END, 98304, ((DATA, DATA + MIB),), (
            at(DATA, 0, 188, RUNTIME),
            at(DATA, 4096, 65536, ARRAYS),
            at(DATA, 69632, 16384, KEPT),
            at(DATA, 90112, 128, IN_FLIGHT),
        )),
    ),
)  # fmt: skip

EMPTY = MemoryMap(
    "a session with nothing in it",
    (
        ZoneMap("code", CODE, READONLY, 0, (), ()),
        ZoneMap("readonly", READONLY, DATA, 0, (), ()),
        ZoneMap("data", DATA, END, 0, (), ()),
    ),
)

MANY = MemoryMap(
    'session with many <modules> & "names"',
    (
        ZoneMap(
            "code",
            CODE,
            READONLY,
            MIB,
            ((CODE, CODE + MIB), (CODE + MIB, CODE + 2 * MIB)),
            tuple(
                at(CODE, i * 8192, 100 + (i * i * 37) % 7000, f"module_{i % 23}.o\x1b[31m", padding=i % 32)
                for i in range(140)
            ),
        ),
    ),
)
