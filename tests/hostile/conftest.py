"""Both ways to a worker, and an innocent session of the same executor, which must never notice anything.

For clients that are hostile: a daemon that in the end holds what it held before, and an innocent session there too.
"""

from __future__ import annotations

import subprocess

import pytest
from exclave.controller import connect
from support_executor import running, start_process
from support_host_state import HostState
from support_hostile import PROGRAMS, Prey, soon


def executors(way):
    """An executor of each way: `here` shares memory, `afar` is reached through its daemon alone."""
    if way == "here":
        with connect() as handle:
            yield handle
        return
    process, address = start_process(["--listen", "127.0.0.1:0"], stderr=subprocess.PIPE)
    with running(process, address), connect(address) as handle:
        yield handle


@pytest.fixture(scope="module", params=["here", "afar"])
def way(request):
    return request.param


@pytest.fixture(scope="module")
def executor(way):
    yield from executors(way)


@pytest.fixture(scope="module")
def innocent_add(executor):
    with executor.session() as session:
        session.add_ir(PROGRAMS)
        yield session.function("add")


@pytest.fixture
def make_prey(executor, innocent_add, monkeypatch):
    """Opens sessions that end soon whatever became of them; another session works all the time."""
    monkeypatch.setattr("exclave.controller.programs.EXIT_HANDLER_SECONDS", 0.3)
    opened = []

    def make(**options):
        opened.append(executor.session(recover=False, **options))
        return Prey(opened[-1])

    yield make
    for session in opened:
        with soon():
            session.close()
    assert innocent_add(1, 2) == 3


@pytest.fixture
def prey(make_prey):
    return make_prey()


@pytest.fixture(scope="module")
def daemon():
    """Of the module's own; afterwards its host's state is as before, whatever clients did."""
    process, address = start_process(["--listen", "127.0.0.1:0", "--stream-timeout", "0.5"], stderr=subprocess.PIPE)
    with running(process, address) as handle:
        with handle.session() as first:
            first.start()
        before = HostState.settled(process.pid)
        yield handle
        with handle.session() as last:
            last.start()  # so the spare worker is one as before
        before.expect_again(threads=64)  # the server keeps threads that a storm has made


@pytest.fixture(scope="module")
def other(daemon):
    """A session that must not notice anything."""
    with daemon.session() as opened:
        opened.start()
        yield opened


@pytest.fixture
def session(daemon, other):
    """Its own and fresh; in the end it still works, and so does the other."""
    with daemon.session() as opened:
        opened.start()
        yield opened
        assert opened.call("add", 1, 2) == 3
    assert other.call("add", 3, 4) == 7
