"""A session's memory as the daemon has it: what is taken, and the bytes.

Owns: one memory file per zone, the rw views of code and read-only data, the ledger. Must not know: workers, lanes'
contents, the wire. Invariant: a plan is validated as a whole before its first byte is written; a view is accessible
only while bytes are copied through it, under one lock; what is undone or freed leaves no bytes of its own behind.
"""

from __future__ import annotations

import logging
import mmap
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence

from exclave.executor.errors import OutOfRangeError, ResourceExhaustedError
from exclave.executor.fault import Fault, read_fault
from exclave.executor.logs import log_event
from exclave.executor.memory.former_code import FormerCode
from exclave.executor.memory.ledger import Ledger, Segment
from exclave.executor.memory.pieces import Cursor, Piece, Place, groups_of, in_zones, joined, runs_of
from exclave.executor.memory.slots import SLOT, check_slots
from exclave.executor.memory.usage import MemoryUsage, WindowCount, ZoneUsage
from exclave.executor.memory.virtmem import PAGE, MemoryFile, Put, RwView, map_shared
from exclave.executor.zones import LANE_SIZE, ZONE_OF, AddressRange, Zone, ZoneRange, place_zones, round_down, round_up

_log = logging.getLogger(__name__)
MAX_CHUNK = 1 << 20
_LIMIT_SLACK = 1 << 20  # the lanes, the session runtime, and pages that are written twice

# What freed code is filled with: int3; brk #0 and ebreak are all of four bytes, hence the pattern's length.
_TRAPS = {"x86_64": b"\xcc\xcc\xcc\xcc", "aarch64": b"\x00\x00\x20\xd4", "riscv64": b"\x73\x00\x10\x00"}


class SessionMemory:
    """The memory of one session."""

    def __init__(self, sizes: Mapping[Zone, int], machine: str = "", limit: int = 0) -> None:
        """`limit`: bytes that the daemon may commit, 0: any."""
        self._limit = limit
        self._trap = _TRAPS.get(machine or os.uname().machine, bytes(4))
        self._sizes = dict(sizes)
        self._lock = threading.Lock()
        self._closed = False
        self._windows = WindowCount()
        self._files: dict[Zone, MemoryFile] = {}
        self._views: dict[Zone, RwView] = {}
        self.zones: dict[Zone, ZoneRange] = {}
        try:
            self._create(sizes)
        except OSError as error:
            self.close()
            raise ResourceExhaustedError("NO_MEMORY", f"cannot create the session's memory: {error}") from error

    def _create(self, sizes: Mapping[Zone, int]) -> None:
        for zone, size in sizes.items():
            self._files[zone] = MemoryFile(f"exclave-{zone.name.lower()}", size)
        for zone in (Zone.CODE, Zone.READONLY):
            self._views[zone] = RwView(self._files[zone])
        self.lanes: mmap.mmap = map_shared(self._files[Zone.LANES])

    def worker_descriptors(self) -> list[int]:
        """New descriptors for the worker's views, one per zone: those of code and read-only data are
        read-only.

        The caller closes them.
        """
        readonly = [self._files[zone].reopen_readonly() for zone in (Zone.CODE, Zone.READONLY)]
        return readonly + [os.dup(self._files[zone].fd) for zone in (Zone.DATA, Zone.LANES)]

    def place(self, base: int) -> None:
        """Says at which address the worker has the reservation; needed before everything below."""
        self.zones = place_zones(base, self._sizes)
        self._ledger = Ledger(self.zones, PAGE)
        self._former_code = FormerCode(self._sizes[Zone.CODE])

    def close(self) -> None:
        """Gives all of it back to the system, once the worker and the last user of a lane are gone too."""
        with self._lock:
            self._closed = True
            for view in self._views.values():
                view.close()
            for file in self._files.values():
                file.close()

    # Initialize and deinitialize.

    def claim(self, plan: Sequence[Sequence[Segment]]) -> list[int]:
        """Validates a plan and takes its ranges; returns the allocations' ids, all pending.

        Raises: InvalidArgumentError.
        """
        with self._lock:
            return self._ledger.claim(plan)

    def fill(self, ids: Sequence[int], chunks: Iterable[bytes]) -> int:
        """Writes the contents of pending allocations, cut anywhere, and zeros the rest; returns the bytes
        shipped.

        Raises: InvalidArgumentError (too short, too long), ResourceExhaustedError.
        """
        segments = [segment for number in ids for segment in self._ledger.segments(number)]
        shipped = 0
        cursor = Cursor(self._content_places(segments))
        for chunk in chunks:
            self._write_pieces(in_zones(cursor.take(chunk)))
            shipped += len(chunk)
        cursor.finish()
        self._zero_tails(segments)
        return shipped

    def code_of(self, ids: Iterable[int]) -> tuple[list[AddressRange], bool]:
        """Where allocations have code, and whether any of that is on pages of code that is gone.

        Raises: NotFoundError.
        """
        base = self.zones[Zone.CODE].address
        with self._lock:
            code = [s for number in ids for s in self._ledger.segments(number) if s.zone == Zone.CODE]
            reused = any(self._former_code.any_in(s.address - base, s.end - base) for s in code)
        return [(s.address, s.size) for s in code], reused

    def settle(self, ids: Iterable[int]) -> None:
        """Turns pending allocations into live ones."""
        with self._lock:
            for number in ids:
                self._ledger.settle(number)

    def discard(self, number: int) -> None:
        """Scrubs and frees an allocation, pending or live.

        Raises: NotFoundError.
        """
        with self._lock:
            for segment in self._ledger.segments(number):
                self._scrub(number, segment)
            self._ledger.release(number)

    def check_live(self, ids: Iterable[int]) -> None:
        """Raises NotFoundError unless all are live allocations."""
        with self._lock:
            for number in ids:
                self._ledger.check_live(number)

    def is_code(self, address: int) -> bool:
        """Whether `address` lies in live code."""
        with self._lock:
            return self._ledger.is_live_at(Zone.CODE, address)

    # Reading and writing on request.

    def read(self, ranges: Sequence[AddressRange]) -> Iterator[bytes]:
        """Yields the bytes of all ranges, in their order, in chunks of at most MAX_CHUNK.

        Raises: OutOfRangeError unless each of them lies in one zone.
        """
        places = self._places(ranges, list(self.zones.values()))
        return (self._copy_out(group) for group in groups_of(places, MAX_CHUNK))

    def write(self, ranges: Sequence[AddressRange], chunks: Iterable[bytes]) -> None:
        """Writes chunks, cut anywhere, to the ranges, all of them in the data zone.

        Raises: OutOfRangeError before the first byte, InvalidArgumentError (too short, too long),
        ResourceExhaustedError.
        """
        cursor = Cursor(self._places(ranges, [self.zones[Zone.DATA]]))
        for chunk in chunks:
            self._write_pieces(cursor.take(chunk))
        cursor.finish()

    def zero(self, ranges: Sequence[AddressRange]) -> None:
        """Zeros the ranges, all of them in the data zone; whole pages are given back.

        Raises: OutOfRangeError before the first byte, ResourceExhaustedError.
        """
        places = self._places(ranges, [self.zones[Zone.DATA]])
        self._write_zeros([edge for place in places for edge in self._punch(*place)])

    def write_slots(self, slots: Sequence[tuple[int, int]]) -> None:
        """Points slots, (address, value), to other code; each as one aligned word, after all have been checked.

        Raises: InvalidArgumentError, OutOfRangeError before the first is written, ResourceExhaustedError.
        """
        with self._lock:
            self._check_open()
            check_slots(self._ledger, slots)
            base = self.zones[Zone.READONLY].address
            words = [(Zone.READONLY, at - base, memoryview(value.to_bytes(8, "little"))) for at, value in slots]
            runs = list(runs_of(in_zones(words)))
            for run in runs:
                self._commit(Zone.READONLY, run[0][1], run[-1][1] + SLOT)
            for run in runs:  # only a page that fails can stop it now
                self._write_view(run, RwView.store)

    def attachment(self) -> list[int]:
        """New descriptors of the lanes and data zones for a controller; none if the session was closed.

        The caller closes them.
        """
        with self._lock:
            if self._closed:
                return []
            return [os.dup(self._files[zone].fd) for zone in (Zone.LANES, Zone.DATA)]

    def fault(self) -> Fault | None:
        """What the worker's fatal signal left in the fault record; None if it left nothing."""
        zone = self.zones.get(Zone.LANES)
        if zone is None:
            return None
        record = self.lanes[zone.size - LANE_SIZE : zone.size]
        return read_fault(record, zone.address, zone.size)

    def lacks(self, fault: Fault | None) -> bool:
        """Whether a fault came of a page of the session that the system did not provide (BUS_ADRERR)."""
        if fault is None or fault.signal != signal.SIGBUS or fault.code != 2:
            return False
        return any(zone.holds(fault.address, 1) for zone in self.zones.values())

    def committed(self) -> dict[Zone, int]:
        """Bytes that the system provides, by zone."""
        return {zone: file.committed() for zone, file in self._files.items()}

    def usage(self) -> MemoryUsage:
        """How much there is of everything, at one moment.

        Raises: OutOfRangeError: the session was closed.
        """
        with self._lock:
            self._check_open()
            committed = self.committed()
            zones = tuple(
                ZoneUsage(zone, place.size, committed[zone], *self._ledger.live_totals(zone))
                for zone, place in self.zones.items()
            )
            return MemoryUsage(zones, self._windows.opened, self._windows.seconds)

    def _places(self, ranges: Sequence[AddressRange], zones: Sequence[ZoneRange]) -> list[Place]:
        return [self._place_within(index, *one, zones) for index, one in enumerate(ranges)]

    def _place_within(self, index: int, address: int, size: int, zones: Sequence[ZoneRange]) -> Place:
        for zone in zones:
            if size >= 0 and zone.holds(address, size):
                return zone.zone, address - zone.address, address - zone.address + size
        names = " or ".join(zone.zone.name for zone in zones)
        text = f"range {index}: {size} bytes at {address:#x} do not lie within the session's {names} zone"
        raise OutOfRangeError("RANGE_NOT_IN_ZONE", text, range=index, address=hex(address), size=size)

    def _content_places(self, segments: Iterable[Segment]) -> list[Place]:
        """Where segments' shipped bytes go."""
        bases = {int(zone): (zone, place.address) for zone, place in self.zones.items()}
        places = []
        for address, _, content_size, number in segments:
            zone, base = bases[number]
            places.append((zone, address - base, address - base + content_size))
        return places

    # The bytes: nothing below validates, everything below holds the lock while a view is accessible.

    def _copy_out(self, places: Sequence[Place]) -> bytes:
        with self._lock:
            self._check_open()
            parts = [self._files[zone].read(start, end - start) for zone, start, end in places]
        return b"".join(parts)  # of one part that is no copy

    def _write_pieces(self, pieces: Sequence[Piece]) -> None:
        with self._lock:
            self._check_open()
            for run in runs_of([piece for piece in pieces if len(piece[2])]):
                self._write_run(run)

    def _write_run(self, run: Sequence[Piece]) -> None:
        """Copies pieces on adjacent pages of one zone. Data go through the file: fresh pages are not zeroed first, and
        nobody needs to be kept from writing them."""
        if run[0][0] == Zone.DATA:
            self._write_data(run)
        else:
            self._write_view(run)

    def _write_view(self, run: Sequence[Piece], put: Put = RwView.write) -> None:
        """Through one window."""
        zone, start, _ = run[0]
        end = run[-1][1] + len(run[-1][2])
        self._commit(zone, start, end)
        view = self._views[zone]
        try:
            with self._windows.counting(), view.window(start, end):
                put(view, [(offset, data) for _, offset, data in run])
        except OSError as error:
            raise _fault(zone, start, end, error) from error

    def _write_data(self, run: Sequence[Piece]) -> None:
        self._check_limit(sum(len(data) for _, _, data in run))
        for offset, data in joined(run):
            try:
                self._files[Zone.DATA].write(offset, data)
            except OSError as error:
                raise _no_memory(Zone.DATA, len(data), error) from error

    def _commit(self, zone: Zone, start: int, end: int) -> None:
        self._check_limit(end - start)
        try:
            self._files[zone].commit(start, end - start)
        except OSError as error:
            raise _no_memory(zone, end - start, error) from error

    def _check_limit(self, more: int) -> None:
        """What is committed already counts, also if it is to be written again: an upper bound."""
        if self._limit and more + sum(self.committed().values()) > self._limit + _LIMIT_SLACK:
            text = f"{more} bytes more than there are exceed the session's {self._limit} bytes of memory"
            raise ResourceExhaustedError("MEMORY_LIMIT", text, size=more, most=self._limit)

    def _zero_tails(self, segments: Iterable[Segment]) -> None:
        """Zeros what is not shipped: whole pages are punched, the rest is written, all of it in few windows."""
        tails = [segment for segment in segments if segment.content_size < segment.size]
        self._write_zeros([edge for segment in tails for edge in self._punch_tail(segment)])

    def _punch_tail(self, segment: Segment) -> list[Place]:
        """Punches the whole pages of a segment's tail; returns the ranges before and behind them."""
        zone = ZONE_OF[segment.zone]
        base = self.zones[zone].address
        return self._punch(zone, segment.address + segment.content_size - base, segment.end - base)

    def _punch(self, zone: Zone, start: int, end: int) -> list[Place]:
        """Punches the whole pages of bytes [start, end) of a zone; returns the ranges before and behind them."""
        first, last = round_up(start, PAGE), round_down(end, PAGE)
        if first >= last:
            return [(zone, start, end)]
        with self._lock:
            self._check_open()
            self._files[zone].punch(first, last - first)
        return [(zone, start, first), (zone, last, end)]

    def _write_zeros(self, ranges: Iterable[Place]) -> None:
        self._write_pieces(in_zones((zone, start, memoryview(bytes(end - start))) for zone, start, end in ranges))

    def _scrub(self, number: int, segment: Segment) -> None:
        """Punches the pages that only this allocation uses, fills the rest with traps (code) or zeros."""
        if self._closed:
            return
        zone = ZONE_OF[segment.zone]
        base = self.zones[zone].address
        if zone == Zone.CODE:
            self._former_code.note(segment.address - base, segment.end - base)
        first, end = (page - base for page in self._ledger.pages_only_of(number, segment))
        if first < end:
            self._files[zone].punch(first, end - first)
        else:
            first = end = segment.end - base
        self._fill_freed(zone, segment.address - base, min(first, segment.end - base))
        self._fill_freed(zone, end, segment.end - base)

    def _fill_freed(self, zone: Zone, start: int, end: int) -> None:
        if start >= end:
            return
        pattern = self._trap if zone == Zone.CODE else b"\0\0\0\0"
        shift = start % 4  # so that a trap of four bytes begins at each multiple of four
        data = (pattern * ((end - start) // 4 + 2))[shift : shift + end - start]
        try:
            self._write_run([(zone, start, memoryview(data))])
        except ResourceExhaustedError:
            pass  # a page that the host does not provide holds nothing to scrub

    def _check_open(self) -> None:
        if self._closed:
            raise OutOfRangeError("SESSION_CLOSED", "the session was closed meanwhile")


def _fault(zone: Zone, start: int, end: int, error: OSError) -> ResourceExhaustedError:
    """Committed pages that cannot be written, or a window that cannot be opened: the host's owner must hear of it."""
    size, name = end - start, zone.name.lower()
    log_event(_log, "memory fault", logging.ERROR, zone=name, offset=start, size=size, error=error.strerror)
    text = f"the host failed to write {size} bytes of {name}, which it had provided: {error.strerror}"
    return ResourceExhaustedError("MEMORY_FAULT", text, size=size, offset=start)


def _no_memory(zone: Zone, size: int, error: OSError) -> ResourceExhaustedError:
    text = f"the host has no memory for {size} bytes of {zone.name.lower()}: {error.strerror}"
    return ResourceExhaustedError("NO_MEMORY", text, size=size)
