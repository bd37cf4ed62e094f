"""What one lookup links, from its relocation to its end.

Owns: the units that go live together, what they wait for, how it ended. Must not know: how they are linked, shipped or
initialized. Invariant: a batch ends once, live or with its error, and whoever waits for it then knows.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .alloc_actions import actions_for
from .errors import ExclaveError, ExecutorError, LinkError
from .link import LinkedImage, Segment, SpecialRange
from .memory import InFlightAllocation, LiveAllocation, Shipment, dependency_error
from .model import AllocationContent, ExecutorAddr
from .units import MaterializationUnit

_OVER = threading.Event()
_OVER.set()
_SHIPPED = Shipment("what is live", (), (), live=[])
"""Shared by all that are over: an event alone takes more memory than a small unit's code."""


@dataclass(frozen=True)
class FinalizedBatch:
    """What one lookup made live, as `on_finalized` callbacks get it. Sizes in bytes."""

    units: tuple[str, ...]
    symbols: Mapping[str, ExecutorAddr]
    size: int


@dataclass(eq=False, slots=True)
class LinkedUnit:
    """What a link made of a unit; without segments it has no allocation. `ifuncs`: those of its special ranges that ask
    for no alloc action, but for their resolvers to be asked."""

    unit: MaterializationUnit
    addresses: dict[str, int] = field(default_factory=dict)
    segments: list[Segment] = field(default_factory=list)
    ranges: list[SpecialRange] = field(default_factory=list)
    ifuncs: tuple[SpecialRange, ...] = ()
    allocation: InFlightAllocation | None = None


def linked_units(
    image: LinkedImage, units: Sequence[MaterializationUnit], in_flight: Mapping[int, InFlightAllocation]
) -> Iterator[LinkedUnit]:
    """The parts of an image, in the order of the units; `in_flight` by the unit's number."""
    linked = [LinkedUnit(unit) for unit in units]
    for name, address in image.symbols.items():
        linked[image.symbol_owner(name)].addresses[name] = address
    for segment in image.segments:
        linked[segment.owner].segments.append(segment)
    for special in image.ranges:
        one = linked[special.owner]
        if special.kind == "ifuncs":
            one.ifuncs += (special,)
        else:
            one.ranges.append(special)
    for owner, allocation in in_flight.items():
        linked[owner].allocation = allocation
    return iter(linked)


@dataclass(eq=False)
class LinkedBatch:
    """Units that are linked together, for one lookup.

    Attributes:
        what: the names that were looked up, for messages.
        after: the batches in flight that it refers to.
        thread: whose lookup it is.
        glue: adapters and stubs of ours.
        dependents: what was looked up by those that come after this one, as long as it is in flight.
        linked: its units, once they are linked, until it is live.
    """

    what: str
    units: Sequence[MaterializationUnit]
    after: Sequence[LinkedBatch] = ()
    thread: int = field(default_factory=threading.get_ident)
    glue: bool = False
    dependents: list[str] = field(default_factory=list)
    linked: Sequence[LinkedUnit] = ()
    error: BaseException | None = None
    over: threading.Event = field(default_factory=threading.Event)
    shipment: Shipment = field(init=False)

    def load(self, linked: Sequence[LinkedUnit], addresses: Mapping[str, int]) -> None:
        """What is to be shipped; `addresses` of what alloc actions name.

        Raises:
            LinkError: a unit has actions, but no memory that they could be tied to.
        """
        self.linked = linked
        allocations, contents = [], []
        for one in linked:
            if one.allocation is not None:
                allocations.append(one.allocation)
                actions = actions_for(one.ranges, one.unit.own_actions, addresses)
                contents.append(AllocationContent(one.segments, actions))
            elif one.unit.actions:
                raise LinkError(f"{one.unit.name}: it has actions, but neither code nor data that they could go with")
        self.shipment = Shipment(self.what, allocations, contents, [other.shipment for other in self.after])

    @property
    def live(self) -> Iterator[tuple[MaterializationUnit, LiveAllocation | None]]:
        """Its units, with what the executor has of each."""
        allocations = iter(self.shipment.live or ())
        return ((one.unit, None if one.allocation is None else next(allocations)) for one in self.linked)

    def wait(self, what: str, seconds: float) -> None:
        """Until it is over.

        Raises:
            LinkError: it failed. ExecutorError: its initializers are not done yet.
        """
        if not self.over.wait(seconds):
            raise ExecutorError(
                f"{what}: waited {seconds:.0f} s for initializers of {self.what}, which another thread looked up: what "
                "an initializer waits for cannot in turn wait for that initializer"
            )
        if self.error is not None:
            raise dependency_error(what, self.what, self.error)

    def go_live(self) -> None:
        """It is live: who waits goes on, and what was shipped, and what came before it, is not kept."""
        self.after = self.shipment.after = ()
        self.shipment.contents, self.dependents = (), []
        self.over.set()

    def fail(self, error: BaseException) -> None:
        """It did not go live; the error names those who counted on it."""
        if self.dependents and isinstance(error, ExclaveError):
            error.add_note(f"not live either, since it refers to that: {'; '.join(self.dependents)}")
        self.error = error
        self.over.set()

    def finished(self) -> FinalizedBatch:
        """What to tell of it."""
        symbols = {name: ExecutorAddr(at) for one in self.linked for name, at in one.addresses.items()}
        size = sum(segment.size for one in self.linked for segment in one.segments)
        return FinalizedBatch(tuple(unit.name for unit in self.units), symbols, size)

    def forget(self) -> None:
        """It is live, and as its units keep it, it keeps nothing."""
        self.linked, self.over, self.shipment = (), _OVER, _SHIPPED


class WaitGraph:
    """Which thread waits for which batch. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waits: dict[int, LinkedBatch] = {}

    def needs(self, batch: LinkedBatch, thread: int) -> bool:
        """Whether `batch` cannot be over before `thread`, which is in an initializer, goes on."""
        if batch.over.is_set():
            return False
        nexts = [*batch.after, *([self._waits[batch.thread]] if batch.thread in self._waits else [])]
        return batch.thread == thread or any(self.needs(other, thread) for other in nexts)

    @contextlib.contextmanager
    def waiting(self, batch: LinkedBatch) -> Iterator[bool]:
        """In the body, this thread waits for `batch`; or it must not, and gets False: the batch waits for it."""
        me = threading.get_ident()
        with self._lock:
            may = not self.needs(batch, me)
            if may:
                self._waits[me] = batch
        try:
            yield may
        finally:
            if may:
                with self._lock:
                    del self._waits[me]


def described(names: Sequence[str]) -> str:
    """Names that were looked up, for messages."""
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
