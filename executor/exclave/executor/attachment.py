"""What a controller on the same host gets to use a session's lanes and data by itself.

Owns: the record. Must not know: sockets, sessions, what is done with it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attachment:
    """Descriptors, and the numbers that go with them.

    Attributes:
        lanes: call lanes.
        lane_size: bytes of a lane.
        lanes_zone_size: bytes of the lanes zone.
        data_zone_size: bytes of the data zone.
        descriptors: lanes zone, data zone, stdout's pipe, stderr's pipe, output state page; ours to close.
    """

    lanes: int
    lane_size: int
    lanes_zone_size: int
    data_zone_size: int
    descriptors: tuple[int, ...]

    def close(self) -> None:
        """Closes the descriptors, once they were handed over."""
        for fd in self.descriptors:
            os.close(fd)
