"""Both real processes: one embedded daemon for the module, a fresh session for each test."""

import pytest
from exclave.controller import connect


@pytest.fixture(scope="session")
def executor():
    with connect() as handle:
        yield handle


@pytest.fixture
def session(executor):
    with executor.session() as opened:
        yield opened
