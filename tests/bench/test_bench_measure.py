"""The benches' own arithmetic: ratios, targets, the report. (Times are not tested.)"""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from bench.measure import Effort, Measurement, Peer, Target, median_ms
from bench.report import print_table, to_json


def row(value: float, target: Target, peer: float | None = None) -> Measurement:
    return Measurement("b", "n", "ms", value, Peer("p", peer) if peer else None, target)


@pytest.mark.parametrize(
    ("measurement", "met"),
    [
        (row(2.0, Target("ratio", "at least", 6), peer=12.0), True),
        (row(2.1, Target("ratio", "at least", 6), peer=12.0), False),
        (row(2.0, Target("ratio", "at least", 6)), None),
        (row(600.0, Target("value", "at most", 600)), True),
        (row(600.1, Target("value", "at most", 600)), False),
        (row(1, Target("value", "exactly", 1)), True),
        (row(2, Target("value", "exactly", 1)), False),
        (Measurement("b", "n", target=Target("value", "at most", 1), skipped="no gcc"), None),
        (Measurement("b", "n", "ms", 3.0), None),
    ],
)
def test_a_target_is_met_or_not_or_cannot_be_told(measurement: Measurement, met: bool | None) -> None:
    assert measurement.met is met
    assert measurement.as_json()["met"] is met


def test_smoke_repeats_little() -> None:
    assert (Effort().times(50), Effort(smoke=True).times(50), Effort(smoke=True).times(2)) == (50, 3, 2)
    assert (Effort().seconds(1.0), Effort(smoke=True).seconds(1.0), Effort(smoke=True).seconds(0.01)) == (1, 0.1, 0.01)


def test_median_counts_the_measured_runs_only() -> None:
    calls: list[None] = []
    assert median_ms(lambda: calls.append(None), times=5, warmup=2) >= 0
    assert len(calls) == 7


def test_the_report_has_every_row_and_says_why_one_is_missing() -> None:
    rows = [
        row(2.0, Target("ratio", "at least", 6), peer=13.0),
        Measurement("link", "zstd", skipped="no gcc: apt-get install gcc"),
    ]
    console = Console(width=140, record=True, file=io.StringIO())
    print_table(rows, console)
    shown = console.export_text()
    assert "6.50x" in shown
    assert "at least 6x faster" in shown
    assert "link / zstd: no gcc: apt-get install gcc" in shown
    document = json.loads(to_json(rows))
    assert [entry.get("skipped", "") for entry in document["measurements"]] == ["", "no gcc: apt-get install gcc"]
    assert document["measurements"][0]["ratio"] == 6.5
    assert document["machine"]["packages"]["numpy"]
