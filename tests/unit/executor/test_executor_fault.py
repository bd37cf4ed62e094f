"""The fault record, as the daemon reads it: whatever lies there."""

import struct

import pytest
from exclave.executor.exits import Circumstances, ExitCause, exit_from_status, exit_on_purpose
from exclave.executor.fault import FOREIGN_THREAD, Fault, read_fault
from exclave.executor.zones import LANE_SIZE
from hypothesis import given
from hypothesis import strategies as st

LANES, LANES_SIZE = 0x10000000, 7 * LANE_SIZE
ROOM = LANE_SIZE - 0x200


def record(parts=3, signal=11, registers=(1, 2, 3), lane=LANES + LANE_SIZE, entry=7, stack=b"stack", **words):
    """A record as an honest runtime writes it, but for `words`."""
    data = bytearray(LANE_SIZE)
    count, size = words.get("count", len(registers)), words.get("size", len(stack))
    struct.pack_into("<4i2Q", data, 0, parts, signal, 1, 57, 0x1008, count)
    struct.pack_into("<3Q16s2Q", data, 0x20, lane, entry, 8, b"slots", 0x7FFF0000, size)
    struct.pack_into(f"<{len(registers)}Q", data, 0x80, *registers)
    data[0x200 : 0x200 + len(stack)] = stack
    return bytes(data)


def test_an_honest_record():
    assert read_fault(record(), LANES, LANES_SIZE) == Fault(
        signal=11,
        code=1,
        address=0x1008,
        system_call=57,
        registers=(1, 2, 3),
        lane=1,
        entry=7,
        function=8,
        slots=b"slots".ljust(16, b"\0"),
        stack_address=0x7FFF0000,
        stack=b"stack",
    )


@pytest.mark.parametrize("parts", [0, 1, -1, 4, 2**31 - 1])
def test_a_record_that_says_nothing(parts):
    assert read_fault(record(parts), LANES, LANES_SIZE) is None


def test_a_record_that_was_broken_off_has_its_registers():
    fault = read_fault(record(parts=2), LANES, LANES_SIZE)
    assert (fault.registers, fault.lane, fault.entry, fault.slots) == ((1, 2, 3), FOREIGN_THREAD, 0, b"")


@pytest.mark.parametrize("lane", [0, LANES - LANE_SIZE, LANES + 1, LANES + LANES_SIZE, 2**64 - 1])
def test_a_lane_that_is_none_is_a_thread_that_the_code_started(lane):
    assert read_fault(record(lane=lane), LANES, LANES_SIZE).lane == FOREIGN_THREAD


def test_a_lane_without_a_call_has_no_slots():
    fault = read_fault(record(entry=0), LANES, LANES_SIZE)
    assert (fault.lane, fault.slots) == (1, b"")


@pytest.mark.parametrize("most", [ROOM + 1, 2**32, 2**64 - 1])
def test_sizes_are_bounded(most):
    fault = read_fault(record(count=most, size=most), LANES, LANES_SIZE)
    assert len(fault.stack) == ROOM
    assert len(fault.registers) == (0x200 - 0x80) // 8


@given(st.binary(min_size=0x100, max_size=0x100), st.integers(2, 3))
def test_any_bytes_are_read_without_an_error(head, parts):
    data = parts.to_bytes(4, "little") + head[4:]
    fault = read_fault(data.ljust(LANE_SIZE, b"\xff"), LANES, LANES_SIZE)
    assert len(fault.stack) <= ROOM
    assert -1 <= fault.lane < LANES_SIZE // LANE_SIZE


def test_a_fault_belongs_to_the_signal_that_ended_the_worker():
    fault = read_fault(record(signal=11), LANES, LANES_SIZE)
    assert exit_from_status(11, Circumstances(fault)).fault is fault
    assert exit_from_status(6, Circumstances(fault)).fault is None
    assert exit_from_status(3 << 8, Circumstances(fault)).fault is None
    assert exit_on_purpose(ExitCause.DEADLINE, "late", 9, Circumstances(fault)).fault is None
    assert exit_on_purpose(ExitCause.DEADLINE, "late", 11, Circumstances(fault)).fault is fault
