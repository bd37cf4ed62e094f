"""Our own half of lanes: posting, waiting, and where its code lies."""

import ctypes
import mmap
import threading
from pathlib import Path

import pytest
from exclave.controller.calls.native import BROKEN, PENDING, Channel
from exclave.controller.errors import ExclaveError

NUMBER, SLEEPING, SPIN, REPLY, CALLER_SLEEPS, STATUS = 0x00, 0x04, 0x08, 0x40, 0x44, 0x48


class Words:
    """A lane's memory, and a channel of it whose last message had a number."""

    def __init__(self, number=0, spin=0):
        self.memory = mmap.mmap(-1, 4096)
        self._keep = ctypes.c_char.from_buffer(self.memory)
        self.channel = Channel(ctypes.addressof(self._keep), number, spin, spin, spin, 1)
        self.address = ctypes.addressof(self.channel)
        self[NUMBER] = self[REPLY] = number

    def __getitem__(self, offset):
        return ctypes.c_uint32.from_buffer(self.memory, offset).value

    def __setitem__(self, offset, value):
        ctypes.c_uint32.from_buffer(self.memory, offset).value = value


def protections_of(address):
    """Of the mapping that an address lies in."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        low, high = (int(end, 16) for end in line.split()[0].split("-"))
        if low <= address < high:
            return line.split()[1]
    return None


def test_its_code_is_executable_and_not_writable(native):
    assert {protections_of(ctypes.cast(f, ctypes.c_void_p).value) for f in (native.exchange, native.wait)} == {"r-xp"}


@pytest.mark.parametrize("triple", ["riscv64-unknown-linux-gnu", "sparc-sun-solaris"])
def test_another_machine_is_refused(make_native, triple):
    with pytest.raises(ExclaveError, match="this is no"):
        make_native(triple)


@pytest.mark.parametrize("number", [0, 1, 2**31 - 1, 2**32 - 2, 2**32 - 1])
def test_numbers_wrap(native, number):
    words = Words(number)
    assert native.exchange(words.address) == PENDING
    assert words[NUMBER] == words.channel.number == (number + 1) % 2**32
    words[STATUS], words[REPLY] = 3, words[NUMBER]
    assert native.wait(words.address, 0) == 3


@pytest.mark.parametrize("ahead", [1, 2, 2**31, -2, -3])
def test_numbers_that_answer_nothing(native, ahead):
    words = Words(7)
    native.post(words.address)
    words[REPLY] = (8 + ahead) % 2**32
    assert native.wait(words.address, 10**9) == BROKEN


@pytest.mark.parametrize("status", [2**31, 2**32 - 1, 2**32 - 2])
def test_a_status_is_never_taken_for_our_own_words(native, status):
    words = Words()
    native.post(words.address)
    words[STATUS], words[REPLY] = status, 1
    assert native.wait(words.address, 0) == BROKEN


@pytest.mark.parametrize("word", [SLEEPING, SPIN, CALLER_SLEEPS])
@pytest.mark.parametrize("value", [0, 1, 2**31, 2**32 - 1])
def test_what_is_said_of_sleeping_decides_nothing(native, word, value):
    words = Words(spin=3)
    words[word] = value
    assert native.exchange(words.address) == PENDING
    words[word] = value
    assert native.wait(words.address, 1000) == PENDING
    words[REPLY] = 1
    assert native.wait(words.address, 0) == 0


def test_how_long_it_looks_stays_within_bounds(native):
    words = Words(spin=64)
    for _ in range(200):
        words[SLEEPING] = 1
        native.exchange(words.address)
        assert words.channel.spin <= 64
        assert words.channel.worker_spin <= 64
        words[REPLY] = words[NUMBER]


def test_a_wait_ends_when_the_answer_comes(native):
    words = Words()
    native.post(words.address)
    found = []
    waiter = threading.Thread(target=lambda: found.append(wait_patiently(native, words)))
    waiter.start()
    words[REPLY] = 1
    waiter.join(20)
    assert found == [0]


def wait_patiently(native, words):
    while (status := native.wait(words.address, 10**7)) == PENDING:
        pass
    return status
