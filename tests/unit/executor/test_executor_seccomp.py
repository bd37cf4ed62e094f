"""The default policy, run by an interpreter of BPF: for all architectures, on any machine."""

from __future__ import annotations

import errno
import struct

import pytest
from exclave.executor.bpf import ALLOW, KILL_PROCESS, TRAP, Condition, Rule, assemble, encode_rules, errno_action
from exclave.executor.policy import Allowed, own_process_rules, policy_rules
from exclave.executor.syscall_numbers import AUDIT_ARCHITECTURES, syscall_name, syscall_number

PID, CONTROL = 4711, 3


def run(program: bytes, architecture: int, number: int, *arguments: int) -> int:
    """What the kernel would do: the value that the filter returns."""
    words = [a % 2**64 for a in arguments] + [0] * (6 - len(arguments))
    data = struct.pack("<IIQ6Q", number % 2**32, architecture, 0, *words)
    code = list(struct.iter_unpack("<HBBI", program))
    place = accumulator = 0
    while True:
        operation, yes, no, k = code[place]
        place += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, k)
        elif operation == 0x54:
            accumulator &= k
        elif operation == 0x15:
            place += yes if accumulator == k else no
        elif operation == 0x35:
            place += yes if accumulator >= k else no
        else:
            assert operation == 0x06
            return k


class Filter:
    def __init__(self, machine: str, allowed: Allowed = Allowed()) -> None:  # noqa: B008 - it is immutable
        self.machine = machine
        self.architecture = AUDIT_ARCHITECTURES[machine]
        self.program = assemble(
            self.architecture,
            encode_rules(policy_rules(machine, CONTROL, allowed)) + encode_rules(own_process_rules(machine, PID)),
        )

    def __call__(self, name: str | int, *arguments: int) -> int:
        number = name if isinstance(name, int) else syscall_number(self.machine, name)
        return run(self.program, self.architecture, number, *arguments)


@pytest.fixture(params=sorted(AUDIT_ARCHITECTURES))
def policy(request):
    return Filter(request.param)


ALLOWED = [
    ("write", 1), ("write", 2), ("write", CONTROL), ("read", 0), ("read", CONTROL), ("brk", 0), ("futex", 1, 0),
    ("mmap", 0, 4096, 3, 0x22, -1), ("mmap", 0, 4096, 0, 0x4022, -1), ("mmap", 0, 4096, 3, 0x20022, -1),
    ("mprotect", 4096, 4096, 3), ("mprotect", 4096, 4096, 0), ("madvise", 4096, 4096, 4), ("exit_group", 0),
    ("tgkill", PID, 99, 6), ("kill", PID, 6), ("close", CONTROL), ("prlimit64", 0, 3, 0, 1), ("fstat", 1),
    ("clock_nanosleep", 0), ("getrandom", 1, 16), ("rt_sigreturn",), ("membarrier", 0), ("fcntl", 1, 3),
]  # fmt: skip
DENIED = [
    ("write", 0), ("write", 4), ("read", 1), ("read", 5), ("mmap", 0, 4096, 7, 0x22, -1),
    ("mmap", 0, 4096, 5, 0x22), ("mmap", 0, 4096, 3, 0x21), ("mmap", 0, 4096, 3, 0x32),
    ("mmap", 0, 4096, 3, 0x02, 1), ("mmap", 0, 4096, 4, 0x22), ("mprotect", 4096, 4096, 5),
    ("mprotect", 4096, 4096, 7), ("madvise", 4096, 4096, 9), ("tgkill", PID + 1, 1, 9), ("kill", -1, 9),
    ("kill", 0, 9), ("kill", 1, 0), ("close", 4), ("close", 2**31), ("prlimit64", PID, 3, 0, 1),
    ("prlimit64", 0, 3, 4096, 0), ("ioctl", 1, 0x5412), ("fcntl", 1, 0), ("newfstatat", -100, 1, 1, 0),
]  # fmt: skip


@pytest.mark.parametrize("call", ALLOWED, ids=str)
def test_allowed(policy, call):
    assert policy(*call) == ALLOW


@pytest.mark.parametrize("call", DENIED, ids=str)
def test_denied(policy, call):
    assert policy(*call) == TRAP


def test_answered_without_being_made(policy):
    assert policy("close", 1) == errno_action(0)
    assert policy("ioctl", 1, 0x5401) == errno_action(25)
    assert policy("sysinfo") == errno_action(38)
    assert policy("newfstatat", 1, 1, 1, 0x1000) == errno_action(13)


def test_every_call_without_a_rule_is_denied(policy):
    rules = [*policy_rules(policy.machine, CONTROL, Allowed()), *own_process_rules(policy.machine, PID)]
    named = {rule.number for rule in rules}
    for number in [*range(600), 0x3FFFFFFF]:
        if number not in named:
            assert policy(number) == TRAP


@pytest.mark.parametrize("number", [0x40000000, 0x40000001, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_number_of_x32_is_the_end_without_a_signal_to_handle(policy, number):
    assert policy(number) == KILL_PROCESS


def test_names_and_numbers():
    known = {"x86_64": {0: "read", 59: "execve", 231: "exit_group", 435: "clone3", 462: "mseal"}}
    known["aarch64"] = {
        63: "read",
        221: "execve",
        94: "exit_group",
        435: "clone3",
        259: None,
        244: None,
        261: "prlimit64",
    }
    known["riscv64"] = {63: "read", 221: "execve", 259: "riscv_flush_icache", 9999: None}
    for machine, names in known.items():
        for number, name in names.items():
            assert syscall_name(machine, number) == name
            assert name is None or syscall_number(machine, name) == number
    assert syscall_number("aarch64", "open") is None
    with pytest.raises(KeyError):
        syscall_number("x86_64", "no_such_call")


def test_another_architecture_is_denied(policy):
    for architecture in (0x40000003, 0, *AUDIT_ARCHITECTURES.values()):
        if architecture != policy.architecture:
            assert run(policy.program, architecture, syscall_number(policy.machine, "getpid")) == KILL_PROCESS


def test_rule_with_several_conditions():
    rules = [Rule(7, 1, (Condition(0, 0xFF, (1, 2)), Condition(1, 0xFFFFFFFF, (5,)))), Rule(7, 2), Rule(8, 3)]
    program = assemble(1, encode_rules(rules), default=9)
    cases = {(7, 1, 5): 1, (7, 0x102, 5): 1, (7, 3, 5): 2, (7, 1, 4): 2, (8, 0, 0): 3, (9, 1, 5): 9}
    assert {case: run(program, 1, *case) for case in cases} == cases


def test_program_is_short_enough(policy):
    assert len(policy.program) // 8 < 4096


PTHREAD = 0x3D0F00


def test_threads_only_if_asked_for(policy):
    for call in (("clone", PTHREAD), ("clone3", 1, 88), ("set_robust_list", 1, 24), ("rseq", 1, 32, 0, 0)):
        assert policy(*call) == TRAP


def test_threads(policy):
    threads = Filter(policy.machine, Allowed(threads=True))
    for call in (("clone", PTHREAD), ("clone", PTHREAD | 0x400000), ("set_robust_list", 1, 24), ("rseq", 1, 32)):
        assert threads(*call) == ALLOW
    assert threads("clone3", 1, 88) == errno_action(38)
    assert threads("madvise", 4096, 4096, 102) == errno_action(22)
    others = (
        0,
        17,
        0x11,
        PTHREAD | 17,
        PTHREAD & ~0x100,
        PTHREAD & ~0x10000,
        PTHREAD | 0x10000000,
        0x20000000 | PTHREAD,
    )
    for flags in others:
        assert threads("clone", flags) == TRAP
    for call in ALLOWED:
        assert threads(*call) == ALLOW
    for call in DENIED:
        assert threads(*call) == TRAP


READING = [
    ("openat", -100, 1, 0), ("openat", -100, 1, 0x80000), ("openat", -100, 1, 0x98800), ("read", 7), ("pread64", 7),
    ("close", 7), ("newfstatat", -100, 1, 1, 0), ("newfstatat", 5, 1, 1, 0x1000), ("statx", -100), ("readlinkat", -100),
    ("getdents64", 7), ("faccessat", -100), ("mmap", 0, 4096, 1, 2, 7), ("mmap", 0, 4096, 3, 0x802, 7),
]  # fmt: skip
NOT_READING = [
    ("openat", -100, 1, 1), ("openat", -100, 1, 2), ("openat", -100, 1, 0x40), ("openat", -100, 1, 0x200),
    ("openat", -100, 1, 0x400), ("openat", -100, 1, 0x200000), ("openat", -100, 1, 0x410000), ("mmap", 0, 4096, 5, 2, 7),
    ("mmap", 0, 4096, 3, 1, 7), ("write", 7), ("unlinkat", -100), ("mkdirat", -100), ("linkat", -100), ("execve", 1),
    ("ftruncate", 7), ("fchmodat", -100), ("name_to_handle_at", -100), ("open_by_handle_at", 7), ("dup", 1),
]  # fmt: skip


def test_reading_files(policy):
    reading = Filter(policy.machine, Allowed(files=True))
    for call in READING:
        assert reading(*call) == ALLOW
    for call in NOT_READING:
        assert reading(*call) == TRAP
    assert reading("openat2", -100) == errno_action(38)
    assert reading("close", 1) == errno_action(0)
    if policy.machine == "x86_64":
        assert reading("open", 1, 0) == ALLOW
        assert reading("open", 1, 1) == TRAP


def test_files_only_if_asked_for(policy):
    for name, *arguments in READING:
        assert policy(name, *arguments) in (TRAP, errno_action(errno.EACCES))


def test_without_clocks(policy):
    silent = Filter(policy.machine, Allowed(clocks=False))
    for name in ("clock_gettime", "nanosleep", "clock_nanosleep", "clock_getres", "gettimeofday", "times", "getrusage"):
        assert policy(name) == ALLOW
        assert silent(name) == TRAP
    assert silent("futex", 1, 0) == ALLOW
    assert silent("prctl", 26, 2) == ALLOW  # giving up the CPU's clock
    assert silent("prctl", 26, 1) == silent("prctl", 4, 1) == policy("prctl", 26, 2) == TRAP
