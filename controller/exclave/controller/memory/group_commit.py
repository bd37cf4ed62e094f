"""Group commit: what several lookups have ready goes to the executor in one rpc.

Owns: what becomes of each lookup in it. Must not know: graphs, symbols, zones, whose turn it is to ship. Invariant:
nobody waits for an allocation that is not relocated: what is submitted is ready. One thread ships all that is there,
the others wait for its answer, and no code of the user's runs before that. A shipment that fails takes nothing with
it but those that come `after` it.

After Julia's JLJITLinkMemoryManager, which finalizes everything in flight at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..combining import Combiner
from ..errors import ExclaveError, ExecutorError, ExecutorRefusedError, LinkError
from ..model import AllocationContent, InitializeResult
from .allocations import InFlightAllocation, LiveAllocation, Transport


@dataclass(eq=False)
class Shipment:
    """What one lookup ships. `live` or `error` is set when that is over.

    Attributes:
        what: what was looked up, for messages.
        contents: of its allocations, in their order.
        after: those on their way whose code or data it refers to.
        rpcs: how many the thread made that waits for it.
        told: see `combining.Request`.
    """

    what: str
    allocations: Sequence[InFlightAllocation]
    contents: Sequence[AllocationContent]
    after: Sequence[Shipment] = ()
    live: list[LiveAllocation] | None = None
    error: BaseException | None = None
    rpcs: int = 0
    told: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        """Whether it is known what became of it."""
        return self.live is not None or self.error is not None

    def unmet(self) -> LinkError | None:
        """Why it cannot go live, if something that it refers to did not."""
        failed = next((other for other in self.after if other.error is not None), None)
        return None if failed is None else dependency_error(self.what, failed.what, failed.error)


def dependency_error(what: str, other: str, error: BaseException | None) -> LinkError:
    """Why `what` is not live: it needs what the lookup of `other` was to make live."""
    return LinkError(
        f"{what}: it refers to what was to go live with {other} at the same time, and that failed: {error}"
    )


class GroupCommit:
    """The queue of one session. Thread-safe."""

    def __init__(self, transport: Transport, free: Callable[[Sequence[InFlightAllocation]], None]) -> None:
        """`free` gives back the ranges of allocations that the executor does not have."""
        self._transport = transport
        self._free = free
        self._combiner = Combiner[Shipment](self._serve)

    def submit(self, shipment: Shipment) -> None:
        """Have it shipped with all that is ready then; returns at once. `wait` must follow."""
        self._combiner.submit(shipment)

    def wait(self, shipment: Shipment) -> list[LiveAllocation]:
        """Return when it is live; ships what is queued if nobody does.

        Raises:
            LinkError: something that it refers to failed. ExecutorError: why else it is not live.
        """
        self._combiner.wait(shipment)
        if shipment.error is not None:
            raise shipment.error
        assert shipment.live is not None
        return shipment.live

    def _serve(self, group: Sequence[Shipment], leader: Shipment) -> None:
        try:
            self._ship_group(group, leader)
        finally:
            for lost in (lost for lost in group if not lost.over):
                lost.error = ExecutorError(f"{lost.what}: the thread that shipped it gave up")

    def _ship_group(self, group: Sequence[Shipment], leader: Shipment) -> None:
        """All in one rpc; one by one if the executor refuses that, so that only who is to blame fails."""
        try:
            self._ship(group, leader)
        except ExecutorRefusedError:
            for shipment in group:
                self._ship_alone(shipment, leader)

    def _ship_alone(self, shipment: Shipment, leader: Shipment) -> None:
        if shipment.over:
            return
        try:
            self._ship([shipment], leader)
        except ExecutorRefusedError as error:
            self._free(shipment.allocations)
            shipment.error = error

    def _ship(self, group: Sequence[Shipment], leader: Shipment) -> None:
        """Raises: ExecutorRefusedError: nothing of the group was taken."""
        ready = [shipment for shipment in group if not self._give_up_unmet(shipment)]
        contents = [content for shipment in ready for content in shipment.contents]
        if not contents:
            for shipment in ready:
                shipment.live = []
            return
        try:
            leader.rpcs += 1
            results = iter(self._transport.initialize(contents))
        except ExecutorRefusedError:
            raise
        except BaseException as error:
            _in_doubt(ready, error)
            if not isinstance(error, ExclaveError):  # Ctrl-C is for the thread that it interrupts
                raise
            return
        for shipment in ready:
            self._settle(shipment, [next(results) for _ in shipment.contents])

    def _give_up_unmet(self, shipment: Shipment) -> bool:
        error = shipment.unmet()
        if error is not None:
            self._free(shipment.allocations)
            shipment.error = error
        return error is not None

    def _settle(self, shipment: Shipment, results: Sequence[InitializeResult]) -> None:
        """All of it is live, or all of it is taken back."""
        error: ExclaveError | None = _failure(results) or shipment.unmet()
        if error is None:
            pairs = zip(results, shipment.allocations, strict=True)
            live = [LiveAllocation(result.allocation_id, allocation.ranges) for result, allocation in pairs]
            shipment.live = live
            return
        try:
            taken = [result.allocation_id for result in reversed(results) if not result.failure]
            if taken:
                self._transport.deinitialize(taken)
            self._free(shipment.allocations)
        except ExclaveError as worse:
            error = worse
        shipment.error = error


def _failure(results: Sequence[InitializeResult]) -> ExecutorError | None:
    failures = "; ".join(result.failure for result in results if result.failure)
    if not failures:
        return None
    return ExecutorRefusedError(f"initialize: {failures}", reason="ACTION_FAILED", status="ABORTED", facts={})


def _in_doubt(group: Sequence[Shipment], error: BaseException) -> None:
    """Nobody knows whether the executor has them: their ranges are never to be used again. (The transport ends the
    session.)"""
    for shipment in group:
        if isinstance(error, ExclaveError):
            shipment.error = error
        else:
            shipment.error = ExecutorError(f"{shipment.what}: the rpc that carried it was interrupted")
