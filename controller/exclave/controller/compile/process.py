"""One compile worker, seen from the pool: a child process that answers frames, or dies.

Owns: the child. Must not know: which requests there are. Invariant: after `DiedError` or an interrupt the child is
gone and reaped; a worker that answered can be asked again.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

from .frames import BrokenFrameError, encode_frame, read_frame

# -P: not the user's current directory, whose json.py or llvmlite.py would be imported instead of the real one
COMMAND = (sys.executable, "-P", "-m", "exclave.controller.compile.worker")
SAID_BYTES = 16 << 10
"""How much of what LLVM printed goes into an error: the end, where the reason is."""


class DiedError(Exception):
    """The child died, or was killed for being late. `how` in words, `said` what it printed."""

    def __init__(self, how: str, said: str) -> None:
        super().__init__(how)
        self.how = how
        self.said = said


class CompileProcess:
    """A running compile worker."""

    def __init__(self, memory: int) -> None:
        """Start it, without waiting for it; it may have `memory` bytes of address space.

        Raises:
            OSError: no more processes, memory or descriptors.
        """
        self._stderr = tempfile.TemporaryFile(prefix="exclave-compile-")  # noqa: SIM115  (lives as long as the child)
        try:
            self._child = subprocess.Popen(
                [*COMMAND, str(memory), str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                bufsize=0,
                start_new_session=True,  # Ctrl-C is for the user's process
            )
        except OSError:
            self._stderr.close()
            raise
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._requests, self._answers = self._child.stdin, self._child.stdout
        os.set_blocking(self._requests.fileno(), False)
        self._deadline = 0.0
        self._said_before = 0

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._child.poll() is None

    def ask(self, header: dict[str, Any], body: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        """Its answer.

        Raises:
            DiedError: it died of the request, or did not answer in `seconds`.
        """
        self._deadline = time.monotonic() + seconds
        self._said_before = os.fstat(self._stderr.fileno()).st_size
        try:
            self._write(encode_frame(header, body))
            return read_frame(self)
        except TimeoutError:
            self.kill()
            how = f"it was still running after {seconds:g} s and was ended"
        except BrokenFrameError as error:
            how = self._how_it_ended(error)
        except BaseException:
            self.kill()
            self._close_files()
            raise
        said = self._said()
        self._close_files()
        raise DiedError(how, said)

    def _write(self, frame: bytes) -> None:
        """Hand over a request; one that dies meanwhile is noticed when its answer is read."""
        left = memoryview(frame)
        while left:
            self._wait_for(self._requests.fileno(), select.POLLOUT)
            try:
                left = left[os.write(self._requests.fileno(), left) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                return

    def read(self, size: int) -> bytes:
        """Bytes of its answer, as they come; for `read_frame`."""
        self._wait_for(self._answers.fileno(), select.POLLIN)
        return os.read(self._answers.fileno(), min(size, 1 << 20))

    def _wait_for(self, descriptor: int, event: int) -> None:
        poll = select.poll()  # not select.select(): that refuses descriptors from 1024 up
        poll.register(descriptor, event)
        left = self._deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError

    def _how_it_ended(self, error: BrokenFrameError) -> str:
        try:
            status = self._child.wait(1.0)
        except subprocess.TimeoutExpired:
            self.kill()
            return f"the compile worker broke its protocol ({error})"
        if status < 0:
            return f"LLVM died of {_signal_in_words(-status)}"
        return f"LLVM gave up with exit status {status}"

    def _said(self) -> str:
        """What LLVM printed since the request; the last of it."""
        end = os.fstat(self._stderr.fileno()).st_size
        start = max(self._said_before, end - SAID_BYTES)
        return os.pread(self._stderr.fileno(), end - start, start).decode(errors="replace").strip()

    def kill(self) -> None:
        """End it now, and reap it. Whoever is asking it gets a `DiedError`."""
        self._child.kill()
        self._child.wait()

    def close(self) -> None:
        """End it, when nobody is asking it. It has nothing to lose, so it is not asked to end itself."""
        self.kill()
        self._close_files()

    def _close_files(self) -> None:
        for file in (self._requests, self._answers, self._stderr):
            with contextlib.suppress(OSError):
                file.close()


def _signal_in_words(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return f"{name} ({signal.strsignal(number)})"
