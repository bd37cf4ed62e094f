"""The files of `exclave link` as graphs: read, compiled, pulled out of archives.

Owns: which ending or content means what, and which architecture a link is for. Must not know: addresses, how anything
is linked. Invariant: all graphs are for one architecture, in the order of the files and of their members.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..archives import all_units_from_archive, units_from_archive
from ..errors import DuplicateSymbolsError, LinkError
from ..link import ObjectGraph, is_archive, read_object
from ..link.architectures import ARCHITECTURES, architecture_named
from ..suggestions import close_names
from ..units import MaterializationUnit, unit_from_graph
from .compilers import C_ENDINGS, Module, compile_c, compile_modules, host_machine, machine_called
from .inputs import read_file
from .members import pull_members

Step = Callable[[str], None]
_TRIPLE = re.compile(rb'^target triple = "([^"-]+)', re.MULTILINE)


@dataclass(frozen=True)
class Wishes:
    """What the command line says besides the files.

    architecture: None: that of the first object. whole: take all members of archives. roots: names to keep; None: all
    that others may see. defined: names that it defines itself.
    """

    architecture: str | None = None
    whole: bool = False
    roots: frozenset[str] | None = None
    defined: frozenset[str] = frozenset()


@dataclass
class Inputs:
    """What is linked.

    known: all names that the files define for others, in members that are not linked too. seconds: by what they took.
    """

    architecture: str
    graphs: list[ObjectGraph]
    known: list[str]
    seconds: dict[str, float]


@dataclass
class _File:
    """A file: units that are linked, or that wait to be pulled; or a source that is none before it is compiled."""

    path: Path
    units: list[MaterializationUnit] = field(default_factory=list)
    on_demand: bool = False
    source: bytes | None = None

    @property
    def architecture(self) -> str | None:
        """What it is for, if it says so."""
        graphs = [unit.graph for unit in self.units if unit.graph is not None]
        if graphs:
            return graphs[0].architecture
        triple = _TRIPLE.search(self.source) if self.source is not None and self.path.suffix == ".ll" else None
        return machine_called(triple[1].decode(errors="replace")) if triple else None


def read_inputs(paths: Sequence[Path], wishes: Wishes, step: Step) -> Inputs:
    """Read all files, and take what is needed of the archives. `step` is told of each file, and of the compiling.

    Raises:
        LinkError: a file cannot be read or is none that can be linked; they are for more than one architecture; nothing
            defines what is to be kept; or something is defined that is given an address, too.
        CompileError: a source is wrong, or there is no compiler for it.
    """
    clock = _Clock()
    files = [_read(path, wishes.whole, step) for path in paths]
    architecture, why = _choose_architecture(files, wishes.architecture)
    clock.ends("read")
    step("compile")
    _compile_sources(files, architecture, why)
    clock.ends("compile")
    units = _take_units(files, wishes)
    known = _names_of(files) + sorted(wishes.defined)
    _check_roots(units, wishes, known)
    _check_definitions(units, wishes.defined)
    graphs = _graphs_of(units, architecture, why)
    if not graphs:
        raise LinkError("nothing to link: nobody needs a member of these archives; say --keep NAME or --whole-archive")
    clock.ends("pull")
    return Inputs(architecture, graphs, known, clock.seconds)


class _Clock:
    """Seconds by what they were spent on."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._start = time.perf_counter()

    def ends(self, what: str) -> None:
        now = time.perf_counter()
        self.seconds[what], self._start = now - self._start, now


def _read(path: Path, whole: bool, step: Step) -> _File:
    step(f"read {path.name}")
    data = read_file(path)
    if path.suffix in (".ll", ".bc", *C_ENDINGS):
        return _File(path, source=data)
    if path.suffix == ".a" or is_archive(data):
        read = all_units_from_archive if whole else units_from_archive
        return _File(path, read(data, str(path), path.parent), on_demand=not whole)
    return _File(path, [unit_from_graph(read_object(data, str(path)), str(path))])


def _choose_architecture(files: Sequence[_File], wanted: str | None) -> tuple[str, str]:
    """The architecture, and why it is that one."""
    if wanted is not None:
        return architecture_named(wanted).name, "as --arch says"
    for file in files:
        if file.architecture is not None:
            return architecture_named(file.architecture).name, f"as {file.path} is"
    if host_machine() not in ARCHITECTURES:
        raise LinkError(f"what is it to be linked for? Say --arch: {', '.join(ARCHITECTURES)}")
    return host_machine(), "as this machine is"


def _check_architecture(name: str, its: str | None, architecture: str, why: str) -> None:
    if its not in (None, architecture):
        raise LinkError(
            f"{name} is for {its}, and this link for {architecture}, {why}: link one architecture at a time"
        )


def _compile_sources(files: Sequence[_File], architecture: str, why: str) -> None:
    sources = [file for file in files if file.source is not None]
    for file in sources:
        _check_architecture(str(file.path), file.architecture, architecture, why)
    modules = [file for file in sources if file.path.suffix not in C_ENDINGS]
    objects = iter(compile_modules([_module(file) for file in modules], architecture) if modules else ())
    for file in sources:
        data = compile_c(file.path, architecture) if file.path.suffix in C_ENDINGS else next(objects)
        file.units = [unit_from_graph(read_object(data, str(file.path)), str(file.path))]


def _module(file: _File) -> Module:
    data = file.source or b""
    return Module(str(file.path), data if file.path.suffix == ".bc" else data.decode(errors="surrogateescape"))


def _take_units(files: Sequence[_File], wishes: Wishes) -> list[MaterializationUnit]:
    """All units that are linked, in the files' order."""
    members = [unit for file in files if file.on_demand for unit in file.units]
    given = [unit for file in files if not file.on_demand for unit in file.units]
    pulled = set(pull_members(given, members, wishes.roots or (), wishes.defined))
    return [unit for file in files for unit in file.units if not file.on_demand or unit in pulled]


def _graphs_of(units: Sequence[MaterializationUnit], architecture: str, why: str) -> list[ObjectGraph]:
    graphs = []
    for unit in units:
        assert unit.graph is not None, "what cannot be used was refused when it was pulled"
        _check_architecture(unit.name, unit.graph.architecture, architecture, why)
        graphs.append(unit.graph)
    return graphs


def _names_of(files: Sequence[_File]) -> list[str]:
    """All that the files define for others, each once."""
    return list(dict.fromkeys(s.name for file in files for unit in file.units for s in unit.definitions))


def _check_roots(units: Iterable[MaterializationUnit], wishes: Wishes, known: Sequence[str]) -> None:
    there = {symbol.name for unit in units for symbol in unit.definitions}
    absent = sorted((wishes.roots or frozenset()) - there)
    if absent:
        close = close_names(absent, known)
        hint = "".join(f"; {name}: did you mean {' or '.join(found)}?" for name, found in close.items())
        raise LinkError(
            f"--keep {', '.join(absent)}: no file defines such a symbol for others (static ones cannot be named){hint}"
        )


def _check_definitions(units: Iterable[MaterializationUnit], defined: frozenset[str]) -> None:
    """A weak definition gives way to an address from the command line; a strong one contradicts it."""
    strong = {symbol.name: unit.name for unit in units for symbol in unit.definitions if not symbol.weak}
    twice = {name: (strong[name], "--define") for name in sorted(defined) if name in strong}
    if twice:
        raise DuplicateSymbolsError(twice)
