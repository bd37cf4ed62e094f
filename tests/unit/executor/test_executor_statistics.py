"""What a session's figures are made of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from exclave.executor.memory.usage import WindowCount
from exclave.executor.process_usage import read_process_usage
from exclave.executor.statistics import MessageCount
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.lists(st.integers(0, 2**32 - 1), min_size=3, max_size=3), max_size=20))
def test_messages_are_counted_beyond_32_bits(steps):
    """Whatever the lanes have counted on since the last question, up to 32 bits of it."""
    count, numbers = MessageCount(), [0, 0, 0]
    for step in steps:
        numbers = [number + more for number, more in zip(numbers, step, strict=True)]
        assert count.update(tuple(number % 2**32 for number in numbers)) == sum(numbers)


def test_usage_of_this_process():
    before = read_process_usage(os.getpid())
    begin = time.process_time()
    while time.process_time() - begin < 0.1:
        pass
    after = read_process_usage(os.getpid())
    assert after.cpu_seconds - before.cpu_seconds >= 0.05
    assert 0 < before.page_faults <= after.page_faults
    assert abs(after.cpu_seconds - time.process_time()) < 0.5


def test_a_process_with_an_odd_name():
    script = "import pathlib, os\npathlib.Path('/proc/self/comm').write_text('a) R 1 (b')\nos.write(1, b'.')\ninput()"
    process = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout.read(1) == b"."
        assert read_process_usage(process.pid).page_faults > 100
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert read_process_usage(process.pid) is None


def test_a_window_counts_whatever_happens_in_it():
    count = WindowCount()
    for error in (ValueError, KeyError):
        try:
            with count.counting():
                raise error
        except error:
            pass
    assert count.opened == 2
    assert count.seconds > 0
