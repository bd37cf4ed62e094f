"""`python -m bench [--only NAME,...] [--json FILE] [--smoke] [--strict]`: runs the benches.

Owns: the command line. A bench that raises is a failure of the bench (exit status 1); a target that is not
met is one (2) with --strict only, since absolute times depend on the machine.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from rich.console import Console

from .measure import Effort, Measurement
from .report import print_table, to_json

BENCHES = ("link", "session", "call", "idle", "far", "array", "crash", "many", "memory", "churn", "lookups", "ship")


def main() -> int:
    """Runs, reports, returns the exit status."""
    options = _options()
    stderr = Console(stderr=True)
    measurements: list[Measurement] = []
    for name in options.only:
        stderr.print(f"bench {name} ...", style="dim")
        bench = importlib.import_module(f"bench.bench_{name}")
        measurements += bench.measure(Effort(options.smoke))
    _report(measurements, options.json)
    if options.smoke:
        stderr.print("a smoke run: it shows that the benches work; its numbers mean nothing", style="yellow")
    return 2 if options.strict and any(row.met is False for row in measurements) else 0


def _report(measurements: list[Measurement], json_file: str | None) -> None:
    print_table(measurements, Console(stderr=json_file == "-", width=None if sys.stdout.isatty() else 140))
    if json_file == "-":
        print(to_json(measurements))
    elif json_file:
        Path(json_file).write_text(to_json(measurements) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure Exclave beside its peers.")
    parser.add_argument("--only", type=_names, default=BENCHES, metavar="NAME,...", help=", ".join(BENCHES))
    parser.add_argument("--json", metavar="FILE", help="write the measurements there; - for standard output")
    parser.add_argument("--smoke", action="store_true", help="a few repeats, nothing fetched: do the benches work?")
    parser.add_argument("--strict", action="store_true", help="exit with 2 when a target is not met")
    return parser.parse_args()


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in BENCHES]:
        raise argparse.ArgumentTypeError(f"no bench {', '.join(unknown)}: there are {', '.join(BENCHES)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
