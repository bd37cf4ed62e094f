"""Whole C programs out of their committed IR: on every machine they print the same, and end alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parents[1] / "programs"
ORRERY = sorted((PROGRAMS / "orrery").glob("*.ll"))
TARGET_LINES = re.compile(r'^target (datalayout|triple) = ".*"\n', re.MULTILINE)
YEARS, STEP = "9", "40"


def add(session, files):
    """Without what says that it is for x86-64: nothing else in them is."""
    for file in files:
        session.add_ir(TARGET_LINES.sub("", file.read_text()), name=file.name)


@pytest.fixture(scope="module")
def orrery_here(executor_on):
    with executor_on("worker").session() as session:
        add(session, ORRERY)
        assert session.run_main(["orrery", YEARS, STEP]) == 0
        return session.stdout


def test_orrery_prints_what_it_prints_here(session, orrery_here):
    add(session, ORRERY)
    assert session.run_main(["orrery", YEARS, STEP]) == 0
    assert session.stdout == orrery_here
    assert len(orrery_here) > 1000


def test_orrery_refuses_wrong_arguments(session):
    add(session, ORRERY)
    assert session.run_main(["orrery", "ten"]) == 2
    assert "usage: orrery" in session.stderr


ENDS = {"hello": (42, "hello from the other side\n"), "exit_status": None, "constructors": None, "arguments": None}


@pytest.mark.parametrize("name", ENDS)
def test_small_programs_end_as_they_do_here(session, executor_on, name):
    add(session, [PROGRAMS / "small" / f"{name}.ll"])
    arguments = [name, "some", "arguments"]
    ended = session.run_main(arguments), session.stdout, session.stderr
    with executor_on("worker").session() as here:
        add(here, [PROGRAMS / "small" / f"{name}.ll"])
        assert ended == (here.run_main(arguments), here.stdout, here.stderr)
