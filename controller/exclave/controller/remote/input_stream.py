"""A program's standard input on its way to the executor.

Owns: FeedInput streams. Must not know: where the pieces come from, what reads them. Invariant: no piece is taken before
the executor has opened the input, and the next one only when gRPC has sent the last: a program that does not read holds
up whoever gives the pieces, and nothing piles up here.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import grpc
import tenacity
from exclave.v1 import execution_pb2 as pb

from ..errors import ExclaveError, ExecutorError, ExecutorRefusedError
from .chunks import chunked
from .failures import to_exclave_error, translated
from .stream_lane import StreamMaker

Request = pb.FeedInputRequest
DOING = "feed stdin"
RELEASE_SECONDS = 10.0
"""How long the executor may take to notice that the FeedInput before this one was cancelled."""


class InputStream:
    """One FeedInput stream."""

    def __init__(self, maker: StreamMaker, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._address = maker.address
        self._is_open: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._answers = maker.stub.FeedInput(self._sent(maker.token))

    def _sent(self, token: bytes) -> Iterator[Request]:
        """Asked for by a thread of gRPC's, one after the other."""
        yield Request(session_token=token)
        if self._is_open.get():
            for piece in self._pieces:
                for chunk in chunked([piece]):
                    yield Request(chunk=chunk)

    def open(self) -> None:
        """Wait until the code can read what is given; Ctrl-C gives the stream up.

        Raises:
            ExecutorError: why it cannot.
        """
        try:
            with translated(DOING, self._address):
                first: pb.FeedInputResponse = next(self._answers)  # type: ignore[call-overload]
            if not first.HasField("opened"):
                raise ExecutorError(f"{DOING}: the executor's first word on it is not `opened`")
        except BaseException:
            self.end()
            raise
        self._is_open.put(True)

    def end(self) -> ExclaveError | None:
        """End it; the reason if it had failed already, so that the code did not get all."""
        call: Any = self._answers  # an error, too, once it has failed
        failed = not self._answers.is_active() and call.code() is not grpc.StatusCode.OK
        self._answers.cancel()  # type: ignore[no-untyped-call]
        self._is_open.put(False)
        return to_exclave_error(call, DOING, self._address) if failed else None


def open_input(maker: StreamMaker, pieces: Iterator[bytes]) -> InputStream:
    """A stream that the code reads `pieces` from.

    What an earlier one left unread is gone. One that was cancelled is in use until the executor has noticed.

    Raises:
        ExecutorError: why there is none.
    """
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_in_use),
        stop=tenacity.stop_after_delay(RELEASE_SECONDS),
        wait=tenacity.wait_random_exponential(multiplier=0.001, max=0.1),
        reraise=True,
    )
    return retrying(_open, maker, pieces)


def _open(maker: StreamMaker, pieces: Iterator[bytes]) -> InputStream:
    with translated(DOING, maker.address):
        stream = InputStream(maker, pieces)
    stream.open()
    return stream


def _is_in_use(error: BaseException) -> bool:
    return isinstance(error, ExecutorRefusedError) and error.reason == "INPUT_IN_USE"
