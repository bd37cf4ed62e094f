"""Memory files and the daemon's views of them: system calls, no policy.

Owns: memfd, seals, mappings, protections, holes. Must not know: sessions, zones, which ranges are live.
Invariant: a view is inaccessible (PROT_NONE) outside a window, a window covers whole pages, and bytes are stored
through it by the kernel, not by this process; single words (`RwView.store`) are the exception.

Why the kernel copies (`RwView.write`). A page that is committed can still fail when it is touched: swapped out to a
disk that cannot be read, or memory that the hardware has given up. In a copy of our own that is SIGBUS, which Python
cannot catch, and the daemon's end with all its sessions; in process_vm_writev it is EFAULT, and one batch is refused.
pwrite to the memory file would say as much, but it would go past the view: nothing would keep what the second mapping
is for, that bytes go in only where a window is open. This call goes through the view, with its protection as it is.
Where it is forbidden (old containers), pwrite is what is left: there the window guards nothing, and hurts nothing.
No such call promises to store a word in one piece, which a pointer needs through which other threads jump meanwhile:
that is a store of our own, right after the kernel has read the word, and has thereby found its page sound.

Lanes are memory that both sides store to at any time, without a window: a fault there is caught by nobody, and
faulthandler, which `server.py` switches on, has it in the daemon's log.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from exclave.executor import kernel

PAGE = mmap.PAGESIZE
_MFD_CLOEXEC, _MFD_ALLOW_SEALING, _MFD_NOEXEC_SEAL = 1, 2, 8
_F_ADD_SEALS = 1033
_SEAL_SEAL, _SEAL_SHRINK, _SEAL_GROW = 1, 2, 4


class MemoryFile:
    """A memfd of fixed size: sealed against growing, shrinking and further seals.

    Not sealed with F_SEAL_FUTURE_WRITE: that would forbid `punch` too.
    """

    def __init__(self, name: str, size: int) -> None:
        self.size = size
        self.fd = _create(name)
        os.ftruncate(self.fd, size)
        fcntl.fcntl(self.fd, _F_ADD_SEALS, _SEAL_GROW | _SEAL_SHRINK | _SEAL_SEAL)

    def reopen_readonly(self) -> int:
        """Returns a new descriptor from which no writable view can ever be mapped."""
        return os.open(f"/proc/self/fd/{self.fd}", os.O_RDONLY | os.O_CLOEXEC)

    def commit(self, offset: int, size: int) -> None:
        """Makes the system provide the pages now: an error here instead of SIGBUS in a write.

        Raises: OSError (ENOSPC, ENOMEM).
        """
        os.posix_fallocate(self.fd, offset, size)

    def read(self, offset: int, size: int) -> bytes:
        """Copies bytes out; unlike a view's, this reading does not make the system provide empty pages."""
        return os.pread(self.fd, size, offset)

    def write(self, offset: int, data: memoryview | bytes) -> None:
        """Copies bytes in; the system provides the pages.

        Raises: OSError (ENOSPC, ENOMEM); the first of the bytes may be there then.
        """
        while len(data):
            count = os.pwrite(self.fd, data, offset)
            offset, data = offset + count, data[count:]

    def punch(self, offset: int, size: int) -> None:
        """Gives whole pages back to the system; they read as zeros afterwards."""
        kernel.punch_hole(self.fd, offset, size)

    def committed(self) -> int:
        """Bytes that the system provides for it."""
        return os.fstat(self.fd).st_blocks * 512

    def close(self) -> None:
        """Closes the descriptor; views and the worker's mappings stay."""
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1


def _create(name: str) -> int:
    flags = _MFD_CLOEXEC | _MFD_ALLOW_SEALING
    try:
        return os.memfd_create(name, flags | _MFD_NOEXEC_SEAL)
    except OSError as error:
        if error.errno != errno.EINVAL:  # kernels before 6.3 do not know the flag
            raise
        return os.memfd_create(name, flags)


class RwView:
    """The daemon's view of a whole memory file; inaccessible but in a window."""

    def __init__(self, file: MemoryFile) -> None:
        self._file = file
        self._bytes = mmap.mmap(file.fd, file.size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        self._bytes.madvise(mmap.MADV_DONTFORK)
        self.address = address_of(self._bytes)
        kernel.mprotect(self.address, file.size, kernel.PROT_NONE)

    @contextmanager
    def window(self, start: int, end: int) -> Iterator[None]:
        """Makes the pages of bytes [start, end) readable and writable for as long as the context lasts.

        One at a time: the caller holds a lock.
        """
        first = start & -PAGE
        size = ((end + PAGE - 1) & -PAGE) - first
        kernel.mprotect(self.address + first, size, kernel.PROT_READ | kernel.PROT_WRITE)
        try:
            yield
        finally:
            kernel.mprotect(self.address + first, size, kernel.PROT_NONE)

    def write(self, pieces: Sequence[tuple[int, memoryview]]) -> None:
        """Copies bytes to offsets, all of them within the open window.

        Raises: OSError (EFAULT: outside the window, or a page that fails); some of the bytes may be there then.
        """
        try:
            kernel.copy_into_view([data for _, data in pieces], [self.address + offset for offset, _ in pieces])
        except OSError as error:
            if error.errno not in (errno.ENOSYS, errno.EPERM):
                raise
            for offset, data in pieces:
                self._file.write(offset, data)

    def store(self, words: Sequence[tuple[int, memoryview]]) -> None:
        """Stores aligned words of eight bytes, each in one piece, within the open window.

        Raises: OSError: a page that fails.
        """
        for offset, data in words:
            self._file.read(offset, len(data))
            with memoryview(self._bytes) as view, view[offset : offset + len(data)] as word, word.cast("Q") as slot:
                slot[0] = int.from_bytes(data, "little")  # an item is one store, a slice of bytes may be several

    def close(self) -> None:
        """Unmaps the view."""
        self._bytes.close()


Put = Callable[[RwView, Sequence[tuple[int, memoryview]]], None]
"""How bytes or words get into a view."""


def map_shared(file: MemoryFile) -> mmap.mmap:
    """Maps a whole memory file readable and writable, for good: lanes."""
    view = mmap.mmap(file.fd, file.size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
    view.madvise(mmap.MADV_DONTFORK)
    return view


def address_of(view: mmap.mmap) -> int:
    """Where a view lies in this process."""
    return ctypes.addressof(ctypes.c_char.from_buffer(view))
