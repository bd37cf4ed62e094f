"""The walk over a copy of a stack: it ends, whatever the copy says, and knows calls from other bytes."""

import struct
from types import SimpleNamespace

import pytest
from exclave.controller.crash.cfi import CommonInformation, FrameDescription
from exclave.controller.crash.registers import REGISTER_FILES
from exclave.controller.crash.unwinder import MAX_FRAMES, Unwinder, is_call
from exclave.controller.model import Fault
from hypothesis import given, settings
from hypothesis import strategies as st

X86 = REGISTER_FILES["x86_64"]
CODE, STACK = 0x10000000, 0x7F0000000000
CALL = b"\xe8\x00\x00\x00\x00"


class FakeCode:
    """Functions of 256 bytes that consist of calls; the even ones have a frame description: 16 bytes, and rbp saved."""

    def __init__(self, count=8, descriptions=True):
        self.size, self.descriptions = 256 * count, descriptions

    def code(self, address):
        if not CODE <= address < CODE + self.size:
            return None
        return SimpleNamespace(address=address, image=self)

    find = code

    def read(self, address, size):
        return bytes((CALL * (size // 5 + 2))[(address - CODE) % 5 :][:size])

    def frame_at(self, place):
        number = (place.address - CODE) // 256
        if not self.descriptions or number % 2:
            return None
        start = CODE + 256 * number
        # CFA = rsp + 24; return address at CFA - 8; rbp at CFA - 16
        common = CommonInformation(1, -8, 16, 0x1B, True, False, bytes.fromhex("0c071890018602"))
        return FrameDescription(start, start + 256, common, b"")


def fault(pc, stack, sp=STACK, rbp=0, address=STACK):
    registers = dict.fromkeys(X86.names, 0) | {"rip": pc, "rsp": sp, "rbp": rbp}
    return Fault(11, 1, 0, 0, tuple(registers.values()), 1, 0, 0, b"", address, stack)


def words(*values):
    return struct.pack(f"<{len(values)}Q", *values)


def addresses(fault, code):
    return [(step.address, step.guessed) for step in Unwinder(fault, code, X86).steps()]


def test_by_descriptions():
    first, second, third = CODE + 10, CODE + 512 + 5, CODE + 1024 + 5
    stack = words(1, 2, second, 3, 4, third, 5, 6, 7)
    assert addresses(fault(first, stack), FakeCode()) == [(first, False), (second - 1, False), (third - 1, False)]


def test_by_looking_where_there_are_none():
    pc, caller = CODE + 256 + 10, CODE + 515
    stack = words(1, CODE + 3, 2, caller, 3)  # in the midst of a call: no return address
    found = addresses(fault(pc, stack), FakeCode())
    assert found == [(pc, False), (caller - 1, True)]


def test_from_code_that_is_not_ours():
    stack = words(0x7F1234567890, CODE + 515, 0, 0, 0)
    assert addresses(fault(0x7F1234000000, stack), FakeCode()) == [(0x7F1234000000, False), (CODE + 514, True)]


def test_an_endless_chain_of_frames_ends():
    stack = words(*[CODE + 512 + 5] * 30000)
    assert len(addresses(fault(CODE + 10, stack), FakeCode())) <= MAX_FRAMES + 1


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, (1 << 64) - 1) | st.integers(CODE, CODE + 4096), max_size=64),
    st.integers(0, (1 << 64) - 1) | st.just(STACK) | st.integers(STACK, STACK + 512),
    st.integers(0, (1 << 64) - 1) | st.integers(CODE, CODE + 4096),
    st.integers(0, (1 << 64) - 1) | st.just(STACK),
)
def test_whatever_the_record_says_the_walk_ends(stack, sp, pc, address):
    assert len(addresses(fault(pc, words(*stack), sp, address=address), FakeCode())) <= len(stack) + 1


def test_a_record_without_registers():
    empty = Fault(11, 1, 0, 0, (), -1, 0, 0, b"", 0, b"")
    assert [step.address for step in Unwinder(empty, FakeCode(), X86).steps()] == [0]


CALLS = {
    "x86_64": ["e800000000", "ffd0", "41ffd3", "ff1500000000", "ff5008", "ff9000010000", "ff14c8", "ff542408", "ff1425000000ff"],
    "aarch64": ["00000094", "00023fd6"],
    "riscv64": ["ef000000", "e7800000", "8290"],
}  # fmt: skip
OTHERS = {
    "x86_64": ["e900000000", "ffe0", "41ffe3", "ff2500000000", "0f1f4000", "4889c7", "c3"],
    "aarch64": ["00000014", "c0035fd6", "1f2003d5"],
    "riscv64": ["6f000000", "67800000", "8280"],
}


@pytest.mark.parametrize(("architecture", "code"), [(a, c) for a, codes in CALLS.items() for c in codes])
def test_calls_are_known(architecture, code):
    padding = bytes(8) if architecture != "aarch64" else b"\x1f\x20\x03\xd5" * 2
    assert is_call(padding + bytes.fromhex(code), REGISTER_FILES[architecture])


@pytest.mark.parametrize(("architecture", "code"), [(a, c) for a, codes in OTHERS.items() for c in codes])
def test_other_instructions_are_none(architecture, code):
    assert not is_call(b"\x90" * 8 + bytes.fromhex(code), REGISTER_FILES[architecture])
