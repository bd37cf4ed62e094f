"""The three ends that a memory manager is held to: a fake one, the executor's memory in this process, a real daemon.

Owns: making them, and actions that leave a note in each. Must not know: what is promised (the tests say it). Invariant:
all of them have the same zones in the same order, of which the first `RUNTIME` bytes are the session's own.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from exclave.controller.executor import Executor
from exclave.controller.memory import MemoryManager
from exclave.controller.model import Action, Zone, ZoneRange
from exclave.executor.memory.session_memory import SessionMemory
from exclave.executor.zones import place_zones, zone_sizes
from support_actions import ActionTable
from support_fake_transport import FakeTransport
from support_local_transport import LocalTransport

RUNTIME = 4 << 20
SMALL = 64 << 10
BASE = 0x4000_0000
NOTES = """
@noted = global [64 x i64] zeroinitializer
@count = global i64 0
define i64 @note(i64 %number, i64 %result) {
  %n = load i64, ptr @count
  %place = getelementptr i64, ptr @noted, i64 %n
  store i64 %number, ptr %place
  %next = add i64 %n, 1
  store i64 %next, ptr @count
  ret i64 %result
}
"""


@dataclass
class End:
    """A transport, its zones, and what its actions noted."""

    transport: Any
    zones: Mapping[Zone, ZoneRange]
    note_address: int
    noted: Callable[[], list[int]]
    small: dict[Zone, ZoneRange] = field(init=False)

    def __post_init__(self) -> None:
        names: tuple[Zone, ...] = ("code", "readonly", "data")
        self.small = {name: ZoneRange(name, self.zones[name].address + RUNTIME, SMALL) for name in names}

    def manager(self) -> MemoryManager:
        """Of zones of `SMALL` bytes, so that they are soon full."""
        return MemoryManager(self.small, self.transport)

    def note(self, number: int, result: int = 0) -> Action:
        """Leaves `number`, and fails unless `result` is 0."""
        return Action(self.note_address, (number, result), checked=True)


def local_zones() -> tuple[dict[Zone, ZoneRange], SessionMemory]:
    memory = SessionMemory(zone_sizes(1 << 30, 1))
    memory.place(BASE)
    names: dict[str, Zone] = {"CODE": "code", "READONLY": "readonly", "DATA": "data", "LANES": "lanes"}
    placed = place_zones(BASE, zone_sizes(1 << 30, 1)).items()
    return {names[zone.name]: ZoneRange(names[zone.name], at.address, at.size) for zone, at in placed}, memory


@contextmanager
def in_process(kind: str) -> Iterator[End]:
    """`fake` or `local`."""
    zones, memory = local_zones()
    actions, noted = ActionTable(), []

    def note(number: int, result: int) -> int:
        noted.append(number)
        return result

    transport = FakeTransport(zones, actions) if kind == "fake" else LocalTransport(memory, actions)
    try:
        yield End(transport, zones, actions.register(note), lambda: noted)
    finally:
        memory.close()


@contextmanager
def remote(executor: Executor) -> Iterator[End]:
    """A session of a real daemon."""
    with executor.session() as session:
        session.add_ir(NOTES)
        at, client = session.lookup(["note", "noted", "count"]), session._worker.client

        def noted() -> list[int]:
            (count,) = struct.unpack("<q", client.read_memory(at["count"], 8))
            return list(struct.unpack(f"<{count}q", client.read_memory(at["noted"], 8 * count))) if count else []

        yield End(client, client.opened.zones, at["note"], noted)
