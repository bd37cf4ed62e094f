"""The default policy: which system calls pure computation with stdio may make.

Owns: the list, and why each entry that is not plain is as it is. Must not know: how a filter is built or
applied. Everything that is not named is not made and raises SIGSYS, which ends the process unless the code
has a handler of its own. Three kinds:

- allowed whatever the arguments;
- allowed with certain arguments only: no executable mapping, no foreign process, no descriptor but stdio;
- answered without being made: what libc asks in passing and copes with not knowing.
"""

from __future__ import annotations

import errno
from typing import NamedTuple, Protocol

from exclave.executor.bpf import ALLOW, Condition, Rule, errno_action
from exclave.executor.syscall_numbers import syscall_number

ANY = 0xFFFFFFFF

_PLAIN = (
    # the hottest first: the filter is a list
    "futex", "brk", "munmap", "mremap", "getrandom", "sched_yield", "restart_syscall",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "exit", "exit_group",
    "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrlimit",
    "uname", "getcpu", "sched_getaffinity", "membarrier", "fstat", "lseek", "riscv_flush_icache",
)  # fmt: skip
_CLOCKS = (
    "clock_gettime", "nanosleep", "clock_nanosleep", "clock_getres", "gettimeofday", "time", "times", "getrusage",
)  # fmt: skip
# What reading files takes besides openat. They look at paths, which Landlock and the root folder bound, or at
# descriptors, of which there are stdio and files that were opened to be read.
_FILES = (
    "read", "readv", "pread64", "preadv", "close", "newfstatat", "stat", "lstat", "statx", "access", "faccessat",
    "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd", "fadvise64", "statfs", "fstatfs",
)  # fmt: skip


class Allowed(NamedTuple):
    """What is allowed besides computing and stdio.

    Attributes:
        threads: the code may start threads.
        files: it may open files to read them.
        clocks: it may ask the time, and sleep.
    """

    threads: bool = False
    files: bool = False
    clocks: bool = True


class _Add(Protocol):
    """What adds a rule: a name, conditions, an action."""

    def __call__(self, name: str, *tests: Condition, action: int = ALLOW) -> None: ...


_PROT_EXEC = 4
_MAP_PRIVATE_ANONYMOUS = 0x22
_MAP_HARMLESS = 0x4000 | 0x20000  # NORESERVE, STACK
_TCGETS = 0x5401
_F_GETFD, _F_GETFL = 1, 3
_PTHREAD_CREATE = 0x3D0F00  # VM, FS, FILES, SYSVSEM, SIGHAND, THREAD, SETTLS, PARENT_SETTID, CHILD_CLEARTID
_CLONE_DETACHED = 0x400000  # means nothing any more; musl sets it
# Bits of open's flags that make nothing that can be written, in the numbering of any architecture: NOCTTY, NONBLOCK,
# CLOEXEC, and DIRECTORY, NOFOLLOW, LARGEFILE, DIRECT, whose numbers differ.
_OPEN_HARMLESS = 0x100 | 0x800 | 0x80000 | 0x4000 | 0x8000 | 0x10000 | 0x20000
_MAP_PRIVATE, _MAP_DENYWRITE = 0x02, 0x800
_PR_SET_TSC, _PR_TSC_SIGSEGV = 26, 2
_GUARD_ADVICE = (102, 103)  # GUARD_INSTALL, GUARD_REMOVE
_ADVICE = (0, 1, 2, 3, 4, 8, 14, 15)  # normal .. DONTNEED, FREE, HUGEPAGE, NOHUGEPAGE: not REMOVE


def policy_rules(machine: str, control: int, allowed: Allowed) -> list[Rule]:
    """The rules for what is allowed; what opens comes first, for the first rule that fits a call decides."""
    rules = file_rules(machine) if allowed.files else []
    rules += default_rules(machine, control)
    rules += thread_rules(machine) if allowed.threads else []
    return rules + (clock_rules(machine) if allowed.clocks else no_clock_rules(machine))


def default_rules(machine: str, control: int) -> list[Rule]:
    """The rules that are the same for all workers, whose control socket is descriptor `control`.

    The control socket is closed before foreign code runs, and no call that makes a descriptor is allowed.
    """
    rules: list[Rule] = []
    add = _adder(rules, machine)
    for name in ("read", "readv"):
        add(name, Condition(0, ANY, (0, control)))
    for name in ("write", "writev"):
        add(name, Condition(0, ANY, (1, 2, control)))
    for name in _PLAIN:
        add(name)
    _memory_rules(add)
    _process_rules(add)
    _descriptor_rules(add, control)
    return rules


def own_process_rules(machine: str, pid: int) -> list[Rule]:
    """The rules of the worker with this process id: abort() and raise()."""
    rules: list[Rule] = []
    for name in ("tgkill", "kill"):
        _adder(rules, machine)(name, Condition(0, ANY, (pid,)))
    return rules


def thread_rules(machine: str) -> list[Rule]:
    """The rules that come on top where the code may start threads: what pthread_create() and its threads do."""
    rules: list[Rule] = []
    add = _adder(rules, machine)
    add("clone", Condition(0, ANY & ~_CLONE_DETACHED, (_PTHREAD_CREATE,)))
    # Its flags are in memory, which a filter cannot read. The C library falls back to clone.
    add("clone3", action=errno_action(errno.ENOSYS))
    add("set_robust_list")
    add("rseq")
    # How new C libraries guard stacks, if they can; they fall back to mprotect.
    add("madvise", Condition(2, ANY, _GUARD_ADVICE), action=errno_action(errno.EINVAL))
    return rules


def clock_rules(machine: str) -> list[Rule]:
    """The rules for asking the time and sleeping. What asks without a system call (the vdso) is no matter for them."""
    rules: list[Rule] = []
    for name in _CLOCKS:
        _adder(rules, machine)(name)
    return rules


def no_clock_rules(machine: str) -> list[Rule]:
    """The rule for giving up the CPU's clock, which each thread does for itself; there is no way back."""
    rules: list[Rule] = []
    _adder(rules, machine)("prctl", Condition(0, ANY, (_PR_SET_TSC,)), Condition(1, ANY, (_PR_TSC_SIGSEGV,)))
    return rules


def file_rules(machine: str) -> list[Rule]:
    """The rules that come first where the code may open files: to read only."""
    rules: list[Rule] = []
    add = _adder(rules, machine)
    add("openat", Condition(2, ANY & ~_OPEN_HARMLESS, (0,)))
    add("open", Condition(1, ANY & ~_OPEN_HARMLESS, (0,)))
    # Its flags are in memory, which a filter cannot read. Nobody needs it.
    add("openat2", action=errno_action(errno.ENOSYS))
    private = Condition(3, ANY & ~_MAP_DENYWRITE, (_MAP_PRIVATE,))
    add("mmap", Condition(2, _PROT_EXEC, (0,)), private)
    add("close", Condition(0, ANY, (0, 1, 2)), action=errno_action(0))  # as below
    for name in _FILES:
        add(name)
    return rules


def _adder(rules: list[Rule], machine: str) -> _Add:
    def add(name: str, *tests: Condition, action: int = ALLOW) -> None:
        number = syscall_number(machine, name)
        if number is not None:
            rules.append(Rule(number, action, tests))

    return add


def _memory_rules(add: _Add) -> None:
    no_exec = Condition(2, _PROT_EXEC, (0,))
    add("mmap", no_exec, Condition(3, ANY & ~_MAP_HARMLESS, (_MAP_PRIVATE_ANONYMOUS,)))
    add("mprotect", no_exec)
    add("madvise", Condition(2, ANY, _ADVICE))


def _process_rules(add: _Add) -> None:
    add("prlimit64", Condition(0, ANY, (0,)), Condition(2, ANY, (0,)))  # asking, not setting
    # qsort asks how much memory there is, and takes no answer for an answer.
    add("sysinfo", action=errno_action(errno.ENOSYS))


def _descriptor_rules(add: _Add, control: int) -> None:
    add("close", Condition(0, ANY, (control,)))
    # fclose(stdout) seems to work; the pipes stay, so that a later call can still print.
    add("close", Condition(0, ANY, (0, 1, 2)), action=errno_action(0))
    add("ioctl", Condition(1, ANY, (_TCGETS,)), action=errno_action(errno.ENOTTY))  # isatty
    add("fcntl", Condition(1, ANY, (_F_GETFD, _F_GETFL)))
    # glibc's fstat. It is given a path, which a filter cannot read, so stdio gets no answer and copes.
    add("newfstatat", Condition(3, ANY, (0x1000,)), action=errno_action(errno.EACCES))
