"""Hostile native programs, each with its outcome stated above it in programs.c, against a real daemon.

Afterwards the daemon is as it was: it lives, its other sessions work, and it holds nothing of those that went.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from exclave.controller import CallTimeout, ExecutorCrash, connect
from exclave.controller.errors import ExecutorError
from support_executor import running, start_process
from support_host_state import HostState
from support_tools import require_tool

SOURCE = Path(__file__).with_name("programs.c")
PROGRAM = re.compile(r"^// (?P<says>.+)\n(?:#.*\n)?long (?P<name>\w+)\(long (?P<argument>\w+)\)", re.MULTILINE)
SECONDS = 0.5
"""What a program may take; those that never end take it."""


@dataclass(frozen=True)
class Program:
    """A function of programs.c, and what its comment says."""

    name: str
    argument: str
    outcomes: tuple[str, ...]
    threads: int
    machine: str


def read_programs() -> list[Program]:
    programs = []
    for found in PROGRAM.finditer(SOURCE.read_text()):
        said = [part.strip() for part in found["says"].split("|")]
        threads = next((int(part.split()[1]) for part in said if part.startswith("threads ")), 0)
        machine = "x86_64" if "x86_64" in said else ""
        outcomes = tuple(part for part in said if part != "x86_64" and not part.startswith("threads "))
        programs.append(Program(found["name"], found["argument"], outcomes, threads, machine))
    return programs


PROGRAMS = read_programs()


@pytest.fixture(scope="module")
def object_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    require_tool("gcc")
    path = tmp_path_factory.mktemp("hostile") / "programs.o"
    subprocess.run(["gcc", "-O1", "-fPIC", "-w", "-c", str(SOURCE), "-o", str(path)], check=True)
    return path.read_bytes()


@pytest.fixture(scope="module")
def executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    folder = tmp_path_factory.mktemp("daemon")
    folder.chmod(0o700)
    process, address = start_process(["--listen", f"unix:{folder}/x.sock"], stderr=subprocess.PIPE)
    with running(process, address), connect(address) as handle:
        with handle.session() as first:  # what is made once is there before we look
            first.add_ir("define i64 @one() { ret i64 1 }")
            first.function("one")()
        before = HostState.settled(handle.capabilities.daemon_pid)
        yield handle
        before.expect_again()


@pytest.fixture(scope="module")
def neighbour(executor):
    """A session that is there all the time, and must not notice anything."""
    with executor.session() as session:
        session.add_ir(
            "@n = global i64 0\ndefine i64 @count() { %x = load i64, ptr @n %y = add i64 %x, 1 store i64 %y, ptr @n ret i64 %y }"
        )
        yield session.function("count")


def outcome_of(executor, program: Program, object_file: bytes) -> str:
    """In the words of programs.c."""
    with executor.session(threads=program.threads) as session:
        session.add_object(object_file, name="programs.c")
        function = session.function(program.name, "i64", ["i64"])
        arguments = {"daemon": executor.capabilities.daemon_pid, "lanes": session.opened.zones["lanes"].address}
        try:
            return f"returns {function(arguments.get(program.argument, 0), timeout=SECONDS)}"
        except CallTimeout:
            return "timeout"
        except ExecutorCrash as crash:
            return words_of(crash)


def words_of(crash: ExecutorCrash) -> str:
    match crash.kind:
        case "signal":
            return f"signal {crash.signal}"
        case "exit":
            return f"exit {crash.exit_code}"
        case "sandbox":
            named = re.search(r"worker for (\w+)", str(crash))
            return f"sandbox {named[1] if named and named[1] != 'a' else 'unnamed'}"
    return crash.kind


@pytest.mark.parametrize("program", PROGRAMS, ids=[program.name for program in PROGRAMS])
def test_program(executor, neighbour, object_file: bytes, program: Program) -> None:
    if program.machine not in ("", os.uname().machine):
        pytest.skip(f"this program is for {program.machine}")
    before = neighbour()
    assert outcome_of(executor, program, object_file) in program.outcomes
    assert neighbour() == before + 1


def test_there_are_as_many_as_functions() -> None:
    """None is left out for a comment that is not understood."""
    assert len(PROGRAMS) == len(re.findall(r"^long \w+\(long ", SOURCE.read_text(), re.MULTILINE)) > 100


def test_nothing_was_left_behind_in_the_file_system() -> None:
    assert not Path("/tmp/exclave-was-here").exists()


def test_a_crash_in_every_thread_at_once(executor, object_file: bytes) -> None:
    """All lanes of a session in calls that never end, and one that crashes: all end with it."""
    with executor.session() as session:
        session.add_object(object_file, name="programs.c")
        endless = session.function("endless_loop", "i64", ["i64"])
        crash = session.function("null_pointer", "i64", ["i64"])
        waiting = [endless.submit(0) for _ in range(3)]
        with pytest.raises(ExecutorCrash):
            crash(0)
        for future in waiting:
            with pytest.raises(ExecutorError):
                future.result(timeout=10)
