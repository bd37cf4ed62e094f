"""Figures from messages: what makes no sense is an error."""

from __future__ import annotations

import pytest
from exclave.controller.errors import ExecutorError
from exclave.controller.remote.statistics import worker_stats_from
from exclave.v1 import common_pb2, session_pb2

ALL = (common_pb2.ZONE_CODE, common_pb2.ZONE_READONLY, common_pb2.ZONE_DATA, common_pb2.ZONE_LANES)


def message(*zones: int, **fields) -> session_pb2.SessionStats:
    return session_pb2.SessionStats(zones=[session_pb2.ZoneStats(zone=zone, reserved=1) for zone in zones], **fields)


def test_all_fields():
    found = worker_stats_from(message(*ALL, name="n", cpu_ns=1_500_000_000, page_faults=0, write_window_ns=250_000))
    assert (found.name, found.cpu_seconds, found.page_faults, found.write_window_seconds) == ("n", 1.5, 0, 0.00025)
    assert list(found.zones) == ["code", "readonly", "data", "lanes"]


def test_what_is_not_given_is_not_known():
    found = worker_stats_from(message(*ALL))
    assert found.cpu_seconds is None
    assert found.page_faults is None


@pytest.mark.parametrize("zones", [(), ALL[:3], (*ALL, ALL[0]), (*ALL[:3], ALL[0]), (*ALL[:3], 0), (*ALL[:3], 77)])
def test_zones_that_make_no_sense(zones):
    with pytest.raises(ExecutorError, match="zones"):
        worker_stats_from(message(*zones))
