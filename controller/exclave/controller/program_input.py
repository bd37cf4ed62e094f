"""What descriptor 0 gives the programs of a session, one after the other.

Owns: who feeds it, what is done when reading fails, that nothing is left of it for the next program. Must not know:
how pieces are read, how they reach the worker. Invariant: one program is fed at a time; outside of `given` nobody reads
what the user gave.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from .checks import shown
from .errors import ExclaveError, ExecutorCrash, ExecutorRefusedError
from .standard_input import InputReader


class Stream(Protocol):
    """Pieces on their way: `remote.InputStream`."""

    def end(self) -> ExclaveError | None:
        """End it; the reason if it had failed already."""
        ...


class ProgramInput:
    """The standard input of one session's programs."""

    def __init__(self, open_stream: Callable[[Iterator[bytes]], Stream]) -> None:
        self._open_stream = open_stream
        self._free = threading.Lock()
        self._has_rest = False

    @contextlib.contextmanager
    def given(self, reader: InputReader | None) -> Iterator[bool]:
        """Give the code what `reader` reads, or nothing; whether what it finds has changed.

        Raises:
            ExecutorRefusedError: a program is being fed that this one is to run within, or beside.
            ExecutorError: why it cannot be given; or the code did not get all of it.
            BaseException: what reading raised.
        """
        if not self._free.acquire(blocking=False):
            if reader is not None:
                raise _in_use()
            yield False  # it shares the other one's
            return
        try:
            if reader is None and not self._has_rest:
                yield False
            else:
                with self._fed(reader):
                    yield True
        finally:
            self._free.release()

    @contextlib.contextmanager
    def _fed(self, reader: InputReader | None) -> Iterator[None]:
        stream = self._open_stream(iter(()) if reader is None else reader)
        self._has_rest = reader is not None
        try:
            yield
        except BaseException as error:
            if reader is not None and reader.error is not None:
                error.add_note(f"reading stdin= had failed before, with {shown(reader.error)}")
            raise
        finally:
            if reader is not None:
                reader.close()
            failure = stream.end()
        if reader is not None and reader.error is not None:
            raise reader.error
        if failure is not None and not isinstance(failure, ExecutorCrash):  # which the call itself has told
            raise failure


def _in_use() -> ExecutorRefusedError:
    return ExecutorRefusedError(
        "run_main: another run_main(stdin=...) of this session is under way, and the code has one standard input: "
        "wait for its end, or use another session",
        reason="INPUT_IN_USE",
        status="FAILED_PRECONDITION",
        facts={},
    )
