"""A zone on the executor's host and one far away: what works in one works in the other."""

import pytest
from support_data import TestBed


@pytest.fixture(params=["here", "afar"])
def bed(request):
    made = TestBed(request.param == "here")
    yield made
    made.close()


@pytest.fixture
def here():
    made = TestBed(here=True)
    yield made
    made.close()


@pytest.fixture
def afar():
    made = TestBed(here=False)
    yield made
    made.close()


@pytest.fixture
def zone(bed):
    return bed.zone
