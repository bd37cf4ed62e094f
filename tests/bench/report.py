"""Measurements as a table for people and as JSON for programs.

Owns: the words. Must not know: how anything is measured.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from rich.console import Console
from rich.table import Table

from .measure import Measurement

TITLE = "medians of one run; ratio: how many times faster than the peer (the number to quote)"
PACKAGES = ("exclave", "numpy", "grpcio", "llvmlite")


def machine() -> dict[str, Any]:
    """What the numbers depend on."""
    return {
        "machine": platform.machine(),
        "kernel": platform.release(),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def to_json(measurements: Sequence[Measurement]) -> str:
    """One document: the machine and every measurement."""
    rows = [measurement.as_json() for measurement in measurements]
    return json.dumps({"machine": machine(), "measurements": rows}, indent=2)


def print_table(measurements: Sequence[Measurement], console: Console) -> None:
    """A row per measurement; what was skipped says why below."""
    table = Table(title=TITLE, title_justify="left")
    for heading in ("bench", "what", "ours", "peer", "ratio", "target", ""):
        table.add_column(heading, justify="right" if heading in ("ours", "ratio") else "left")
    for measurement in measurements:
        table.add_row(*_cells(measurement))
    console.print(table)
    for measurement in measurements:
        if text := measurement.skipped or measurement.note:
            console.print(f"  {measurement.bench} / {measurement.name}: {text}", style="dim", highlight=False)


def _cells(row: Measurement) -> tuple[str, ...]:
    ours = "skipped" if row.skipped else _number(row.value, row.unit)
    peer = f"{_number(row.peer.value, row.unit)} {row.peer.name}" if row.peer else ""
    ratio = f"{row.ratio:.2f}x" if row.ratio is not None else ""
    verdict = {None: "", True: "[green]met[/]", False: "[red]not met[/]"}[row.met]
    return row.bench, row.name, ours, peer, ratio, _target(row), verdict


def _number(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.4g} {unit}"


def _target(row: Measurement) -> str:
    if row.target is None:
        return ""
    unit = "x faster" if row.target.of == "ratio" else f" {row.unit}"
    return f"{row.target.rule} {row.target.bound:g}{unit}"
