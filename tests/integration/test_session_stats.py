"""A session's figures and its map: what both sides say of the same memory."""

from __future__ import annotations

import gc
import os
from xml.etree import ElementTree

import numpy as np
import pytest
from exclave.controller import ExecutorCrash, MemoryMap, SessionClosedError, SessionStats

PAGE = os.sysconf("SC_PAGESIZE")
TWICE = "@table = constant [1000 x i64] zeroinitializer\ndefine i64 @twice(i64 %x) { %y = shl i64 %x, 1  ret i64 %y }"
OOPS = "define void @oops() { store volatile i32 1, ptr null  ret void }"


def check(stats: SessionStats) -> None:
    """What must hold at any time."""
    assert set(stats.zones) == {"code", "readonly", "data"}
    for name, zone in stats.zones.items():
        assert zone.carved == zone.payload + zone.padding + zone.free
        assert sum(zone.by_tracker.values()) == zone.payload
        assert zone.carved <= zone.reserved
        assert zone.committed % PAGE == 0
        assert (zone.committed, zone.reserved) == (
            stats.worker.zones[name].committed,
            stats.worker.zones[name].reserved,
        )
        if name != "data":
            assert zone.payload == zone.live_bytes, "the allocator and the ledger, which do not trust each other"
            assert zone.committed >= zone.live_bytes


def test_a_fresh_session(session):
    stats = session.stats()
    check(stats)
    assert set(stats.by_tracker) == {"the session runtime"}
    assert stats.generation == 1
    assert stats.worker.initializes == 1
    assert stats.write_windows >= 1
    assert 0 < stats.write_window_seconds < stats.worker.uptime
    assert stats.worker.worker_pid == session.opened.worker_pid


def test_a_trackers_memory_comes_and_goes(session):
    before = session.stats()
    tracker = session.add_ir(TWICE, name="mine")
    assert session.stats().by_tracker == before.by_tracker, "nothing is linked yet"
    session.lookup(["twice", "table"])
    inside = session.stats()
    check(inside)
    assert inside.zones["readonly"].by_tracker["mine"] >= 8000
    assert 0 < inside.zones["code"].by_tracker["mine"] < 100
    assert inside.worker.initializes - before.worker.initializes == 1
    assert inside.write_windows > before.write_windows
    tracker.remove()
    after = session.stats()
    check(after)
    assert after.by_tracker == before.by_tracker
    assert after.zones["readonly"].committed == before.zones["readonly"].committed
    assert after.worker.deinitializes == 1


def test_arrays_and_adapters(session):
    session.add_ir(TWICE, name="mine")
    assert session.function("twice")(4) == 8
    values = session.asarray(np.arange(10_000.0))
    stats = session.stats()
    check(stats)
    assert stats.zones["data"].by_tracker["arrays"] == 80_000
    assert stats.zones["data"].committed >= 80_000
    assert stats.zones["code"].by_tracker["adapters"] > 0
    assert stats.calls == 1
    del values
    gc.collect()
    after = session.stats()
    assert "arrays" not in after.zones["data"].by_tracker
    assert after.zones["data"].by_tracker["kept for arrays"] == 80_000


def test_calls_are_messages(session):
    session.add_ir(TWICE, name="mine")
    twice = session.function("twice")
    before = session.stats()
    for i in range(100):
        twice(i)
    after = session.stats()
    assert after.calls - before.calls == 100
    assert after.worker.messages - before.worker.messages == 100
    assert after.worker.busy_lanes == 0


def test_figures_in_a_callback(session):
    """While native code waits: a lane is busy."""
    seen = []
    look = session.callback(lambda: seen.append(session.stats()), "void", [])
    session.define("look", look)
    session.add_ir("declare void @look()\ndefine void @go() { call void @look()  ret void }")
    session.function("go")()
    assert seen[0].worker.busy_lanes == 1
    assert session.stats().worker.busy_lanes == 0


def test_after_a_crash_the_figures_are_the_new_workers(executor):
    with executor.session() as session:
        session.add_ir(TWICE, name="mine")
        session.add_ir(OOPS, name="bad")
        assert session.function("twice")(4) == 8
        pid = session.opened.worker_pid
        with pytest.raises(ExecutorCrash):
            session.function("oops")()
        stats = session.stats()
        check(stats)
        assert stats.generation == 2
        assert stats.worker.worker_pid != pid
        assert {"mine", "bad"} <= set(stats.by_tracker)


def test_the_map_says_the_same(session):
    session.add_ir(TWICE, name="mine")
    session.lookup("twice")
    stats, shown = session.stats(), session.memory_map()
    assert isinstance(shown, MemoryMap)
    for zone in shown.zones:
        figures = stats.zones[zone.zone]
        assert (zone.payload, zone.padding, zone.free) == (figures.payload, figures.padding, figures.free)
        assert dict(zone.by_tracker) == dict(figures.by_tracker)
        assert zone.committed == figures.committed
    mine = [one for one in shown.zones[0].allocations if one.tracker == "mine"]
    assert ("twice", session.lookup("twice")) in mine[0].names
    ElementTree.fromstring(shown.svg())
    assert shown.svg() == session.memory_map().svg()


def test_all_sessions_of_an_executor(executor):
    with executor.session() as one, executor.session() as two:
        found = {stats.name: stats for stats in executor.stats().sessions}
        assert {one.stats().worker.name, two.stats().worker.name} <= set(found)
        assert executor.stats().opened >= 2


def test_a_closed_session_has_none(executor):
    with executor.session() as session:
        pass
    for ask in (session.stats, session.memory_map):
        with pytest.raises(SessionClosedError):
            ask()
