"""Whether a call has printed something that is not delivered yet, without asking the daemon.

Owns: that question, on the same host. Must not know: lanes, what delivers. Invariant: `settle` returns when everything
printed before it was called is delivered. What the pipes still hold, or the daemon has read and not queued, makes it
ask the daemon; what is queued, it waits for.
"""

from __future__ import annotations

import array
import fcntl
import mmap
import struct
import termios
from collections.abc import Callable

_STATE = struct.Struct("<QQ")


class OutputWatch:
    """Watches the pipes of one session's worker."""

    def __init__(
        self,
        pipes: tuple[int, int],
        state: mmap.mmap,
        drain: Callable[[], int],
        wait_output: Callable[[int], None],
    ) -> None:
        """`drain` has the daemon queue all that was printed and returns the position, `wait_output` waits for one."""
        self._pipes: tuple[int, ...] = pipes
        self._state = state
        self._drain = drain
        self._wait_output = wait_output

    def settle(self) -> None:
        """Wait until all that was printed up to now is delivered."""
        try:
            printed = any(_available(pipe) for pipe in self._pipes)
        except OSError:  # closed meanwhile: the end of a session delivers what is left
            return None
        if printed:
            return self._wait_output(self._drain())
        # The daemon makes `reading` odd before it takes bytes out of a pipe, so an empty pipe is seen after that.
        reading, position = _STATE.unpack_from(self._state)
        return self._wait_output(self._drain() if reading & 1 else position)

    def close(self) -> None:
        """The pipes' descriptors are about to be closed, and may become somebody else's."""
        self._pipes = ()


def _available(pipe: int) -> int:
    """Bytes that lie in a pipe."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]
