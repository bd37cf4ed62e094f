"""What all subcommands print with: errors to stderr, tables to stdout, numbers that people can read.

Owns: looks. Must not know: what is printed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from ..errors import ExclaveError

CONNECT_HELP = "seconds to wait for the executor; default: 10, and 1 for one whose socket is not there"


def print_error(error: ExclaveError) -> None:
    """`exclave: CompileError: ...` on stderr."""
    print(f"exclave: {type(error).__name__}: {error.message}", file=sys.stderr)
    for note in getattr(error, "__notes__", ()):
        print(f"  {note}", file=sys.stderr)


def print_table(title: str, rows: Iterable[tuple[str, ...]], *, to_stderr: bool = False) -> None:
    """As many columns as a row has."""
    table = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    Console(stderr=to_stderr, highlight=False).print(table)


def human_bytes(count: int) -> str:
    """`3.4 KiB`."""
    value = float(count)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"


def human_seconds(seconds: float) -> str:
    """`1.3 ms`."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
