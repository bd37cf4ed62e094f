"""Exclave without rights: as nobody, with no file of root's but the packages."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from pathlib import Path

import grpc
import pytest
from support_executor import running, start_process
from support_nobody import NOBODY, Nobody, become_nobody

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become somebody else; all other tests run unprivileged then"
)

EXAMPLE = """
import os
from exclave.controller import ExecutorCrash, connect
assert os.geteuid() == 65534
with connect() as executor, executor.session() as session:
    session.add_ir('''
        declare double @cos(double)
        define double @f(i64 %n) { %c = call double @cos(double 0.0)  %d = sitofp i64 %n to double
                                   %r = fmul double %c, %d  ret double %r }
        define void @oops() { store volatile i32 1, ptr null  ret void }''')
    print(session.function("f")(42))
    try:
        session.function("oops")()
    except ExecutorCrash as crash:
        print(crash.kind, crash.signal)
"""


@pytest.fixture(scope="module")
def nobody():
    with tempfile.TemporaryDirectory(prefix="xp-", dir="/var/tmp") as folder:  # pytest's own are private
        yield become_nobody(Path(folder))


def test_daemon_as_nobody(nobody: Nobody):
    command = [nobody.python, "-m", "exclave.executor"]
    process, address = start_process([], command=command, stderr=subprocess.PIPE, **nobody.options)
    assert address == f"unix:{nobody.home}/.local/state/exclave/executor.sock"
    with running(process, address) as daemon, daemon.session() as session:
        assert Path(f"/proc/{process.pid}").stat().st_uid == NOBODY
        layers = {layer.name: layer.active for layer in session.opened.sandbox}
        assert not layers.pop("uid")
        assert layers["seccomp"]
        session.start()
        assert session.call("add", 20, 3) == 23
        with pytest.raises(grpc.RpcError):
            session.call("system", 39 + 18)  # fork
        assert session.wait_exit().signal == signal.SIGSYS


def test_whole_path_as_nobody(nobody: Nobody):
    done = subprocess.run([nobody.python, "-c", EXAMPLE], capture_output=True, text=True, timeout=60, **nobody.options)
    assert (done.returncode, done.stdout.split()) == (0, ["42.0", "signal", "11"]), done.stderr
