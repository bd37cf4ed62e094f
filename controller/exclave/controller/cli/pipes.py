"""The end of a command whose reader is gone (`exclave run ... | head`): quiet, as other tools end.

Owns: this end. Must not know: what is written. Invariant: no traceback, and the status of one that SIGPIPE ended.
Python ignores SIGPIPE, and must: a compile worker that died would end us with it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

BROKEN_PIPE = 128 + signal.SIGPIPE


class PipeEnd:
    """A consumer of a session's output that writes to a file of this process's."""

    mode = "wb"

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: bytes) -> None:
        """Write all of it now, or end the process."""
        try:
            self._file.write(data)
            self._file.flush()
        except BrokenPipeError:
            end_quietly()


def end_quietly() -> NoReturn:
    """End from whatever thread this is. The executor and the compile workers see it, and end what was ours."""
    os._exit(BROKEN_PIPE)


@contextlib.contextmanager
def quiet_pipes() -> Iterator[None]:
    """Run the body, a whole command; what it printed is flushed here, where a broken pipe can still be met."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        if error.errno != errno.EPIPE:
            raise
        end_quietly()
