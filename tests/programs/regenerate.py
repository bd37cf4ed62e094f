#!/usr/bin/env python3
"""Makes the committed IR of every C program here, and the expected output of those that have one.

    python3 tests/programs/regenerate.py [--check]

The IR is what lets everybody run the programs without a C compiler. It is made reproducible: no paths, no
compiler name, no CPU (the executor says what CPU it has). The expected output comes from an ordinary native
build, so it does not depend on Exclave.

Must not know: Exclave. Invariant: with the same clang, the same bytes.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
WITH_EXPECTED_OUTPUT = ("orrery",)
# No contraction to fused multiply-add: the printed digits must not depend on the CPU.
FLAGS = ("-std=c11", "-O1", "-fPIC", "-ffp-contract=off", "-Qn", "-Wall", "-Wextra", "-Werror")
TRIPLE = "x86_64-unknown-linux-gnu"
CPU_ATTRIBUTE = re.compile(r' "(?:target-cpu|target-features|tune-cpu)"="[^"]*"')


def find_clang() -> str:
    """The oldest clang whose IR we ship, or the one that $CLANG names."""
    wanted = os.environ.get("CLANG", "clang-19")
    found = shutil.which(wanted)
    if found is None:
        sys.exit(f"{wanted} is not there: apt-get install clang-19, or set CLANG")
    return found


def emit_ir(clang: str, source: Path) -> str:
    """The IR of one C file, freed of what depends on this machine."""
    command = [clang, *FLAGS, f"--target={TRIPLE}", "-S", "-emit-llvm", "-o", "-", source.name]
    text = subprocess.run(command, cwd=source.parent, check=True, capture_output=True, text=True).stdout
    return CPU_ATTRIBUTE.sub("", text)


def run_native(clang: str, folder: Path) -> str:
    """What the program in `folder` prints when it is built and run in the ordinary way."""
    with tempfile.TemporaryDirectory() as work:
        program = Path(work) / folder.name
        sources = sorted(str(path) for path in folder.glob("*.c"))
        subprocess.run([clang, *FLAGS, *sources, "-o", str(program), "-lm"], check=True)
        return subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout


def outputs(clang: str) -> dict[Path, str]:
    """Every generated file with its content."""
    made = {path.with_suffix(".ll"): emit_ir(clang, path) for path in sorted(HERE.glob("*/*.c"))}
    for name in WITH_EXPECTED_OUTPUT:
        made[HERE / name / "expected.txt"] = run_native(clang, HERE / name)
    return made


def main() -> int:
    """Writes the files; with --check only says which are not current."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a file is not current")
    check = parser.parse_args().check
    made = outputs(find_clang())
    stale = {path: text for path, text in made.items() if not path.exists() or path.read_text() != text}
    for path, text in stale.items():
        print(f"{'stale' if check else 'written'}: {path.relative_to(HERE)}")
        if not check:
            path.write_text(text)
    print(f"{len(made) - len(stale)} of {len(made)} files were current")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
