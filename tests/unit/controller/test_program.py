import struct
from pathlib import Path

import pytest
from exclave.controller.errors import ExecutorCrash, SignatureError
from exclave.controller.memory import MemoryManager
from exclave.controller.model import CallOutcome, ZoneRange
from exclave.controller.program import argument_block, argument_block_size, argument_strings, run_program

ZONES = {"data": ZoneRange("data", 0x1000, 0x1000)}


def test_the_argument_block_is_what_a_c_program_expects():
    base, strings = 0x10_0000, [b"prog", b"", b"two words"]
    block = argument_block(strings, base)
    assert len(block) == argument_block_size(strings)
    pointers = struct.unpack_from("<5Q", block)
    assert pointers[3:] == (0, 0)
    for pointer, string in zip(pointers, strings, strict=False):
        assert block[pointer - base :].startswith(string + b"\0")


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (CallOutcome(struct.pack("<q", 0), None), 0),
        (CallOutcome(struct.pack("<q", 7), None), 7),
        (CallOutcome(struct.pack("<q", -1), None), 255),
        (CallOutcome(b"", 256 + 3), 3),
    ],
)
def test_exit_status_is_what_a_shell_sees(outcome, status):
    manager = MemoryManager(ZONES, None)
    assert run_program(["p"], manager, lambda _a, _d: None, lambda _slots: outcome) == status


def test_exit_past_the_runtime_is_an_exit_status_and_a_signal_is_not():
    manager = MemoryManager(ZONES, None)

    def call(kind):
        def raising(_slots):
            raise ExecutorCrash("gone", kind=kind, exit_code=5, signal=0)

        return raising

    assert run_program(["p"], manager, lambda _a, _d: None, call("exit")) == 5
    with pytest.raises(ExecutorCrash):
        run_program(["p"], manager, lambda _a, _d: None, call("signal"))
    assert manager.allocate([]) is not None


def test_arguments_are_text_bytes_or_paths():
    assert argument_strings(["é", b"\xff", Path("/a b"), "\udcff", ""]) == [
        "é".encode(),
        b"\xff",
        b"/a b",
        b"\xff",
        b"",
    ]
    assert argument_strings(iter(())) == []


@pytest.mark.parametrize(
    "argv", [None, 5, "prog", b"prog", bytearray(b"prog"), [1], [None], [["a"]], ["\ud800"], [10**5000], ["a", "b\0c"]]
)
def test_what_is_no_list_of_arguments(argv):
    with pytest.raises(SignatureError, match="run_main"):
        argument_strings(argv)


def test_a_nul_in_an_argument_is_refused():
    with pytest.raises(SignatureError, match="NUL"):
        run_program(["a\0b"], MemoryManager(ZONES, None), lambda _a, _d: None, lambda _s: None)
