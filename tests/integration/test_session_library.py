"""A library that a session takes later: lookups find its symbols, and what was there is there again."""

from __future__ import annotations

import subprocess
import threading

import pytest
from exclave.controller import InUseError, connect
from exclave.controller.errors import ExecutorError, ExecutorRefusedError, SignatureError, UndefinedSymbolsError
from support_executor import running, start_process

VERSION = (
    "declare ptr @zlibVersion()  define i8 @first() { %p = call ptr @zlibVersion()  %c = load i8, ptr %p  ret i8 %c }"
)


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


def test_its_symbols_are_found(session):
    session.add_ir(VERSION)
    with pytest.raises(UndefinedSymbolsError, match="zlibVersion"):
        session.function("first", "i8", [])
    session.add_library("libz.so.1")
    assert session.function("first", "i8", [])() == ord("1")
    assert session.generation == 2


def test_what_was_live_is_live_again(session):
    session.add_ir("@n = global i32 5  define i32 @f() { %x = load i32, ptr @n  ret i32 %x }")
    f = session.function("f", "i32", [])
    assert f() == 5
    session.add_library("libz.so.1")
    assert f() == 5


def test_it_stays_on_the_next_worker(session):
    session.add_library("libz.so.1")
    session.grow(1 << 30)
    session.add_ir(VERSION)
    assert session.function("first", "i8", [])() == ord("1")


def test_one_that_the_session_has_costs_nothing(session):
    session.add_library("libz.so.1")
    session.add_library("libz.so.1")
    assert session.generation == 2


@pytest.mark.parametrize("name", ["", 7, None, "a\0b"])
def test_no_name(session, name):
    with pytest.raises(SignatureError):
        session.add_library(name)


def test_one_that_is_not_allowed_changes_nothing():
    process, address = start_process(
        ["--listen", "127.0.0.1:0", "--allow-library", "libm.so.6"], stderr=subprocess.PIPE
    )
    with running(process, address), connect(address) as executor, executor.session() as session:
        with pytest.raises(ExecutorRefusedError, match=r"load libz.so.1 \(its --allow-library\); it allows libm.so.6"):
            session.add_library("libz.so.1")
        assert session.generation == 1


def test_one_that_is_not_there(session, monkeypatch):
    monkeypatch.setattr("exclave.controller.session.check_library", lambda *_: None)
    session.add_ir("define i32 @f() { ret i32 5 }")
    with pytest.raises(ExecutorError, match=r"libnone"):
        session.add_library("libnone.so.9")
    assert session.function("f", "i32", [])() == 5


def test_not_while_a_call_runs(session):
    begun, goes_on = threading.Event(), threading.Event()
    host = session.callback(lambda: begun.set() or goes_on.wait(20), "void f(void)")
    session.define("host", host)
    session.add_ir("declare void @host()\ndefine void @waits() { call void @host()  ret void }")
    thread = threading.Thread(target=session.function("waits", "void", []))
    thread.start()
    assert begun.wait(20)
    with pytest.raises(InUseError, match="waits runs now"):
        session.add_library("libz.so.1")
    goes_on.set()
    thread.join()
