"""Rates between two looks."""

from __future__ import annotations

import io

import pytest
from exclave.controller.cli.rates import rates_between
from exclave.controller.cli.top_table import top_table
from exclave.controller.statistics import ExecutorStats, WorkerStats, WorkerZone
from rich.console import Console

ZONES = {name: WorkerZone(1 << 20, 4096, 2, 100) for name in ("code", "readonly", "data", "lanes")}


def look(uptime: float, name: str = "one", messages: int = 0, cpu: float | None = 0.0, faults: int | None = 0):
    return WorkerStats(name, 7, ZONES, 3, 0.25, messages, 1, 2, 1, cpu, faults, uptime)


def test_the_first_look_has_averages():
    (found,) = rates_between({}, [look(10.0, messages=50, cpu=2.5, faults=30)])
    assert (found.calls, found.cpu, found.page_faults) == (5.0, 0.25, 3.0)


def test_later_ones_have_differences():
    before = {"one": look(10.0, messages=50, cpu=2.5, faults=30)}
    (found,) = rates_between(before, [look(12.0, messages=60, cpu=4.5, faults=30)])
    assert (found.calls, found.cpu, found.page_faults) == (5.0, 1.0, 0.0)


def test_what_is_not_known_stays_so():
    before = {"one": look(10.0, cpu=None, faults=None)}
    (found,) = rates_between(before, [look(12.0, cpu=1.0, faults=None)])
    assert (found.cpu, found.page_faults) == (None, None)


@pytest.mark.parametrize("later", [look(10.0), look(3.0, messages=1), look(12.0, messages=0)])
def test_no_rate_is_negative(later):
    """Nor divided by nothing: clocks are coarse, counters are the worker's word."""
    (found,) = rates_between({"one": look(10.0, messages=50, cpu=2.5, faults=30)}, [later])
    assert found.calls >= 0
    assert found.cpu >= 0
    assert found.page_faults >= 0


def printed(stats: ExecutorStats, rates) -> str:
    console = Console(file=io.StringIO(), width=160)
    console.print(top_table("unix:/x", stats, rates))
    return console.file.getvalue()


def test_the_table():
    sessions = (look(3725.0, messages=3725, cpu=None), look(61.0, "two", cpu=61.0))
    text = printed(ExecutorStats(sessions, opened=5, crashed=2), rates_between({}, sessions))
    heading, columns, first, second = text.rstrip().split("\n")
    assert "2 of 5 sessions open, 2 crashed" in heading
    assert "calls/s" in columns
    assert first.split() == [
        "two",
        "7",
        "1:01",
        "4.0",
        "KiB",
        "4.0",
        "KiB",
        "4.0",
        "KiB",
        "0",
        "100",
        "0",
        "3",
        "250.0",
        "ms",
        "1",
    ], "the busiest first"
    assert second.split() == [
        "one",
        "7",
        "1:02:05",
        "4.0",
        "KiB",
        "4.0",
        "KiB",
        "4.0",
        "KiB",
        "1",
        "?",
        "0",
        "3",
        "250.0",
        "ms",
        "1",
    ]


def test_a_narrow_terminal_has_whole_columns():
    console = Console(file=io.StringIO(), width=80)
    session = look(3725.0, messages=3_000_000_000, cpu=3725.0)
    stats = ExecutorStats((session,), opened=5, crashed=2)
    console.print(top_table("unix:/x", stats, rates_between({}, [session]), console.width))
    text = console.file.getvalue()
    assert "…" not in text
    assert "CPU %" in text
    assert "faults/s" not in text


def test_no_session():
    assert "no sessions" in printed(ExecutorStats((), opened=0, crashed=0), [])
