"""A function of the session's, as something to call.

Owns: arguments in, result out, and the ways to wait for it. Must not know: how a call reaches the worker. Invariant: a
handle holds a name and a signature; the addresses it calls are looked up by its session, so that they may change under
it.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Protocol

from .calls.quick import NOT_PLAIN, QuickPlan
from .errors import LinkError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from .calls.caller import Caller
    from .calls.shared_lane import SharedLane
    from .model import ExecutorAddr
    from .process_symbols import ProcessSymbols
    from .types import Signature


class Owner(Protocol):
    """What makes the calls; a session."""

    caller: Caller
    process: ProcessSymbols

    def call_function(self, function: Function, args: tuple[Any, ...], timeout: float | None) -> Any:
        """Call it, whatever its arguments are."""
        ...

    def finish_quick_call(self, function: Function, caller: Caller, lane: SharedLane, status: int) -> Any:
        """Its result, when the answer to a quick call was not simply that it returned."""
        ...

    def plan_quick_calls(self, function: Function) -> None:
        """Have it `take` how to call it quickly, if that is possible."""
        ...

    def map_function(self, function: Function, arrays: tuple[Any, ...], out: Any, timeout: float | None) -> Any:
        """Call it for each element."""
        ...

    def submit_call(self, function: Function, args: tuple[Any, ...], timeout: float | None) -> Future[Any]:
        """Call it in a thread."""
        ...

    def function_address(self, function: Function) -> ExecutorAddr:
        """Where it lies now."""
        ...


class Function:
    """Call it like any function: `f(1, 2.0)`, or with a deadline in seconds: `f(1, 2.0, timeout=0.5)`.

    Raises (when called):
        SignatureError: the wrong number or types of arguments (a TypeError).
        ArgumentRangeError: an argument does not fit its type (an OverflowError).
        CallTimeout: it took longer than `timeout`; the session's worker was ended for it.
        ExecutorCrash: it crashed; the session's worker is no more.
        ExitCalled: it called exit().
        BaseException: what a callback raised.
    """

    def __init__(self, owner: Owner, name: str, signature: Signature) -> None:
        self._owner = owner
        self.name = name
        self.signature = signature
        self.bind()

    def bind(self) -> None:
        """Take what the present worker's calls go through; its session says when there is another one."""
        caller = self._owner.caller
        lanes: Any = caller.lanes
        self._quick: QuickPlan | None = None
        self._process = self._owner.process
        self._free, self._waiting, self._serving = lanes.free, lanes.waiting, caller.conversations.serving

    def __call__(self, *args: Any, timeout: float | None = None) -> Any:
        """Call it in the worker and wait for its result."""
        plan = self._quick
        if plan is None or timeout is not None or self._waiting or self._serving:
            return self._owner.call_function(self, args, timeout)
        free = self._free  # another worker's, after a rebuild in between
        try:
            lane = free.pop()
        except IndexError:
            return self._owner.call_function(self, args, timeout)
        lane.quick = self  # whoever removes code sees it from here on; whoever did so before has forgotten our plan
        if self._quick is not plan:
            self._let_go(plan, lane)
            return self._owner.call_function(self, args, timeout)
        try:
            plan.pack_into(lane.frame, 0, plan.entry, plan.function, *args)
        except NOT_PLAIN:
            self._let_go(plan, lane)
            return self._owner.call_function(self, args, timeout)
        except BaseException:  # an argument's own __index__ or __float__, or a signal's handler
            self._let_go(plan, lane)
            raise
        try:
            try:
                status = lane.exchange(lane.channel)
            except BaseException:  # out of a signal's handler: of its answer nothing is known
                plan.caller.interrupted(f"call {self.name}")
                raise
            if status or self._process.may_print:
                return self._owner.finish_quick_call(self, plan.caller, lane, status)
            return lane.result[plan.result][0] if plan.result else None
        finally:
            lane.quick = None
            free.append(lane)
            if self._waiting:
                plan.caller.lanes.settle()

    def _let_go(self, plan: QuickPlan, lane: SharedLane) -> None:
        lane.quick = None
        plan.caller.lanes.release(lane)

    def map(self, *arrays: Any, out: Any = None, timeout: float | None = None) -> Any:
        """Call it for each element of the arrays, in the worker: one call, one array as result.

        Scalars are the same for every element. `out` may be an array for the results.

        Raises:
            as calling it; the text, and `element`, say at which element.
        """
        return self._owner.map_function(self, arrays, out, timeout)

    def submit(self, *args: Any, timeout: float | None = None) -> Future[Any]:
        """Call it in a thread of the session's; a future of its result."""
        return self._owner.submit_call(self, args, timeout)

    async def aio(self, *args: Any, timeout: float | None = None) -> Any:
        """Call it without blocking the event loop."""
        return await asyncio.wrap_future(self.submit(*args, timeout=timeout))

    @property
    def address(self) -> ExecutorAddr:
        """Where it lies in the worker now."""
        return self._owner.function_address(self)

    def prepare(self) -> None:
        """Look up what quick calls need; its session says when."""
        if self._quick is None:
            with contextlib.suppress(LinkError):  # it is being removed
                self._owner.plan_quick_calls(self)

    def take(self, plan: QuickPlan) -> None:
        """Call it so, until an address may have changed."""
        self._quick = plan

    def forget(self) -> None:
        """An address may have changed."""
        self._quick = None

    def __repr__(self) -> str:
        return f"<exclave function {self.name}: {self.signature}>"
