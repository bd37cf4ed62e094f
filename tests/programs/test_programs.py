"""The programs of this folder, out of their committed IR, in a worker: what they print and how they end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from exclave.controller import CallTimeout, Executor, ExecutorCrash, connect
from exclave.controller.session import Session

HERE = Path(__file__).parent
ORRERY = sorted((HERE / "orrery").glob("*.ll"))


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with connect() as executor:
        yield executor


@pytest.fixture
def session(executor: Executor) -> Iterator[Session]:
    with executor.session() as session:
        yield session


def add(session: Session, *files: Path) -> None:
    for file in files:
        session.add_ir(file.read_text(), name=file.name)


def small(name: str) -> Path:
    return HERE / "small" / f"{name}.ll"


def test_orrery_prints_what_a_native_build_prints(session: Session) -> None:
    add(session, *ORRERY)
    assert session.run_main(["orrery"]) == 0
    assert session.stdout == (HERE / "orrery" / "expected.txt").read_text()


def test_orrery_says_by_its_status_that_euler_is_a_bad_astronomer(session: Session) -> None:
    add(session, *ORRERY)
    assert session.run_main(["orrery", "100", "50", "euler"]) == 1


@pytest.mark.parametrize("arguments", [["-3"], ["ten"], ["10", "1", "rk4"], ["10", "1", "euler", "more"]])
def test_orrery_refuses_wrong_arguments(session: Session, arguments: list[str]) -> None:
    add(session, *ORRERY)
    assert session.run_main(["orrery", *arguments]) == 2
    assert "usage: orrery" in session.stderr
    assert session.stdout == ""


def test_hello_returns_from_main(session: Session) -> None:
    add(session, small("hello"))
    assert session.run_main() == 42
    assert session.stdout == "hello from the other side\n"


def test_arguments_arrive(session: Session) -> None:
    add(session, small("arguments"))
    words = ["arguments", "", "two words", "\N{SNOWMAN}"]
    assert session.run_main(words) == len(words)
    assert session.stdout == "".join(f"argv[{index}] = {word}\n" for index, word in enumerate(words))


def test_exit_deep_inside_ends_the_program_and_not_the_session(session: Session) -> None:
    add(session, small("exit_status"))
    for _ in range(3):
        assert session.run_main(["exit_status"]) == 7
    assert session.stdout == "digging\nexit handler\n" * 3


def test_constructors_run_before_main_and_handlers_after_it(executor: Executor) -> None:
    with executor.session() as session:
        add(session, small("constructors"))
        assert session.run_main(["constructors"]) == 0
        assert session.stdout == "abcm\ngood\nbye\n"
    assert session.stdout == "abcm\ngood\nbye\ndestructor\n"


def test_a_crash_is_an_exception_with_its_signal(session: Session) -> None:
    add(session, small("crash"))
    with pytest.raises(ExecutorCrash) as caught:
        session.run_main(["crash"])
    assert (caught.value.kind, caught.value.signal) == ("signal", signal.SIGSEGV)
    assert session.stdout == "about to crash\n"


def test_an_endless_loop_ends_at_its_deadline(session: Session) -> None:
    add(session, small("spin"))
    with pytest.raises(CallTimeout):
        session.run_main(["spin"], timeout=0.5)
    assert session.stdout == "spinning\n"


def test_the_next_session_works_after_a_crash(executor: Executor) -> None:
    with executor.session() as session:
        add(session, small("crash"))
        with pytest.raises(ExecutorCrash):
            session.run_main()
    with executor.session() as session:
        add(session, small("hello"))
        assert session.run_main() == 42
