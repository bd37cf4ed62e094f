"""Attaching to a session on the same host: descriptors of its lanes and data, over the daemon's side channel.

Owns: the side channel's client half, and the mappings. Must not know: lanes' layout, what is called. Invariant: the
sizes that the daemon says are checked against the descriptors before anything is mapped; every descriptor that came is
closed or owned. (unix(7), SCM_RIGHTS; executor/.../side_channel.py is the other half)
"""

from __future__ import annotations

import contextlib
import mmap
import os
import socket
import struct
from dataclasses import dataclass

from ..model import LANE_SIZE

SECONDS = 5.0
_STATUS, _SIZES = struct.Struct("<I"), struct.Struct("<IIQQ")
_OK = 0
_CUT_OFF = socket.MSG_TRUNC | socket.MSG_CTRUNC
_DESCRIPTORS = 5


@dataclass
class Attachment:
    """A session's shared memory in this process. Sizes in bytes."""

    lanes: int
    lanes_memory: mmap.mmap
    data_memory: mmap.mmap | None
    data_descriptor: int
    pipes: tuple[int, int]
    output_state: mmap.mmap

    def close_descriptors(self) -> None:
        """Close what is no mapping; the mappings go with their last user, which this is not."""
        self.data_memory = None
        for descriptor in (self.data_descriptor, *self.pipes):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self.data_descriptor, self.pipes = -1, (-1, -1)


def attach(path: str, token: bytes) -> Attachment | None:
    """Attach to the session whose token this is; None where that is not possible, as for an executor elsewhere."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as channel:
            channel.settimeout(SECONDS)
            channel.connect(path)
            channel.send(token)
            answer, descriptors, flags, _ = socket.recv_fds(
                channel, _STATUS.size + _SIZES.size, _DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
            )
    except OSError:
        return None
    try:
        return _map(b"" if flags & _CUT_OFF else answer, descriptors)
    except (OSError, ValueError, struct.error):
        for descriptor in descriptors:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        return None


def _map(answer: bytes, descriptors: list[int]) -> Attachment:
    if len(answer) != _STATUS.size + _SIZES.size or len(descriptors) != _DESCRIPTORS:
        raise ValueError("no attachment")
    if _STATUS.unpack_from(answer) != (_OK,):
        raise ValueError("refused")
    count, lane_size, lanes_size, data_size = _SIZES.unpack_from(answer, _STATUS.size)
    if lane_size != LANE_SIZE or lanes_size != (count + 3) * LANE_SIZE:
        raise ValueError("lanes of another shape")
    lanes, data, out, err, state = descriptors
    attachment = Attachment(
        count, _mapped(lanes, lanes_size), _mapped(data, data_size), data, (out, err), _state(state)
    )
    os.close(lanes)
    os.close(state)
    return attachment


def _mapped(descriptor: int, size: int) -> mmap.mmap:
    if os.fstat(descriptor).st_size != size:
        raise ValueError("a memory of another size")
    return mmap.mmap(descriptor, size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)


def _state(descriptor: int) -> mmap.mmap:
    return mmap.mmap(descriptor, mmap.PAGESIZE, mmap.MAP_SHARED, mmap.PROT_READ)
