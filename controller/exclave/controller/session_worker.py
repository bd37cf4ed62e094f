"""One worker of a session, and all that is of it alone: its lease, its memory, what is linked into it, the way to it.

Owns: making that, in order, and giving it up. Must not know: the session's life, calls. Invariant: a `SessionWorker`
has entered the session runtime; one that could not be made leaves nothing behind. A session has one after the other:
what the user added is in `SessionCode`, and outlives them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from .account import Account
from .calls.caller import Caller
from .calls.conversation import Serve
from .calls.native import NativeCaller
from .calls.pool import LanePool
from .calls.way import Way
from .crash.addresses import AddressBook
from .crash.explainer import CrashExplainer
from .errors import ExecutorCrash
from .graph_cache import GraphCache
from .materialize import Materializer
from .memory import MemoryManager
from .model import OutputChunk
from .policy import Limits, Policy, longest_call
from .process_symbols import ProcessSymbols
from .program_input import ProgramInput
from .remote.connection import Connection
from .remote.input_stream import open_input
from .remote.session_client import SessionClient, open_session
from .runtime import DISPATCH_LANE, FAULT_RECORD
from .session_code import SessionCode
from .session_runtime import SessionRuntime, start_runtime
from .session_way import choose_way

T = TypeVar("T")


@dataclass(frozen=True)
class WorkerRequest:
    """What every worker of a session is opened with. `reservation` in bytes, 0 for the executor's default.

    serve: runs callbacks.
    """

    connect: Callable[[], Connection]
    compiler: GraphCache
    runtime: SessionRuntime
    native: NativeCaller | None
    serve: Serve
    deliver: Callable[[OutputChunk], None]
    stderr: Callable[[], str]
    reservation: int
    policy: Policy
    limits: Limits


class SessionWorker:
    """A worker that takes calls; made by `open_worker`."""

    def __init__(
        self, client: SessionClient, connection: Connection, request: WorkerRequest, code: SessionCode, account: Account
    ) -> None:
        target = connection.capabilities.target
        self.client = client
        self.longest_call = longest_call(connection.capabilities, request.limits)
        most = connection.capabilities.limits.get("max_reservation", 0)
        self.memory = MemoryManager(client.opened.zones, client, most)
        self.process = ProcessSymbols(client.lookup_symbols, client.opened.bootstrap)
        self.materializer = Materializer(
            target, code, request.compiler, self.memory, self.process, account, code.compile_timeout
        )
        book = AddressBook(self.materializer.code_map, client.opened.zones)
        self.crashes = CrashExplainer(book, target.architecture, request.stderr)
        maker = client.stream_maker()
        self.input = ProgramInput(lambda pieces: self._explained(lambda: open_input(maker, pieces)))
        self._enter(code)
        self.way: Way = choose_way(client, self.memory, request.native, client.opened.call_lanes)
        self.process.may_print = False
        self.caller = Caller(LanePool(self.way.lanes), request.serve, client, self._settle, self.longest_call)
        self.materializer.caller = self.caller

    def _settle(self) -> None:
        """Wait for the output of a call, if it can have any."""
        if self.process.may_print:
            self.way.settle()

    def _enter(self, code: SessionCode) -> None:
        """Ship the session runtime and enter it."""
        code.use(self.materializer)
        code.runtime.define_again(DISPATCH_LANE, self.client.opened.dispatch_lane)
        code.runtime.define_again(FAULT_RECORD, self.client.opened.fault_record)
        start_runtime(self.materializer, self.client)

    def reason_of_end(self, doing: str) -> ExecutorCrash | None:
        """Why it is no more, with all that is known; None while it lives."""
        reason = self.client.crash_reason(doing)
        if reason is not None:
            self.explain(reason)
        return reason

    def _explained(self, do: Callable[[], T]) -> T:
        try:
            return do()
        except ExecutorCrash as crash:
            self.explain(crash)
            raise

    def explain(self, crash: ExecutorCrash) -> None:
        """Have an error of this worker's say what is known."""
        self.client.wait_for_end()
        self.crashes.explain(crash, self.client.worker_exit)

    def give_up(self) -> None:
        """It is no more, and another one has taken its place: what lay in its memory is lost."""
        self.way.zone.lost = True
        self.way.close()
        self.client.close()
        self.forget()

    def forget(self) -> None:
        """Nobody asks for what was in it any more: let go of what is large, without the garbage collector."""
        self.materializer.code_map.clear()


def open_worker(request: WorkerRequest, code: SessionCode, account: Account) -> SessionWorker:
    """Open a lease and enter the session runtime, which `code` has.

    Raises:
        ExecutorRefusedError: out of bounds, or too many sessions.
        ExecutorError: why else it could not be made.
    """
    connection, symbols = request.connect(), request.runtime.bootstrap_symbols
    policy, limits = request.policy, request.limits
    client = open_session(connection, symbols, request.deliver, request.reservation, policy=policy, limits=limits)
    try:
        return SessionWorker(client, connection, request, code, account)
    except BaseException:
        client.close()
        raise
