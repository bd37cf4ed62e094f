"""Both real processes: one embedded daemon for the module, a fresh session for each test."""

import subprocess

import pytest
from exclave.controller import connect
from support_executor import running, start_process


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
