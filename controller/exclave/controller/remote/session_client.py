"""A session on the executor's side, as calls that take and give plain values.

Owns: the rpcs of an open session, their deadlines. Must not know: linking, symbols' meaning, types, how chunks are cut.
Invariant: no message is larger than a chunk and a little; every rpc has a deadline.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from exclave.v1 import (
    common_pb2,
    execution_pb2,
    execution_pb2_grpc,
    memory_pb2,
    memory_pb2_grpc,
    session_pb2,
    session_pb2_grpc,
)

from ..checks import checked_size
from ..errors import ExclaveError, ExecutorCrash, ExecutorError, ExecutorRefusedError
from ..model import AllocationContent, InitializeResult, OutputChunk, WorkerExit
from ..policy import Limits, Policy
from ..statistics import WorkerStats
from .chunks import chunked, in_batches, scatter
from .connection import Connection
from .failures import crash_error, translated, worker_exit_from
from .initialize import InitializeCall, duration
from .interrupts import interruptible
from .lease import Lease
from .statistics import worker_stats_from
from .stream_lane import StreamMaker

RPC_SECONDS = 60.0
ACTION_SECONDS = 60.0
"""How long finalize actions may take that are not deferred: nothing of the user's runs there."""
EndCause = Literal["deadline", "closed", "protocol"]
_CAUSES: dict[EndCause, common_pb2.ExitCause] = {
    "deadline": common_pb2.EXIT_CAUSE_DEADLINE,
    "closed": common_pb2.EXIT_CAUSE_CLOSED,
    "protocol": common_pb2.EXIT_CAUSE_PROTOCOL,
}


class SessionClient:
    """One open session; made by `open_session`."""

    def __init__(self, connection: Connection, lease: Lease) -> None:
        self.opened = lease.opened
        self.initialize_count = 0
        self._lease = lease
        self._address = connection.address.target
        self._session = session_pb2_grpc.SessionServiceStub(connection.channel)
        self._memory = memory_pb2_grpc.MemoryServiceStub(connection.channel)
        self._execution = execution_pb2_grpc.ExecutionServiceStub(connection.channel)
        self._token = lease.opened.token
        self._initialize = InitializeCall(connection.channel)

    def initialize(self, allocations: Sequence[AllocationContent]) -> list[InitializeResult]:
        """Ship allocations in one rpc; each is live as a whole, or undone with its reason.

        Raises:
            CallTimeout: their finalize actions took longer than `ACTION_SECONDS`; the worker was ended.
            ExecutorRefusedError: the plan as a whole was refused; nothing of it remains.
            ExecutorCrash: the worker died, in an action or before.
        """
        with (
            self._ending_in_doubt("an Initialize was given up"),
            translated("initialize", self._address),
        ):
            self.initialize_count += 1
            return self._initialize(self._token, allocations, ACTION_SECONDS, ACTION_SECONDS + RPC_SECONDS)

    @contextlib.contextmanager
    def _ending_in_doubt(self, why: str) -> Iterator[None]:
        """End the session when the body ends without the executor's word: what its memory holds is not known then."""
        try:
            yield
        except ExecutorRefusedError:
            raise
        except BaseException:
            self._lease.break_off(f"{why}, and what became of it is not known: the session was ended")
            raise

    def deinitialize(self, allocation_ids: Sequence[int], partly: Mapping[int, int] | None = None) -> list[str]:
        """Free allocations, in this order; failures of their dealloc actions come back as sentences.

        `partly`: of which allocations only the first so many deferred pairs were finalized.
        """
        request = memory_pb2.DeinitializeRequest(
            session_token=self._token,
            allocation_ids=allocation_ids,
            partly=[memory_pb2.PartlyFinalized(allocation_id=k, deferred_done=n) for k, n in (partly or {}).items()],
        )
        with self._ending_in_doubt("a Deinitialize was given up"), translated("deinitialize", self._address):
            return list(interruptible(self._memory.Deinitialize.future(request, timeout=RPC_SECONDS)).failures)

    def write_slots(self, slots: Sequence[tuple[int, int]]) -> None:
        """Point slots, (address, value), which lie in live read-only memory, to other live code."""
        pairs = [memory_pb2.Slot(address=address, value=value) for address, value in slots]
        request = memory_pb2.WriteSlotsRequest(session_token=self._token, slots=pairs)
        with (
            self._ending_in_doubt("a WriteSlots was given up"),
            translated(f"write {len(slots)} slots", self._address),
        ):
            self._memory.WriteSlots(request, timeout=RPC_SECONDS)

    def read_memory(self, address: int, size: int) -> bytes:
        """`size` bytes at `address`, which must lie in one of the session's zones."""
        data = b"".join(self._read_chunks([(address, size)]))
        if len(data) != size:
            raise ExecutorError(f"read {size} bytes at {address:#x}: the executor sent {len(data)}")
        return data

    def read_into(self, places: Sequence[tuple[int, memoryview]]) -> None:
        """Fill each of the views, which are flat and of bytes, with what lies at its address."""
        for batch in in_batches(places):
            chunks = self._read_chunks([(address, len(view)) for address, view in batch])
            scatter(chunks, [view for _, view in batch])

    def _read_chunks(self, ranges: Sequence[tuple[int, int]]) -> Iterator[bytes]:
        request = memory_pb2.ReadMemoryRequest(session_token=self._token, ranges=_range_messages(ranges))
        with translated(f"read {_described(ranges)}", self._address):
            for part in self._memory.ReadMemory(request, timeout=RPC_SECONDS):
                yield part.chunk

    def write_memory(self, contents: Sequence[tuple[int, bytes | memoryview]]) -> None:
        """Write each of the contents at its address, in this order, all of them in the session's data zone.

        A memoryview is flat and of bytes.
        """
        for batch in in_batches(contents):
            ranges = [(address, len(data)) for address, data in batch]
            with translated(f"write {_described(ranges)}", self._address):
                messages = self._write_messages(ranges, [data for _, data in batch])
                self._memory.WriteMemory(messages, timeout=RPC_SECONDS)

    def _write_messages(
        self, ranges: Sequence[tuple[int, int]], contents: Sequence[bytes | memoryview]
    ) -> Iterator[memory_pb2.WriteMemoryRequest]:
        chunks = chunked(contents)
        yield memory_pb2.WriteMemoryRequest(
            session_token=self._token, ranges=_range_messages(ranges), chunk=next(chunks, b"")
        )
        for chunk in chunks:
            yield memory_pb2.WriteMemoryRequest(chunk=chunk)

    def zero_memory(self, address: int, size: int) -> None:
        """Make `size` bytes at `address` zero, in the session's data zone."""
        ranges = _range_messages([(address, size)])
        request = memory_pb2.WriteMemoryRequest(session_token=self._token, ranges=ranges, zero=True)
        with translated(f"zero {size} bytes at {address:#x}", self._address):
            self._memory.WriteMemory(iter([request]), timeout=RPC_SECONDS)

    def start_runtime(self, serve: int, lookup: int, run_actions: int, flush_code: int) -> None:
        """Enter the session runtime, whose graph has been initialized."""
        request = execution_pb2.StartRuntimeRequest(
            session_token=self._token, serve=serve, lookup=lookup, run_actions=run_actions, flush_code=flush_code
        )
        with translated("start the session runtime", self._address):
            self._execution.StartRuntime(request, timeout=RPC_SECONDS)

    def lookup_symbols(self, names: Sequence[str]) -> Mapping[str, int]:
        """Addresses of symbols of the worker's process; names that it does not have are left out."""
        request = execution_pb2.LookupSymbolsRequest(session_token=self._token, names=names)
        with translated(f"look up {len(names)} symbols", self._address):
            answer = self._execution.LookupSymbols(request, timeout=RPC_SECONDS)
        if len(answer.addresses) != len(names):
            raise ExecutorError(f"look up {len(names)} symbols: the executor sent {len(answer.addresses)}")
        return {name: address for name, address in zip(names, answer.addresses, strict=True) if address}

    def end_worker(self, cause: EndCause, message: str, doing: str) -> ExecutorError:
        """End the worker, unless it is dead already; the exception that says how it really ended."""
        request = execution_pb2.EndWorkerRequest(session_token=self._token, cause=_CAUSES[cause], message=message)
        try:
            with translated(doing, self._address):
                end = worker_exit_from(self._execution.EndWorker(request, timeout=RPC_SECONDS).worker_exit)
        except ExclaveError as error:
            known = self.crash_reason(doing)
            self._lease.break_off(message)
            return known or (error if isinstance(error, ExecutorError) else ExecutorError(f"{doing}: {error}"))
        self._lease.worker_exit = end
        return crash_error(end, doing)

    def drain_output(self) -> int:
        """Have all that was printed up to now on its way; the position behind it."""
        request = execution_pb2.DrainOutputRequest(session_token=self._token)
        with translated("drain output", self._address):
            return self._execution.DrainOutput(request, timeout=RPC_SECONDS).output_position

    def stats(self) -> WorkerStats:
        """What the session has and has done, as the executor has it."""
        request = session_pb2.GetSessionStatsRequest(session_token=self._token)
        with translated("ask for statistics", self._address):
            return worker_stats_from(self._session.GetSessionStats(request, timeout=RPC_SECONDS).stats)

    def wait_output(self, position: int) -> None:
        """Wait until what was printed up to `position` is delivered."""
        self._lease.wait_output(position)

    def on_end(self, callback: Callable[[], None]) -> None:
        """Call back when the session is over, in a thread of ours."""
        self._lease.on_end(callback)

    def is_over(self) -> bool:
        """Whether the session is no more, as far as its lease has said."""
        return self._lease.over

    def stream_maker(self) -> StreamMaker:
        """What lanes through the daemon are made of."""
        return StreamMaker(self._execution, self._token, self._address, self._lease.wait_output)

    @property
    def worker_exit(self) -> WorkerExit | None:
        """How the worker ended, with all that its fatal signal found, as the lease has it; None while it lives."""
        return self._lease.worker_exit

    def wait_for_end(self) -> None:
        """Wait until the lease has said all that it will say of a worker that died."""
        self._lease.finish()

    def close(self) -> list[str]:
        """End the session: its finalizers run, what they print is delivered, its worker ends.

        Returns the failures of dealloc actions, a sentence each. A session that is gone already is fine.
        """
        failures: list[str] = []
        request = session_pb2.CloseSessionRequest(session_token=self._token)
        # An executor that is gone or has closed it leaves nothing to close.
        with contextlib.suppress(ExclaveError), translated("close session", self._address):
            failures = list(self._session.CloseSession(request, timeout=RPC_SECONDS).failures)
        self._lease.finish()
        return failures

    def crash_reason(self, doing: str) -> ExecutorCrash | None:
        """Why the session is dead, as the lease has it; None while it lives."""
        end = self._lease.worker_exit
        return None if end is None else crash_error(end, doing)


def open_session(
    connection: Connection,
    bootstrap_symbols: Sequence[str],
    on_output: Callable[[OutputChunk], None],
    reservation_size: int = 0,
    lanes: int = 0,
    policy: Policy | None = None,
    limits: Limits | None = None,
) -> SessionClient:
    """Open a session; sizes in bytes, 0 for the executor's default.

    Raises:
        SignatureError, ArgumentRangeError: the reservation is no size.
        ExecutorRefusedError: out of bounds, or too many sessions.
    """
    limits = limits or Limits()
    request = session_pb2.OpenSessionRequest(
        reservation_size=checked_size(reservation_size, "reservation="),
        lanes=lanes,
        bootstrap_symbols=bootstrap_symbols,
        threads=limits.threads or 0,
        policy=_policy_message(policy or Policy()),
        limits=_limits_message(limits),
    )
    return SessionClient(connection, Lease(connection, request, on_output))


def _policy_message(policy: Policy) -> session_pb2.Policy:
    return session_pb2.Policy(
        read=policy.read, libraries=policy.libraries, no_clocks=not policy.clocks, require=policy.require
    )


def _limits_message(limits: Limits) -> session_pb2.ResourceLimits:
    return session_pb2.ResourceLimits(
        memory=limits.memory or 0,
        cpu_seconds=int(limits.cpu_seconds or 0),
        output_bytes=limits.output_bytes or 0,
        call_timeout=duration(limits.call_timeout),
    )


def _range_messages(ranges: Iterable[tuple[int, int]]) -> list[memory_pb2.MemoryRange]:
    return [memory_pb2.MemoryRange(address=address, size=size) for address, size in ranges]


def _described(ranges: Sequence[tuple[int, int]]) -> str:
    """For errors."""
    address, size = ranges[0]
    more = f" and {len(ranges) - 1} ranges more" if len(ranges) > 1 else ""
    return f"{size} bytes at {address:#x}{more}"
