"""The daemon itself dies: workers die with it, sessions come back on another one."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest
from exclave.controller import connect
from exclave.controller.errors import ExecutorError
from support_executor import process_gone, running, start_process, wait_until

IR = "@n = global i64 0\ndefine i64 @count() { %x = load i64, ptr @n  %y = add i64 %x, 1  store i64 %y, ptr @n  ret i64 %y }"


def kill_and_wait(pid):
    os.kill(pid, signal.SIGKILL)


def test_the_embedded_one_is_started_again():
    with connect() as executor, executor.session() as session, executor.session() as other:
        for one in (session, other):
            one.add_ir(IR)
        count, second = session.function("count"), other.function("count")
        assert (count(), count(), second()) == (1, 2, 1)
        worker, daemon = session.opened.worker_pid, executor.capabilities.daemon_pid
        kill_and_wait(daemon)
        assert wait_until(lambda: process_gone(worker))
        known = [one._worker.client.is_over for one in (session, other)]  # else a call may be the one that finds out
        assert wait_until(lambda: all(over() for over in known))
        assert (count(), second(), session.generation, other.generation) == (1, 1, 2, 2)
        assert executor.capabilities.daemon_pid != daemon
        with executor.session() as third:
            third.add_ir(IR)
            assert third.function("count")() == 1


def test_the_embedded_ones_fault_is_told_with_its_log(caplog):
    """SIGBUS by hand: what a page of the lanes does that the host cannot provide."""
    with connect() as executor, executor.session() as session:
        session.add_ir(IR)
        count, daemon = session.function("count"), executor.capabilities.daemon_pid
        assert count() == 1
        os.kill(daemon, signal.SIGBUS)
        assert wait_until(session._worker.client.is_over)
        assert wait_until(lambda: not executor._daemon.running)
        assert (count(), session.generation) == (1, 2)
    (record,) = [record for record in caplog.records if record.name.startswith("exclave.controller")]
    assert "ended by SIGBUS" in record.getMessage()
    assert "Fatal Python error: Bus error" in record.getMessage()


def test_one_of_ones_own_that_is_started_again_at_its_address(tmp_path):
    tmp_path.chmod(0o700)
    arguments = ["--listen", f"unix:{tmp_path}/x.sock"]
    first, address = start_process(arguments, stderr=subprocess.PIPE)
    with connect(address) as executor, executor.session() as session:
        session.add_ir(IR)
        count = session.function("count")
        assert count() == 1
        first.kill()
        first.communicate()
        second, address = start_process(arguments, stderr=subprocess.PIPE)
        with running(second, address):
            assert (count(), session.generation) == (1, 2)
            session.close()


def test_one_that_does_not_come_back_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("exclave.controller.session_recovery.REACH_SECONDS", 0.3)
    tmp_path.chmod(0o700)
    process, address = start_process(["--listen", f"unix:{tmp_path}/x.sock"], stderr=subprocess.PIPE)
    with connect(address) as executor, executor.session() as session:
        session.add_ir(IR)
        count = session.function("count")
        assert count() == 1
        process.kill()
        process.communicate()
        for _ in range(2):
            with pytest.raises(ExecutorError):
                count()
