"""Errors, exits, answers, logs: small things."""

from __future__ import annotations

import json
import logging
import os
import pickle
import signal
import threading

import grpc
import pytest
from exclave.executor import errors
from exclave.executor.answers import KEPT, Answers
from exclave.executor.errors import AbortedError, ExecutorError
from exclave.executor.exits import Circumstances, ExitCause, WorkerExit, exit_from_status, exit_on_purpose
from exclave.executor.fault import Fault
from exclave.executor.logs import HumanFormatter, JsonFormatter

CLASSES = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, ExecutorError)]


@pytest.mark.parametrize("cls", CLASSES)
def test_errors_pickle_and_have_a_status(cls):
    gone = WorkerExit(ExitCause.SIGNAL, 11, 0, "it died")
    error = pickle.loads(pickle.dumps(cls("WHY", "a sentence", gone, size=7)))
    assert type(error) is cls
    assert (error.reason, error.message, error.worker_exit, error.facts) == (
        "WHY",
        "a sentence",
        gone,
        {"size": "7"},
    )
    assert str(error) == "a sentence"
    assert grpc.StatusCode[cls.status]


@pytest.mark.parametrize(
    ("status", "cause", "number", "code", "words"),
    [
        (signal.SIGSEGV, ExitCause.SIGNAL, signal.SIGSEGV, 0, "SIGSEGV (segmentation fault)"),
        (signal.SIGSYS, ExitCause.SANDBOX, signal.SIGSYS, 0, "sandbox"),
        (signal.SIGKILL, ExitCause.SIGNAL, signal.SIGKILL, 0, "out of memory?"),
        (3 << 8, ExitCause.EXIT, 0, 3, "_exit(3)"),
        (0, ExitCause.EXIT, 0, 0, "_exit(0)"),
        (64, ExitCause.SIGNAL, 64, 0, "SIGRTMAX"),
    ],
)
def test_exit_from_status(status, cause, number, code, words):
    gone = exit_from_status(status)
    assert (gone.cause, gone.signal, gone.exit_code) == (cause, number, code)
    assert words in gone.message


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of x86_64")
@pytest.mark.parametrize(
    ("code", "number", "words"),
    [
        (1, 59, "for execve (system call 59), which the policy does not allow"),
        (1, 5000, "for one that we do not know (system call 5000), which"),
        (-6, 59, "for a system call, which"),
    ],
)
def test_the_refused_system_call_is_named(code, number, words):
    fault = Fault(signal.SIGSYS, code, 0, number, ())
    assert words in exit_from_status(signal.SIGSYS, Circumstances(fault)).message


BUS = Fault(signal.SIGBUS, 2, 0x1000, 0, ())


@pytest.mark.parametrize(
    ("status", "known", "cause", "words"),
    [
        (signal.SIGXCPU, Circumstances(cpu_limit=3), ExitCause.CPU, "used up the 3 s of CPU time"),
        (signal.SIGXCPU, Circumstances(), ExitCause.SIGNAL, "SIGXCPU"),
        (signal.SIGKILL, Circumstances(cpu_limit=3, cpu_used=4.01), ExitCause.CPU, "3 s"),
        (signal.SIGKILL, Circumstances(cpu_limit=3, cpu_used=2.9), ExitCause.SIGNAL, "SIGKILL"),
        (
            signal.SIGKILL,
            Circumstances(memory_limit=99, out_of_memory=True),
            ExitCause.MEMORY,
            "more than the 99 bytes",
        ),
        (signal.SIGSEGV, Circumstances(memory_limit=99, out_of_memory=True), ExitCause.SIGNAL, "SIGSEGV"),
        (
            signal.SIGBUS,
            Circumstances(BUS, unprovided=True),
            ExitCause.MEMORY,
            "no memory for the session's data at 0x1000",
        ),
        (signal.SIGBUS, Circumstances(BUS), ExitCause.SIGNAL, "SIGBUS"),
        (signal.SIGBUS, Circumstances(unprovided=True), ExitCause.SIGNAL, "SIGBUS"),
    ],
)
def test_a_limit_that_was_met(status, known, cause, words):
    gone = exit_from_status(status, known)
    assert (gone.cause, gone.signal) == (cause, status)
    assert words in gone.message


def test_exit_on_purpose():
    assert exit_on_purpose(ExitCause.DEADLINE, "late", signal.SIGKILL).cause == ExitCause.DEADLINE
    assert exit_on_purpose(ExitCause.DEADLINE, "late", signal.SIGSEGV).cause == ExitCause.SIGNAL


def test_answers_are_given_again():
    answers: Answers[int] = Answers()
    assert [answers.once(b"k", lambda i=i: i) for i in range(3)] == [0, 0, 0]
    assert [answers.once(b"", lambda i=i: i) for i in range(3)] == [0, 1, 2]


def test_failure_is_not_kept():
    answers: Answers[int] = Answers()
    with pytest.raises(ZeroDivisionError):
        answers.once(b"k", lambda: 1 // 0)
    assert answers.once(b"k", lambda: 5) == 5


def test_answers_are_bounded():
    answers: Answers[int] = Answers()
    for i in range(KEPT + 10):
        answers.once(b"%d" % i, lambda i=i: i)
    assert len(answers._futures) == KEPT
    assert answers.once(b"0", lambda: -1) == -1


def test_the_second_waits_for_the_first():
    answers: Answers[int] = Answers()
    entered, leave = threading.Event(), threading.Event()
    got: list[int] = []

    def first() -> int:
        entered.set()
        leave.wait(10)
        return 1

    threads = [threading.Thread(target=lambda: got.append(answers.once(b"k", first)))]
    threads[0].start()
    entered.wait(10)
    threads.append(threading.Thread(target=lambda: got.append(answers.once(b"k", lambda: 2))))
    threads[1].start()
    leave.set()
    for thread in threads:
        thread.join()
    assert got == [1, 1]


def record(**facts) -> logging.LogRecord:
    made = logging.LogRecord("x", logging.INFO, "f", 1, "an event", (), None)
    made.facts = facts
    return made


def test_human_line():
    line = HumanFormatter().format(record(session="ab", detail='two words\n"quoted"', empty=""))
    assert line.count("\n") == 0
    assert " INFO an event session=ab detail=" in line
    assert 'empty=""' in line


def test_json_line():
    line = JsonFormatter().format(record(n=3, error=AbortedError("A", "text\nmore")))
    assert line.count("\n") == 0
    assert json.loads(line)["event"] == "an event"
    assert json.loads(line)["n"] == 3
