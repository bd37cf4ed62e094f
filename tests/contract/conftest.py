"""What all contract tests share: the end of each kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from exclave.controller import connect
from exclave.controller.executor import Executor
from support_ends import End, in_process, remote


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with connect() as handle:
        yield handle


@pytest.fixture(params=["fake", "local", "remote"])
def end(request: pytest.FixtureRequest) -> Iterator[End]:
    kind = request.param
    with remote(request.getfixturevalue("executor")) if kind == "remote" else in_process(kind) as made:
        yield made
