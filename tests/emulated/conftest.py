"""A session on each machine: in a real worker here, and in a worker on an emulated processor of each architecture."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
from emulator.executors import emulated_executor
from exclave.controller import Executor, connect
from exclave.controller.session import Session

HERE = "worker"
MACHINES = [HERE, "x86_64", "aarch64", "riscv64"]


@pytest.fixture(scope="session")
def executor_on() -> Iterator[Callable[[str], Executor]]:
    """The executor on a machine, started when it is first asked for."""
    with contextlib.ExitStack() as stack:
        found: dict[str, Executor] = {}

        def start(machine: str) -> Executor:
            if machine not in found:
                context = connect() if machine == HERE else emulated_executor(machine)
                found[machine] = stack.enter_context(context)
            return found[machine]

        yield start


@pytest.fixture(params=MACHINES)
def executor(request: pytest.FixtureRequest, executor_on: Callable[[str], Executor]) -> Executor:
    return executor_on(request.param)


@pytest.fixture
def session(executor: Executor) -> Iterator[Session]:
    with executor.session() as opened:
        yield opened


@pytest.fixture
def architecture(executor: Executor) -> str:
    return executor.capabilities.target.architecture
