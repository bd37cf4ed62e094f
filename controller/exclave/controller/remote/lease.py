"""A session's lease: the stream that keeps it open and delivers its events.

Owns: the OpenSession stream and the thread that reads it. Must not know: what the events mean to people.
Invariant: events are delivered in order, from one thread, with no lock held; `wait_output(position)` returns
only after everything printed up to `position` has been delivered, or when the stream is over, or when nothing has been
delivered for a while: a consumer of output that blocks keeps its thread, not the session's user.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import get_args

import grpc
from exclave.v1 import common_pb2, session_pb2, session_pb2_grpc

from ..errors import ExecutorError
from ..model import OpenedSession, OutputChunk, WorkerExit, Zone, ZoneRange
from .connection import Connection, layers_from
from .failures import to_exclave_error, translated, worker_exit_from

ZONE_NAMES: dict[common_pb2.Zone, Zone] = {
    common_pb2.ZONE_CODE: "code",
    common_pb2.ZONE_READONLY: "readonly",
    common_pb2.ZONE_DATA: "data",
    common_pb2.ZONE_LANES: "lanes",
}
ADDRESS_END = 1 << 64
STANDSTILL_SECONDS = 5.0
"""How long nothing may be delivered while somebody waits for it. Whoever comes after that does not wait at all."""


class Lease:
    """An open session, as long as it lives."""

    def __init__(
        self,
        connection: Connection,
        request: session_pb2.OpenSessionRequest,
        on_output: Callable[[OutputChunk], None],
    ) -> None:
        """Open the session and wait for its first event.

        Raises:
            ExecutorError: the executor refused, or answered nonsense.
        """
        self.worker_exit: WorkerExit | None = None
        self._on_output = on_output
        self._progress = threading.Condition()
        self._position = 0
        self._stands_at = -1
        self._over = False
        self._on_end: Callable[[], None] = lambda: None
        self._address = connection.address.target
        self._stream = session_pb2_grpc.SessionServiceStub(connection.channel).OpenSession(request)
        with translated("open session", self._address):
            first = next(iter(self._stream))
        self.opened = _opened_from(first, request.bootstrap_symbols)
        self._thread = threading.Thread(target=self._read_events, name="exclave-lease", daemon=True)
        self._thread.start()

    def _read_events(self) -> None:
        try:
            for event in self._stream:
                self._deliver(event)
        except grpc.RpcError as error:
            self._note_broken(error)
        finally:
            with self._progress:
                self._over = True
                self._progress.notify_all()
            self._on_end()

    def _deliver(self, event: session_pb2.OpenSessionResponse) -> None:
        if event.HasField("output"):
            output = event.output
            self._on_output(OutputChunk(int(output.stream), output.data, output.position))
            with self._progress:
                self._position = output.position
                self._progress.notify_all()
        elif event.HasField("exited"):
            self.worker_exit = worker_exit_from(event.exited.worker_exit)

    def _note_broken(self, error: grpc.RpcError) -> None:
        if error.code() is not grpc.StatusCode.CANCELLED and self.worker_exit is None:
            reason = to_exclave_error(error, "the session's lease broke", self._address)
            self.worker_exit = WorkerExit("closed", 0, 0, str(reason))

    def on_end(self, callback: Callable[[], None]) -> None:
        """Call back, once, when the session is over; now if it is. The last one given counts."""
        self._on_end = callback
        if self._over:
            callback()

    @property
    def over(self) -> bool:
        """Whether the stream has ended, or the worker has."""
        return self._over or self.worker_exit is not None

    def wait_output(self, position: int) -> None:
        """Wait until what was printed up to `position` bytes is delivered (or the lease is over)."""
        if position > self._position:
            self._wait(lambda: self._position >= position)

    def finish(self) -> None:
        """Wait for the last event of a session that is closing, then end the stream."""
        self._wait(lambda: False)
        self._stream.cancel()  # type: ignore[no-untyped-call]
        if self._over and threading.current_thread() is not self._thread:
            self._thread.join()

    def _wait(self, enough: Callable[[], bool]) -> None:
        """Until it is enough, or the lease is over, or events stand still."""
        if threading.current_thread() is self._thread:
            return  # a consumer of output that makes a call cannot wait for itself
        with self._progress:
            while not (self._over or enough() or self._position == self._stands_at):
                seen = self._position
                if not self._progress.wait_for(partial(self._moved, seen), STANDSTILL_SECONDS):
                    self._stands_at = seen

    def _moved(self, position: int) -> bool:
        return self._over or self._position != position

    def break_off(self, why: str) -> None:
        """End the session from this side, at once: the executor ends its worker."""
        if self.worker_exit is None:
            self.worker_exit = WorkerExit("closed", 0, 0, why)
        self._stream.cancel()  # type: ignore[no-untyped-call]


def _opened_from(event: session_pb2.OpenSessionResponse, names: Sequence[str]) -> OpenedSession:
    if not event.HasField("opened"):
        raise ExecutorError("open session: the executor's first event is not `opened`")
    opened = event.opened
    if len(opened.session_token) != 16 or len(opened.bootstrap_addresses) != len(names):
        raise ExecutorError("open session: the executor's answer lacks its token or bootstrap symbols")
    return OpenedSession(
        token=opened.session_token,
        zones=_zones_from(opened.zones),
        bootstrap=dict(zip(names, opened.bootstrap_addresses, strict=True)),
        worker_pid=opened.worker_pid,
        lane_socket=opened.lane_socket,
        sandbox=layers_from(opened.sandbox),
    )


def _zones_from(messages: Sequence[session_pb2.ZoneRange]) -> dict[Zone, ZoneRange]:
    zones: dict[Zone, ZoneRange] = {}
    for message in messages:
        name = ZONE_NAMES.get(message.zone)
        if name is None or message.size == 0 or message.address + message.size > ADDRESS_END:
            raise ExecutorError(f"open session: the executor's zone {message.zone} makes no sense")
        zones[name] = ZoneRange(name, message.address, message.size)
    missing = set(get_args(Zone)) - set(zones)
    if missing:
        raise ExecutorError(f"open session: the executor's answer lacks the zones {sorted(missing)}")
    return zones
