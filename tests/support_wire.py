"""What hostile clients put into their requests: places in a session's zones, and plans of whatever is said to be there.

Must not know: which of it is refused.
"""

from __future__ import annotations

import os

from exclave.v1 import memory_pb2
from support_plans import plan_message

MIB = 1 << 20
"""As much as a chunk may hold; a message may hold some of them."""


def plan(session, *segments, content=b"", actions=()):
    """An Initialize of (address, size, content_size, zone)."""
    message = plan_message(session.token, [(segments, actions)], os.urandom(16))
    return [memory_pb2.InitializeRequest(plan=message, chunk=content)]


def at(session, zone, offset=0):
    """An address in a zone."""
    return session.zones[zone].address + offset


def end(session, zone):
    """The address behind a zone."""
    return session.zones[zone].address + session.zones[zone].size
