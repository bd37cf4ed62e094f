"""Linux system calls that Python's standard library does not have, through ctypes.

Owns: prototypes and numbers. Must not know: what anybody wants with them.
Invariant: importing it makes every prototype, so that nothing is loaded or mapped on a later call; a call
that fails raises OSError with its errno.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
from array import array
from collections.abc import Sequence
from itertools import chain

libc = ctypes.CDLL(None, use_errno=True)

_syscall = libc.syscall
_syscall.restype = ctypes.c_long
_syscall.argtypes = [ctypes.c_long] + [ctypes.c_void_p] * 6
_mmap = libc.mmap
_mmap.restype = ctypes.c_void_p
_mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
_mprotect = libc.mprotect
_mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
_prctl = libc.prctl
_prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
_fallocate = libc.fallocate
_fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
_mount = libc.mount
_mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]
_umount = libc.umount2
_umount.argtypes = [ctypes.c_char_p, ctypes.c_int]
_unshare = libc.unshare
_unshare.argtypes = [ctypes.c_int]
_get_buffer = ctypes.pythonapi.PyObject_GetBuffer
_get_buffer.argtypes = [ctypes.py_object, ctypes.c_void_p, ctypes.c_int]
_release_buffer = ctypes.pythonapi.PyBuffer_Release
_release_buffer.argtypes = [ctypes.c_void_p]
_release_buffer.restype = None
_dlsym = libc.dlsym
_dlsym.restype = ctypes.c_void_p
_dlsym.argtypes = [ctypes.c_void_p, ctypes.c_char_p]

PROT_NONE, PROT_READ, PROT_WRITE, PROT_EXEC = 0, 1, 2, 4
MAP_SHARED, MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS = 0x01, 0x02, 0x10, 0x20
MAP_NORESERVE, MAP_FIXED_NOREPLACE = 0x4000, 0x100000
_MAP_FAILED = 2**64 - 1

# Since Linux 5.1 new system calls have one number on all architectures; futex is older.
MACHINE = os.uname().machine
SYS_FUTEX = 202 if MACHINE == "x86_64" else 98
SYS_SECCOMP = 317 if MACHINE == "x86_64" else 277
SYS_CLONE = 56 if MACHINE == "x86_64" else 220
SYS_CAPSET = 126 if MACHINE == "x86_64" else 91
SYS_PIVOT_ROOT = 155 if MACHINE == "x86_64" else 41
SYS_PROCESS_VM_WRITEV = 311 if MACHINE == "x86_64" else 271
SYS_MEMBARRIER = 324 if MACHINE == "x86_64" else 283
SYS_OPENAT2 = 437
SYS_LANDLOCK_CREATE_RULESET, SYS_LANDLOCK_ADD_RULE, SYS_LANDLOCK_RESTRICT_SELF = 444, 445, 446
SYS_MSEAL = 462
_SYS_CLOSE_RANGE = 436
_M_ARENA_MAX = -8
_MAX_VECTORS = 1024  # IOV_MAX


def check(result: int) -> int:
    """Gives `result` back, or raises OSError when it is -1."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def syscall(number: int, *arguments: int) -> int:
    """Makes a system call of up to six integer arguments.

    Raises: OSError.
    """
    padded = arguments + (0,) * (6 - len(arguments))
    return check(_syscall(number, *padded))


def mmap(address: int, size: int, protection: int, flags: int, fd: int = -1, offset: int = 0) -> int:
    """Maps `size` bytes and returns their address.

    Raises: OSError.
    """
    result = _mmap(address, size, protection, flags, fd, offset)
    if result is None or result == _MAP_FAILED:
        check(-1)
    return int(result)


def mprotect(address: int, size: int, protection: int) -> None:
    """Changes the protection of whole pages.

    Raises: OSError.
    """
    check(_mprotect(address, size, protection))


def copy_into_view(data: Sequence[memoryview], places: Sequence[int]) -> None:
    """Has the kernel copy each of `data` to an address of this process: what would be SIGBUS or SIGSEGV in a copy of
    ours is an error here.

    Raises: OSError (EFAULT: a place cannot be written; ENOSYS, EPERM: there is no such call here).
    """
    joined = data[0] if len(data) == 1 else memoryview(bytearray().join(data))  # an address for each would cost more
    source, own = _address_of(joined), os.getpid()
    for first in range(0, len(places), _MAX_VECTORS):
        sizes = [len(one) for one in data[first : first + _MAX_VECTORS]]
        targets = zip(places[first : first + _MAX_VECTORS], sizes, strict=True)
        size = sum(sizes)
        vectors = array("Q", [source, size, *chain.from_iterable(targets)])
        local, _ = vectors.buffer_info()
        if syscall(SYS_PROCESS_VM_WRITEV, own, local, 1, local + 16, len(sizes), 0) != size:
            raise OSError(errno.EFAULT, os.strerror(errno.EFAULT))
        source += size


class _Buffer(ctypes.Structure):
    """Py_buffer, of which only the address is of interest; the rest is room."""

    _fields_ = (("address", ctypes.c_void_p), ("rest", ctypes.c_void_p * 15))


def _address_of(data: memoryview) -> int:
    """Where bytes lie that may be read-only; whoever has the view keeps them there."""
    buffer = _Buffer()
    _get_buffer(ctypes.py_object(data), ctypes.byref(buffer), 0)
    address = int(buffer.address or 0)
    _release_buffer(ctypes.byref(buffer))
    return address


def prctl(option: int, argument: int = 0) -> int:
    """Calls prctl with one argument.

    Raises: OSError.
    """
    return check(_prctl(option, argument, 0, 0, 0))


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mounts, binds or remounts; see mount(2).

    Raises: OSError.
    """
    check(_mount(source.encode(), os.fsencode(target), kind.encode(), flags, options.encode()))


def unmount(target: str) -> None:
    """Takes a mount out of the tree at once; it lives on as long as somebody uses it.

    Raises: OSError.
    """
    detach = 2
    check(_umount(os.fsencode(target), detach))


def unshare(flags: int) -> None:
    """Gives this process namespaces of its own.

    Raises: OSError.
    """
    check(_unshare(flags))


def punch_hole(fd: int, offset: int, size: int) -> None:
    """Gives the pages of a file's range back to the system: it reads as zeros afterwards.

    Raises: OSError.
    """
    keep_size, hole = 1, 2
    check(_fallocate(fd, keep_size | hole, offset, size))


def find_symbol(name: str) -> int:
    """Returns the address of a function or variable of this process, or 0: dlsym(RTLD_DEFAULT)."""
    return int(_dlsym(None, name.encode()) or 0)


def close_from(first: int) -> None:
    """Closes all descriptors from `first` on."""
    try:
        syscall(_SYS_CLOSE_RANGE, first, 0xFFFFFFFF, 0)
    except OSError:  # kernels before 5.9; os.closerange alone may try every number one by one
        os.closerange(first, min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 1 << 20))


def use_one_malloc_arena() -> None:
    """Has all threads use one arena of glibc's malloc: to shrink a further one it opens a file of /proc."""
    if hasattr(libc, "mallopt"):  # other C libraries have neither arenas nor this
        libc.mallopt(_M_ARENA_MAX, 1)
