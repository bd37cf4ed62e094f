"""`exclave link --no-exec`: link for given addresses, and show the result. Nothing runs, no executor is needed.

Owns: the command's options, and the order of its steps. Must not know: how any of them works, sessions.
Invariant: identical input gives identical output.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from ..errors import LinkError
from ..link import LinkedImage, LinkInput, LinkOptions
from ..link import link as link_graphs
from ..link.architectures import ARCHITECTURES
from ..link.dot import dot_graph
from .hints import hinting
from .link_inputs import Inputs, Wishes, read_inputs
from .link_output import Dump, print_times, render, write_to
from .link_phases import PHASES, STEPS, Phases, parse_phases
from .progress import Bar
from .slab import Slab, parse_definitions, parse_number

DEFAULT_SLAB = 0x1000_0000
DEFAULT_SLAB_SIZE = 1 << 30
_ARCH_HELP = f"{', '.join(ARCHITECTURES)}; default: that of the first object, or of this machine"
_WHOLE_HELP = "take all members of archives, not only those that define something undefined"
_DUMP_HELP = "text; json (its keys: help(exclave.controller.link.image_json)); image: the bytes from the first address"
_GRAPH_HELP = f"print the graph at these phases, of {','.join(PHASES)}; to stderr if stdout gets JSON or an image"


def link(
    files: Annotated[list[Path], typer.Argument(help=".o, .a, .ll, .bc, or .c and .s through cc", show_default=False)],
    no_exec: Annotated[bool, typer.Option("--no-exec", help="link only (to run, there is `exclave run`)")] = False,
    arch: Annotated[str | None, typer.Option(help=_ARCH_HELP, show_default=False)] = None,
    whole_archive: Annotated[bool, typer.Option("--whole-archive", help=_WHOLE_HELP)] = False,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", "--entry", help="a symbol to keep with all that it reaches; default: all"),
    ] = None,
    define: Annotated[list[str] | None, typer.Option(help="SYM=ADDR: where an undefined symbol is")] = None,
    slab_address: Annotated[str, typer.Option(help="first address of the result")] = hex(DEFAULT_SLAB),
    slab_size: Annotated[str, typer.Option(help="bytes that it may take")] = hex(DEFAULT_SLAB_SIZE),
    dump: Annotated[Dump, typer.Option(help=_DUMP_HELP)] = Dump.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="the same as --dump json")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="write the dump to a file")] = None,
    show_graph: Annotated[str, typer.Option(metavar="PHASE,...", help=_GRAPH_HELP)] = "",
    dot: Annotated[Path | None, typer.Option(help="write a picture of the linked graph, for dot -Tsvg")] = None,
    show_times: Annotated[bool, typer.Option("--show-times", help="print the time of each phase, to stderr")] = False,
) -> None:
    """Link objects at given addresses and dump the result."""
    if not no_exec:
        raise LinkError("exclave link does not run anything: say --no-exec, or use exclave run")
    form, defined = Dump.JSON if as_json else dump, parse_definitions(define or [])
    slab = Slab(parse_number(slab_address, "--slab-address"), parse_number(slab_size, "--slab-size"))
    wishes = Wishes(arch, whole_archive, frozenset(keep) if keep else None, frozenset(defined))
    bar = Bar(len(files) + 1 + STEPS)
    phases = Phases(parse_phases(show_graph), bar.step)
    with phases.printed_to(sys.stdout if form is Dump.TEXT or output else sys.stderr), bar:
        inputs = read_inputs(files, wishes, bar.step)
        image = _link(inputs, wishes, defined, slab, phases)
    if dot:
        write_to(dot, dot_graph(image.graph).encode(errors="backslashreplace"))
    write_to(output, render(image, form))
    if show_times:
        print_times(inputs.seconds, image.account)


def _link(inputs: Inputs, wishes: Wishes, defined: Mapping[str, int], slab: Slab, phases: Phases) -> LinkedImage:
    phases.note_before(inputs.graphs)
    options = LinkOptions(inputs.architecture, wishes.roots, phases.passes(), frozenset(defined))
    with hinting("add the file that defines them, or say where they are with --define SYM=ADDR", inputs.known):
        image = link_graphs(
            [LinkInput(graph, 0) for graph in inputs.graphs],
            options,
            lambda names: {name: defined[name] for name in names if name in defined},
            slab.allocate,
        )
    phases.note_after(image.graph)
    return image
