"""Linking what is looked up: what several threads look up at once goes into one link, and into one rpc.

Owns: which batches a lookup consists of, their link, and that they are shipped. Must not know: compiling, initializers,
the wire. Invariant: the session's lock is held from the first name that is searched to the last unit that is placed;
either all units of a lookup are placed and queued to be shipped, or none of them has changed. A lookup that cannot be
linked takes no other with it.

One link for all costs less than one for each, and a thread that waits for the lock would wait for the others' links
anyway. With passes, what is linked together is seen together; a link that fails is made again for each lookup alone.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from .account import Account
from .alloc_actions import ACTION_SYMBOLS, RUN_FINALIZERS, RUN_INITIALIZERS
from .collector import collector_paused
from .combining import Combiner
from .crash.code_map import CodeMap
from .dylib import Code
from .errors import ExclaveError, LinkError, UndefinedSymbolsError
from .link import LinkedImage, LinkInput, LinkOptions, SegmentRequest, link
from .linked_batch import LinkedBatch, LinkedUnit, described, linked_units
from .memory import InFlightAllocation, MemoryManager, RangeRequest, Shipment
from .resolver import Resolver
from .units import MaterializationUnit


@dataclass(eq=False)
class Lookup:
    """What one thread looks up, until it is linked and shipped.

    Attributes:
        thread: whose it is.
        external: those of its names that only the worker's process has.
        batches: what it makes live, in the order in which that is initialized.
        awaited: what others make live that it reaches, too.
        uncompiled: whether it reaches what must be compiled first; nothing was done then.
        over, told: see `combining.Request`.
    """

    names: Sequence[str]
    thread: int = field(default_factory=threading.get_ident)
    external: Mapping[str, int] = field(default_factory=dict)
    batches: Sequence[LinkedBatch] = ()
    awaited: Sequence[LinkedBatch] = ()
    uncompiled: bool = False
    error: BaseException | None = None
    over: bool = False
    told: threading.Event = field(default_factory=threading.Event)


class LookupLinker:
    """Links in one session's worker."""

    def __init__(
        self, architecture: str, code: Code, names: Resolver, memory: MemoryManager, account: Account, code_map: CodeMap
    ) -> None:
        self._architecture = architecture
        self._code = code
        self._names = names
        self._memory = memory
        self.account = account
        self._code_map = code_map
        self._combiner = Combiner[Lookup](self._serve)
        self._thread = 0
        """Which links."""

    def begin(self, lookup: Lookup) -> None:
        """Link and ship what it reaches, with what others look up at this moment; whoever asked must finish its
        batches, also if this raises; with interrupts deferred.

        Raises:
            ExclaveError: why it cannot be linked.
        """
        if self._thread == lookup.thread:  # a pass of ours looks up something, while it is linked for others
            self._serve([lookup], lookup)
        else:
            self._combiner.submit(lookup)
            self._combiner.wait(lookup)
        if lookup.error is not None:
            raise lookup.error

    def _serve(self, lookups: Sequence[Lookup], mine: Lookup) -> None:
        try:
            with self._code.lock, self._linking(), collector_paused():
                self._begin_together(lookups)
                # Noted here: who finishes a batch, as its thread may before all are shipped, lets go of its shipment.
                shipments = [batch.shipment for lookup in lookups for batch in lookup.batches]
        finally:
            mine.over = True
            for lookup in lookups:
                if not lookup.over:
                    self._combiner.submit(lookup)
        self._ship(shipments)

    @contextlib.contextmanager
    def _linking(self) -> Iterator[None]:
        before, self._thread = self._thread, threading.get_ident()
        try:
            yield
        finally:
            self._thread = before

    def _begin_together(self, lookups: Sequence[Lookup]) -> None:
        """All in one link; one by one if that fails, so that only who is to blame fails."""
        try:
            self._begin(lookups)
        except Exception as error:
            if len(lookups) > 1:
                for lookup in lookups:
                    self._begin_together([lookup])
                return
            lookups[0].error = error
        for lookup in lookups:
            lookup.over = True

    def _begin(self, lookups: Sequence[Lookup]) -> None:
        """Raises what is wrong with any of them; none has changed then."""
        batches: list[LinkedBatch] = []
        try:
            for lookup in lookups:
                batches += self._collect(lookup, batches)
            if batches:
                self._link(batches, lookups)
        except BaseException:
            for unit in (unit for batch in batches for unit in batch.units):
                unit.state, unit.batch = "pending", None
            for lookup in lookups:
                lookup.batches = lookup.awaited = ()
            raise

    def _collect(self, lookup: Lookup, earlier: Sequence[LinkedBatch]) -> Sequence[LinkedBatch]:
        """The batches of what it reaches. Glue of ours goes by itself, if in the same rpc, and waits for nobody: else
        all users of an adapter would wait for initializers of the first one."""
        lookup.external = self._names.find_external(lookup.names)
        pending, lookup.awaited = self._names.collect(lookup.names, earlier)
        lookup.uncompiled = any(unit.graph is None for unit in pending)
        if lookup.uncompiled:
            return ()
        glue = [unit for unit in pending if unit.glue]
        rest = [unit for unit in pending if not unit.glue]
        first = [LinkedBatch(glue[0].name, glue, (), lookup.thread, glue=True)] if glue else []
        second = [LinkedBatch(described(lookup.names), rest, [*lookup.awaited, *first], lookup.thread)] if rest else []
        lookup.batches = [*first, *second]
        for batch in lookup.batches:
            for unit in batch.units:
                unit.state, unit.batch = "linking", batch
        return lookup.batches

    def _link(self, batches: Sequence[LinkedBatch], lookups: Sequence[Lookup]) -> None:
        units = [unit for batch in batches for unit in batch.units]
        in_flight: dict[int, InFlightAllocation] = {}
        try:
            image = self._linked_image(units, in_flight)
            for lookup in lookups:
                self._names.require(lookup.names, lookup.batches, image)
            if len(batches) > 1:
                _check_order(batches, image)
            self._load(batches, linked_units(image, units, in_flight), image)
        except BaseException:
            self._memory.abandon(list(in_flight.values()))
            raise
        self._place(batches, image)
        for batch in batches:
            self._memory.submit(batch.shipment)
        self.account.count(image.account)

    def _linked_image(
        self, units: Sequence[MaterializationUnit], in_flight: dict[int, InFlightAllocation]
    ) -> LinkedImage:
        """Units at the addresses of `in_flight`, which gets them by the unit's number."""
        inputs = [LinkInput(unit.graph, owner) for owner, unit in enumerate(units) if unit.graph is not None]
        overridden = frozenset(name for unit in units for name in self._names.overridden_by_placed(unit))
        options = LinkOptions(architecture=self._architecture, overridden=overridden)
        with self.account.timed("link"):
            return link(inputs, options, self._names.resolve, partial(self._allocate, in_flight))

    def _allocate(self, in_flight: dict[int, InFlightAllocation], requests: Sequence[SegmentRequest]) -> list[int]:
        """Ranges for all segments, one in-flight allocation per owner, so that each can be freed alone."""
        by_owner: dict[int, list[RangeRequest]] = {}
        for request in requests:  # an owner's lie together
            wanted = RangeRequest(request.zone, request.size, request.alignment)
            by_owner.setdefault(request.owner, []).append(wanted)
        in_flight.update(zip(by_owner, self._memory.allocate_all(list(by_owner.values())), strict=True))
        return [address for allocation in in_flight.values() for address in allocation.addresses]

    def _load(self, batches: Sequence[LinkedBatch], linked: Iterator[LinkedUnit], image: LinkedImage) -> None:
        """Say what each batch ships."""
        addresses = self._action_functions() if image.ranges else {}
        addresses |= self._named_by_actions([unit for batch in batches for unit in batch.units if unit.actions], image)
        for batch in batches:
            batch.load([next(linked) for _ in batch.units], addresses)

    def _action_functions(self) -> dict[str, int]:
        return self._names.resolve([*ACTION_SYMBOLS, RUN_INITIALIZERS, RUN_FINALIZERS])

    def _named_by_actions(self, units: Sequence[MaterializationUnit], image: LinkedImage) -> dict[str, int]:
        """Addresses of what users' actions name: of this link first, as everywhere."""
        names = {name: unit.name for unit in units for action in unit.own_actions for name in action.names}
        if not names:
            return {}
        found = self._names.resolve(list(names))
        found |= {name: image.symbols[name] for name in names if name in image.symbols}
        missing = {name: (f"an action of {unit}",) for name, unit in names.items() if name not in found}
        if missing:
            raise UndefinedSymbolsError(missing)
        return found

    def _place(self, batches: Sequence[LinkedBatch], image: LinkedImage) -> None:
        """Record where everything will be: others may refer to it from now on."""
        linked = [one for batch in batches for one in batch.linked]
        for one in linked:
            one.unit.addresses, one.unit.state = one.addresses, "in flight"
            for dylib in self._code.dylibs:
                dylib.place(one.unit, one.addresses)
        definers = {name: one.unit for one in linked for name in one.addresses}
        for one in linked:
            self._names.note_uses(one.unit, definers)
        for batch in batches:
            for other in batch.after:
                other.dependents.append(batch.what)
        self._code_map.add(image, [one.unit for one in linked])

    def _ship(self, shipments: Sequence[Shipment]) -> None:
        """All of them; who waits for a batch learns what became of it."""
        with self.account.timed("finalize"):
            for shipment in shipments:
                with contextlib.suppress(ExclaveError):
                    self._memory.wait(shipment)


def _check_order(batches: Sequence[LinkedBatch], image: LinkedImage) -> None:
    """A common symbol is its largest definition, which must not be that of a lookup that comes later."""
    number = [number for number, batch in enumerate(batches) for _ in batch.units]
    for owner, unit in enumerate(unit for batch in batches for unit in batch.units):
        for name in [symbol.name for symbol in unit.definitions if symbol.common_size]:
            if name in image.symbols and number[image.symbol_owner(name)] > number[owner]:
                raise LinkError(f"{name}: what is looked up later has more of it")
