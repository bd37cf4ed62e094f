"""Materialization units: what was added to a session, and what it will define.

Owns: the two kinds of unit (IR that must be compiled, an object that is there) and their life. Must not know:
sessions, the executor, where anything lies. Invariant: `definitions` and `references` are known from the day a
unit is added; nothing is compiled before somebody asks for one of its symbols. (orc::MaterializationUnit)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .link import with_bodies
from .memory import LiveAllocation

if TYPE_CHECKING:
    from .alloc_actions import UserAction
    from .calls.running import RunningCall
    from .compile import ModuleInterface, ModuleSource
    from .errors import LinkError
    from .link import LinkGraph, ObjectGraph
    from .linked_batch import LinkedBatch
    from .types import Signature, Type

_NOTHING: Mapping[Any, Any] = MappingProxyType({})
"""Shared by all that have nothing: each object less is one less for the garbage collector to look at."""


class UnitSymbol(NamedTuple):
    """A name that a unit defines. `weak`: another definition may take its place (ELF weak and common).

    common_size: bytes of a common definition, 0 for others: the largest one of a name is taken.
    type, constant: a variable's type, if it comes from IR and has one here; whether nobody may write to it.
    ir_type: as its IR writes it; empty for what is no function or does not come from IR.
    """

    name: str
    weak: bool
    signature: Signature | None = None
    callable: bool = True
    common_size: int = 0
    ir_type: str = ""
    type: Type | None = None
    constant: bool = False


@dataclass(eq=False)
class MaterializationUnit:
    """Something added to a session. `graph` is None for IR until it is compiled, and again after it is live.

    `parsed` is the graph of what was an object from the start.
    """

    name: str
    definitions: Sequence[UnitSymbol]
    references: Sequence[str]
    weak_references: Sequence[str] = ()
    graph: ObjectGraph | None = None
    parsed: ObjectGraph | None = None
    source: ModuleSource | None = None
    optimize: int = 2
    bodies: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Functions that it defines under other names, by the names that they have in its IR: bodies of stubs."""
    calls_inside: Mapping[RunningCall, str] = field(default_factory=lambda: _NOTHING)
    """Calls that may be in it although nobody gets there any more, each with its function's name."""
    glue: bool = False
    """Whether it is an adapter or a stub of ours."""
    state: Literal["pending", "linking", "in flight", "live", "leaving", "removed"] = "pending"
    batch: LinkedBatch | None = None
    """What it is in flight with, or went live with."""
    allocation: LiveAllocation | None = None
    addresses: dict[str, int] = field(default_factory=dict)
    uses: dict[MaterializationUnit, None] = field(default_factory=dict)
    users: dict[MaterializationUnit, None] = field(default_factory=dict)
    """Those that are linked to it, and that it is linked to, in the order in which they were."""
    actions: Sequence[UserAction] = ()
    """What a user has tied to it, in that order."""
    finalized_callbacks: Sequence[Callable[[Any], object]] = ()
    """Called with the `FinalizedBatch` whenever it goes live."""
    error: LinkError | None = None
    """Why it cannot be used; only an archive's member has one, for whoever pulls it."""

    @property
    def needs(self) -> Sequence[str]:
        """The names that must have an address when it goes live."""
        if not self.actions:
            return self.references
        return [*self.references, *(name for action in self.own_actions for name in action.names)]

    @property
    def own_actions(self) -> Sequence[UserAction]:
        """Its actions; of functions that it defines they call these, not whatever their stubs lead to then."""
        return [action.calling(self.bodies) for action in self.actions] if self.bodies else self.actions

    def set_graph(self, graph: LinkGraph) -> None:
        """Take the compiled object: it may need more than the IR said, and less, and knows how large things are."""
        self.graph = with_bodies(graph, self.bodies) if self.bodies else graph
        sizes = {found.name: found.size for found in graph.definitions() if found.binding == "common"}
        if sizes:
            self.definitions = [s._replace(common_size=sizes.get(s.name, 0)) for s in self.definitions]
        self.references, self.weak_references = references_of(self.graph)

    def use(self, other: MaterializationUnit) -> None:
        """It is linked to `other`."""
        if other is not self:
            self.uses[other] = None
            other.users[self] = None

    def detach(self) -> None:
        """It is linked to nothing any more."""
        for other in self.uses:
            other.users.pop(self, None)
        self.uses.clear()

    def reset(self) -> None:
        """Its worker is no more, and with it all that was live; or it did not go live."""
        if self.state in ("in flight", "live", "leaving"):
            self.state, self.batch, self.allocation, self.addresses = "pending", None, None, {}
            self.detach()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}: {self.state}, {len(self.definitions)} definitions>"


def unit_from_graph(graph: ObjectGraph, name: str) -> MaterializationUnit:
    """A unit for a parsed object."""
    definitions = [
        UnitSymbol(
            definition.name,
            weak=definition.binding != "strong",
            callable=definition.callable,
            common_size=definition.size if definition.binding == "common" else 0,
        )
        for definition in graph.definitions()
    ]
    return MaterializationUnit(name, tuple(definitions), *references_of(graph), graph=graph, parsed=graph)


def references_of(graph: ObjectGraph) -> tuple[Sequence[str], Sequence[str]]:
    """The names that a graph needs somebody to define, and those that it takes if somebody does."""
    references = graph.references()
    strong = tuple(reference.name for reference in references if not reference.weak)
    return strong, tuple(reference.name for reference in references if reference.weak)


def unit_from_module(source: ModuleSource, interface: ModuleInterface, optimize: int) -> MaterializationUnit:
    """A unit for a module of IR, whose interface a compile worker has read."""
    definitions = [
        UnitSymbol(
            symbol.name,
            symbol.linkage != "strong",
            symbol.signature,
            symbol.kind == "function",
            ir_type=symbol.ir_type,
            type=symbol.type,
            constant=symbol.constant,
        )
        for symbol in interface.definitions
    ]
    return MaterializationUnit(
        interface.name, definitions, interface.references, interface.weak_references, source=source, optimize=optimize
    )
