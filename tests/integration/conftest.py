"""Both real processes: one embedded daemon for the module, a fresh session for each test.

For tests of the daemon without the controller: a daemon of the module's own, and sessions as a bare caller has them.
"""

import subprocess

import pytest
from exclave.controller import connect
from support_calls import IR
from support_executor import running, running_daemon, start_process


@pytest.fixture(scope="session")
def executor():
    with connect() as handle:
        yield handle


@pytest.fixture(scope="module", params=["here", "afar"])
def executor_here_and_afar(request):
    """On the same host with shared memory, and as if it were on another one; a module's `executor` may be this."""
    if request.param == "here":
        with connect() as handle:
            yield handle
        return
    process, address = start_process(["--listen", "127.0.0.1:0"], stderr=subprocess.PIPE)
    with running(process, address), connect(address) as handle:
        yield handle


@pytest.fixture
def session(executor):
    with executor.session() as opened:
        yield opened


@pytest.fixture
def logged():
    """What native code has logged in `session_to_call`."""
    return []


@pytest.fixture
def session_to_call(executor, logged):
    """With the functions and variables of support_calls; a module's `session` may be this."""
    with executor.session() as handle:
        handle.add_ir(IR)
        handle.define("host_log", handle.callback(lambda text: logged.append(text) or 5, "int log(const char *)"))
        yield handle


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    """The module's own, at a UNIX socket that nobody else may reach."""
    folder = tmp_path_factory.mktemp("d")
    folder.chmod(0o700)
    with running_daemon(folder) as process:
        yield process


@pytest.fixture
def daemon_session(daemon):
    """A session without the controller; a module's `session` may be this."""
    with daemon.session() as opened:
        yield opened


@pytest.fixture(name="running")
def running_session(daemon_session):
    """The same with its runtime started."""
    return daemon_session.start()
