"""How a session reaches its worker's lanes and data: in shared memory, or through the daemon.

Owns: the shared way, and what both have in common. Must not know: gRPC, types, names. Invariant: what uses a `Way`
cannot tell them apart, but by how long things take and by `shared`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..model import LANE_SIZE
from .dispatcher import DispatchLane
from .lane import Lane
from .native import NativeCaller
from .output_watch import OutputWatch
from .shared_lane import SharedDispatchLane, SharedLane

if TYPE_CHECKING:
    from ..data.zone import DataZone
    from ..remote.attach import Attachment


@dataclass(frozen=True)
class Way:
    """Lanes, data, and how to wait for output. `shared`: all of it in memory of this process, with no copies."""

    lanes: Sequence[Lane]
    dispatch: DispatchLane
    zone: DataZone
    settle: Callable[[], None]
    close: Callable[[], None]
    shared: bool


class Daemon(Protocol):
    """What the shared way still needs the daemon for."""

    def drain_output(self) -> int:
        """Queue what was printed; the position."""
        ...

    def wait_output(self, position: int) -> None:
        """Wait until it is delivered."""
        ...

    def is_over(self) -> bool:
        """Whether the session is no more."""
        ...


def shared_way(attachment: Attachment, native: NativeCaller, daemon: Daemon, zone: DataZone) -> Way:
    """The way through shared memory."""
    memory, over = attachment.lanes_memory, daemon.is_over
    lanes = [SharedLane(memory, (1 + i) * LANE_SIZE, native, over) for i in range(attachment.lanes)]
    dispatch = SharedDispatchLane(memory, (1 + attachment.lanes) * LANE_SIZE, native, over)
    watch = OutputWatch(attachment.pipes, attachment.output_state, daemon.drain_output, daemon.wait_output)

    def close() -> None:
        watch.close()
        attachment.close_descriptors()

    return Way(lanes, dispatch, zone, watch.settle, close, shared=True)
