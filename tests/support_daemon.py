"""What the tests of a real daemon share: expecting an error, ways to look at it, and the size of a page."""

from __future__ import annotations

import os

import grpc
from grpc import StatusCode
from support_executor import error_detail

PAGE = os.sysconf("SC_PAGESIZE")
"""Of the host: what the daemon maps and protects is a multiple of it."""


class Refused:
    """Expects an error: status, reason."""

    def __init__(self, status: StatusCode, reason: str) -> None:
        self.status, self.reason = status, reason

    def __enter__(self) -> Refused:
        return self

    def __exit__(self, kind, error, trace) -> bool:
        assert isinstance(error, grpc.RpcError), f"no {self.status}"
        assert error.code() == self.status, error
        self.detail = error_detail(error)
        assert self.detail.reason == self.reason, self.detail
        assert self.detail.message == error.details()
        return True
