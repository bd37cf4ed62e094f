"""The write window of a session's memory, looked at from the kernel's side at every step; and what fails in it.

What the hooks do is look: the system calls are made as they are.
"""

from __future__ import annotations

import errno
import faulthandler
import logging
import mmap
import os
from collections.abc import Iterator

import pytest
from exclave.executor import kernel
from exclave.executor.errors import InvalidArgumentError, ResourceExhaustedError
from exclave.executor.memory.ledger import Segment
from exclave.executor.memory.session_memory import SessionMemory
from exclave.executor.memory.virtmem import PAGE, MemoryFile, RwView
from exclave.executor.zones import Zone, zone_sizes
from support_mappings import mappings_of

BASE = 0x5000_0000_0000
GUARDED = (Zone.CODE, Zone.READONLY)


class Watched:
    """A session's memory, and what of it this process can access: at any moment, and whenever bytes are copied."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.memory = SessionMemory(zone_sizes(1 << 20, 1), "x86_64")
        self.memory.place(BASE)
        self.inodes = {os.fstat(self.memory._files[zone].fd).st_ino: zone for zone in GUARDED}
        self.in_windows: list[dict[Zone, list[tuple[int, int]]]] = []
        real = kernel.copy_into_view

        def look(*arguments: object) -> None:
            self.in_windows.append(self.accessible())
            real(*arguments)

        monkeypatch.setattr(kernel, "copy_into_view", look)

    def accessible(self) -> dict[Zone, list[tuple[int, int]]]:
        """Offsets [first, end) that can be accessed, by zone; nothing can ever be executed."""
        found: dict[Zone, list[tuple[int, int]]] = {}
        for mapping in mappings_of(os.getpid(), self.inodes):
            assert "x" not in mapping.rights
            if mapping.rights != "---s":
                assert mapping.rights == "rw-s"
                found.setdefault(self.inodes[mapping.inode], []).append((mapping.offset, mapping.offset + mapping.size))
        return found

    def segment(self, zone: Zone, offset: int, size: int, content: int | None = None) -> Segment:
        return Segment(self.memory.zones[zone].address + offset, size, size if content is None else content, zone)

    def chunks(self, *chunks: bytes) -> Iterator[bytes]:
        """Looks before each chunk and behind the last."""
        for chunk in chunks:
            assert self.accessible() == {}
            yield chunk
        assert self.accessible() == {}


@pytest.fixture
def watched(monkeypatch):
    made = Watched(monkeypatch)
    yield made
    made.memory.close()


def test_it_is_open_where_bytes_are_copied_and_only_then(watched):
    plan = [[watched.segment(Zone.CODE, PAGE + 100, 2 * PAGE), watched.segment(Zone.READONLY, 7 * PAGE, 5)]]
    assert watched.accessible() == {}
    ids = watched.memory.claim(plan)
    assert watched.accessible() == {}
    content = b"c" * 2 * PAGE + b"const"
    watched.memory.fill(ids, watched.chunks(content[:10], content[10 : PAGE + 10], content[PAGE + 10 :]))
    assert watched.in_windows == [
        {Zone.CODE: [(PAGE, 2 * PAGE)]},
        {Zone.CODE: [(PAGE, 3 * PAGE)]},
        {Zone.CODE: [(2 * PAGE, 4 * PAGE)]},
        {Zone.READONLY: [(7 * PAGE, 8 * PAGE)]},
    ]
    watched.memory.settle(ids)
    assert watched.accessible() == {}


def test_far_places_of_a_zone_have_windows_of_their_own(watched):
    plan = [[watched.segment(Zone.CODE, 0, 8)], [watched.segment(Zone.CODE, 9 * PAGE, 8)]]
    watched.memory.fill(watched.memory.claim(plan), watched.chunks(b"onetwo12onetwo12"))
    assert watched.in_windows == [{Zone.CODE: [(0, PAGE)]}, {Zone.CODE: [(9 * PAGE, 10 * PAGE)]}]


def test_data_need_none(watched):
    watched.memory.fill(watched.memory.claim([[watched.segment(Zone.DATA, 0, 9)]]), watched.chunks(b"123456789"))
    assert watched.in_windows == []


def test_tails_and_freed_places_have_one_too(watched):
    ids = watched.memory.claim([[watched.segment(Zone.CODE, 8, 100, 4)], [watched.segment(Zone.CODE, 108, 8)]])
    watched.memory.fill(ids, watched.chunks(b"1234", b"12345678"))
    watched.memory.settle(ids)
    watched.in_windows.clear()
    watched.memory.discard(ids[0])  # on a page that is still used
    assert watched.in_windows == [{Zone.CODE: [(0, PAGE)]}]
    assert watched.accessible() == {}


def test_a_refused_plan_opens_nothing(watched):
    with pytest.raises(InvalidArgumentError):
        watched.memory.claim([[watched.segment(Zone.CODE, 0, 4)], [watched.segment(Zone.CODE, 2, 4)]])
    assert (watched.in_windows, watched.accessible()) == ([], {})


@pytest.mark.parametrize("chunks", [[b"1234"], [b"1234", b"123456"]])
def test_contents_of_the_wrong_length_leave_it_closed(watched, chunks):
    ids = watched.memory.claim([[watched.segment(Zone.CODE, 0, 8)]])
    with pytest.raises(InvalidArgumentError):
        watched.memory.fill(ids, watched.chunks(*chunks))
    assert watched.in_windows == [{Zone.CODE: [(0, PAGE)]}]
    assert watched.accessible() == {}


def test_a_stream_that_breaks_leaves_it_closed(watched):
    def broken() -> Iterator[bytes]:
        yield b"1234"
        assert watched.accessible() == {}
        raise ConnectionResetError

    ids = watched.memory.claim([[watched.segment(Zone.CODE, 0, 8)]])
    with pytest.raises(ConnectionResetError):
        watched.memory.fill(ids, broken())
    assert watched.accessible() == {}
    watched.memory.discard(ids[0])
    assert watched.accessible() == {}
    assert sum(watched.memory.committed().values()) == 0


# What fails in a window. No seal keeps a test's own file from being truncated, which is the one way to provoke, with
# nothing but system calls, what failing memory does: a page of the view that cannot be had.


@pytest.fixture
def shaky(monkeypatch, watched):
    """A session's memory, of which the code zone's file can be truncated behind its back."""
    file = watched.memory._files[Zone.CODE]
    fd = os.memfd_create("shaky")
    os.ftruncate(fd, file.size)
    os.dup2(fd, file.fd)
    os.close(fd)
    watched.memory._views[Zone.CODE].close()
    watched.memory._views[Zone.CODE] = RwView(file)
    watched.inodes = {os.fstat(file.fd).st_ino: Zone.CODE}
    monkeypatch.setattr(file, "commit", lambda offset, size: None)  # which would make the file longer again
    return watched


def test_a_store_of_our_own_would_have_been_the_end():
    """What the kernel's copy spares the daemon: the same fault in the same place, by an ordinary copy."""
    child = os.fork()
    if child == 0:
        faulthandler.disable()  # pytest's
        fd = os.memfd_create("shaky")
        os.ftruncate(fd, PAGE)
        view = mmap.mmap(fd, PAGE)
        os.ftruncate(fd, 0)
        view[:4] = b"1234"
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)


def test_a_page_that_fails_is_a_refusal_and_a_line_in_the_log(shaky, caplog):
    os.ftruncate(shaky.memory._files[Zone.CODE].fd, 0)
    ids = shaky.memory.claim([[shaky.segment(Zone.CODE, 0, 8)]])
    with caplog.at_level(logging.ERROR, "exclave.executor"), pytest.raises(ResourceExhaustedError) as caught:
        shaky.memory.fill(ids, [b"12345678"])
    assert caught.value.reason == "MEMORY_FAULT"
    assert "8 bytes of code" in caught.value.message
    (record,) = caplog.records
    assert record.getMessage() == "memory fault"
    assert record.facts == {"zone": "code", "offset": 0, "size": 8, "error": os.strerror(errno.EFAULT)}
    assert shaky.accessible() == {}


def test_a_batch_that_failed_is_forgotten_and_the_session_works_on(shaky):
    file = shaky.memory._files[Zone.CODE]
    os.ftruncate(file.fd, PAGE)
    ids = shaky.memory.claim([[shaky.segment(Zone.CODE, 0, 3 * PAGE)]])
    with pytest.raises(ResourceExhaustedError):
        shaky.memory.fill(ids, [b"x" * 3 * PAGE])
    os.ftruncate(file.fd, file.size)
    shaky.memory.discard(ids[0])
    again = shaky.memory.claim([[shaky.segment(Zone.CODE, 0, 8)]])
    shaky.memory.fill(again, [b"12345678"])
    assert file.read(0, 16) == b"12345678" + bytes(8)


def test_scrubbing_a_page_that_fails_frees_it_all_the_same(shaky):
    ids = shaky.memory.claim([[shaky.segment(Zone.CODE, 0, 8)], [shaky.segment(Zone.CODE, 8, 8)]])
    shaky.memory.fill(ids, [b"x" * 16])
    shaky.memory.settle(ids)
    os.ftruncate(shaky.memory._files[Zone.CODE].fd, 0)
    shaky.memory.discard(ids[0])
    shaky.memory.claim([[shaky.segment(Zone.CODE, 0, 8)]])


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.ENOMEM])
def test_memory_that_there_is_not_is_a_refusal_before_any_window(watched, monkeypatch, number):
    """The one system call that is made up here: nothing real has a memory file run out of space, but a full host."""

    def full(*_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "posix_fallocate", full)
    ids = watched.memory.claim([[watched.segment(Zone.CODE, 0, 8)]])
    with pytest.raises(ResourceExhaustedError, match=os.strerror(number)) as caught:
        watched.memory.fill(ids, watched.chunks(b"12345678"))
    assert caught.value.reason == "NO_MEMORY"
    assert (watched.in_windows, watched.accessible()) == ([], {})


# The kernel's copy.


@pytest.fixture
def file():
    made = MemoryFile("test", 16 * PAGE)
    yield made
    made.close()


def test_nothing_goes_through_a_closed_window(file):
    view = RwView(file)
    with view.window(PAGE, 2 * PAGE), pytest.raises(OSError, match="Bad address") as caught:
        view.write([(PAGE, memoryview(b"in")), (2 * PAGE, memoryview(b"out"))])
    assert caught.value.errno == errno.EFAULT
    assert file.read(2 * PAGE, 3) == bytes(3)
    with pytest.raises(OSError, match="Bad address"):
        view.write([(PAGE, memoryview(b"late"))])
    view.close()


@pytest.mark.parametrize("count", [0, 1, 2, 1023, 1024, 1025, 3000])
def test_many_pieces(file, count):
    view = RwView(file)
    pieces = [(16 * i + i % 5, memoryview(os.urandom(1 + i % 11))) for i in range(count)]
    expected = bytearray(file.size)
    for offset, data in pieces:
        expected[offset : offset + len(data)] = data
    with view.window(0, file.size):
        view.write(pieces)
    assert file.read(0, file.size) == expected
    view.close()


def test_a_piece_of_a_large_chunk_is_taken_where_it_lies(file):
    view, chunk = RwView(file), os.urandom(3 * PAGE)
    with view.window(0, 2 * PAGE):
        view.write([(5, memoryview(chunk)[100 : PAGE + 100])])
    assert file.read(5, PAGE) == chunk[100 : PAGE + 100]
    view.close()


def test_where_the_call_is_unknown_the_file_is_written(file, monkeypatch):
    """A number that no system call has gives what a kernel without this one gives."""
    monkeypatch.setattr(kernel, "SYS_PROCESS_VM_WRITEV", 0x3FFFFFFF)
    view = RwView(file)
    with view.window(0, PAGE):
        view.write([(1, memoryview(b"one")), (9, memoryview(b"two"))])
    assert file.read(0, 12) == b"\0one\0\0\0\0\0two"
    view.close()
