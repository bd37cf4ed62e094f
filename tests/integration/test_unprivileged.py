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
        assert layers["capabilities"]
        assert Path(f"/proc/{session.pid}").stat().st_uid in (0, NOBODY)  # 0: whom nobody may trace
        session.start()
        assert session.call("add", 20, 3) == 23
        with pytest.raises(grpc.RpcError):
            session.call("system", 39 + 18)  # fork
        assert session.wait_exit().signal == signal.SIGSYS


def test_whole_path_as_nobody(nobody: Nobody):
    done = subprocess.run([nobody.python, "-c", EXAMPLE], capture_output=True, text=True, timeout=60, **nobody.options)
    assert (done.returncode, done.stdout.split()) == (0, ["42.0", "signal", "11"]), done.stderr


POLICY_EXAMPLE = r"""
import os
from exclave.controller import ExecutorCrash, Limits, Policy, connect
IR = r'''
@path = constant [12 x i8] c"/etc/passwd\00"
declare i32 @open(ptr, i32)
declare i32 @access(ptr, i32)
declare ptr @malloc(i64)
define i32 @opens() { %r = call i32 @open(ptr @path, i32 0)  ret i32 %r }
define i32 @is_there() { %r = call i32 @access(ptr @path, i32 0)  ret i32 %r }
define ptr @takes(i64 %n) { %r = call ptr @malloc(i64 %n)  ret ptr %r }'''
def opened(*paths):
    session = executor.session(policy=Policy(read=paths), limits=Limits(memory=32 << 20, cpu_seconds=5))
    session.add_ir(IR)
    return session
with connect() as executor:
    with opened("/etc") as session:
        print(session.function("opens")() > 2, session.function("is_there")(), bool(session.function("takes")(64 << 20)))
    with opened("/usr") as session:
        root = next(layer.active for layer in session.sandbox if layer.name == "root")
        print(session.function("opens")(), session.function("is_there")() == (-1 if root else 0))
    with executor.session() as session:
        print(" ".join(layer.name for layer in session.sandbox if not layer.active))
"""


def test_policy_and_limits_as_nobody(nobody: Nobody):
    command = [nobody.python, "-c", POLICY_EXAMPLE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **nobody.options)
    assert done.returncode == 0, done.stderr
    reading, elsewhere, missing = done.stdout.splitlines()
    assert (reading, elsewhere) == ("True 0 False", "-1 True")
    assert {"uid"} <= set(missing.split()) <= MAY_BE_MISSING


MAY_BE_MISSING = {
    "uid", "cgroup", "mseal", "mdwe", "root", "user_namespace", "pid_namespace", "mount_namespace",
    "network_namespace", "ipc_namespace", "uts_namespace",
}  # fmt: skip

# As in a container whose system calls are filtered: no namespaces, no mounts.
WITHOUT_NAMESPACES = """
import ctypes, os, struct, sys
from exclave.executor import kernel
from exclave.executor.bpf import ALLOW, Rule, assemble, encode_rules, errno_action
from exclave.executor.syscall_numbers import AUDIT_ARCHITECTURES, syscall_number
names = ("unshare", "mount", "umount2", "pivot_root", "setns")
rules = [Rule(syscall_number(kernel.MACHINE, name), errno_action(1)) for name in names]
program = assemble(AUDIT_ARCHITECTURES[kernel.MACHINE], encode_rules(rules), ALLOW)
code = ctypes.create_string_buffer(program)
header = ctypes.create_string_buffer(struct.pack("<H6xQ", len(program) // 8, ctypes.addressof(code)))
kernel.prctl(38, 1)
kernel.syscall(kernel.SYS_SECCOMP, 1, 0, ctypes.addressof(header))
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
"""


@pytest.mark.parametrize("user", ["root", "nobody"])
def test_where_there_are_no_namespaces(nobody: Nobody, user: str):
    """Their layers say why they are missing, and everything works without them."""
    options = (
        nobody.options if user == "nobody" else {"env": nobody.options["env"] | {"HOME": "/", "TMPDIR": "/var/tmp"}}
    )
    command = [nobody.python, "-c", WITHOUT_NAMESPACES, POLICY_EXAMPLE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **options)
    assert done.returncode == 0, done.stderr
    reading, elsewhere, missing = done.stdout.splitlines()
    assert (reading, elsewhere) == ("True 0 False", "-1 True")
    absent = {name for name in MAY_BE_MISSING if name.endswith("_namespace")} | {"root"}
    assert absent | ({"uid"} if user == "nobody" else set()) <= set(missing.split()) <= MAY_BE_MISSING
