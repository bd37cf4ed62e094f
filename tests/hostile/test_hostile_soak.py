"""Sessions that come and go, many of which crash: afterwards the daemon and its zygote hold what they held before.

A short form; `make soak` runs a thousand sessions with three hundred crashes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from exclave.controller import ExecutorCrash, connect
from support_executor import running, start_process
from support_host_state import HostState

SESSIONS = int(os.environ.get("EXCLAVE_SOAK_SESSIONS", "60"))
IR = """
define i64 @reads(i64 %at) { %p = inttoptr i64 %at to ptr  %x = load i64, ptr %p  ret i64 %x }
define i64 @adds(i64 %x) { %y = add i64 %x, 1  ret i64 %y }
define i64 @applies(ptr %f, i64 %x) { %r = call i64 %f(i64 %x)  ret i64 %r }
"""


@pytest.fixture
def executor(tmp_path: Path):
    tmp_path.chmod(0o700)
    process, address = start_process(
        ["--listen", f"unix:{tmp_path}/x.sock", "--log-level", "error"], stderr=subprocess.PIPE
    )
    with running(process, address), connect(address) as handle:
        yield handle


def use(executor, number: int) -> None:
    """One session: calls, a callback, an array; every third crashes, and half of those come back."""
    with executor.session(reservation=64 << 20) as session:
        session.add_ir(IR)
        adds, applies = session.function("adds"), session.function("applies")
        assert adds(number) == number + 1
        assert applies(session.callback(lambda x: x * 2, "int64_t f(int64_t)"), 4) == 8
        session.array(1000)
        if number % 3 == 0:
            with pytest.raises(ExecutorCrash):
                session.function("reads")(8)
            if number % 2:
                assert adds(number) == number + 1


@pytest.mark.timeout(1800)
def test_nothing_is_left_of_sessions_that_came_and_went(executor) -> None:
    pid = executor.capabilities.daemon_pid
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: use(executor, number), range(12)))  # what is made once is there then
        before = HostState.settled(pid)
        list(threads.map(lambda number: use(executor, number), range(SESSIONS)))
        before.expect_again()


def test_a_session_whose_client_is_killed_is_gone_at_once(executor) -> None:
    pid = executor.capabilities.daemon_pid
    with executor.session():
        pass
    before = HostState.settled(pid)
    code = (
        "import os, signal, sys\n"
        "from exclave.controller import connect\n"
        "sessions = [connect(sys.argv[1]).session() for _ in range(3)]\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", code, executor.address.target]
    assert subprocess.run(command, timeout=60).returncode == -9
    before.expect_again()
