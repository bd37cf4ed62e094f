"""`exclave link --no-exec`: link for given addresses, and show the result. Nothing runs, no executor is needed.

Owns: a flat slab of addresses instead of a reservation, definitions from the command line. Must not know: sessions.
Invariant: identical input gives identical output.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..alignment import align_up
from ..compile import CompilePool, CompileRequest, Target, module_source
from ..errors import LinkError, OutOfMemoryError
from ..link import LinkedImage, LinkGraph, LinkInput, LinkOptions, SegmentRequest, parse_object, read_archive
from ..link import link as link_graphs
from ..link.dump import dump_graph, dump_image, image_to_json
from .console import human_seconds, print_table
from .hints import hinting
from .inputs import C_ENDINGS, compile_c, read_file

BASELINE_CPU = {"x86_64": "x86-64-v2"}
DEFAULT_SLAB = 0x1000_0000
DEFAULT_SLAB_SIZE = 1 << 30
PAGE = 4096


class Dump(StrEnum):
    """Forms of the result."""

    TEXT = "text"
    JSON = "json"
    IMAGE = "image"


class Slab:
    """A range of addresses, used from its start; each segment on pages of its own."""

    def __init__(self, address: int, size: int) -> None:
        self._next = address
        self._end = address + size

    def allocate(self, requests: Sequence[SegmentRequest]) -> list[int]:
        """Addresses for all segments."""
        return [self._take(request) for request in requests]

    def _take(self, request: SegmentRequest) -> int:
        address = align_up(self._next, max(PAGE, request.alignment))
        self._next = address + request.size
        if self._next > self._end:
            raise OutOfMemoryError(
                f"the slab is too small: the {request.zone} segment of {request.size} bytes ends "
                f"{self._next - self._end} bytes past it; give a larger --slab-size",
                reason="SLAB_FULL",
                status="RESOURCE_EXHAUSTED",
                facts={},
            )
        return address


def link(
    files: Annotated[list[Path], typer.Argument(help=".o, .a, .ll, .bc, or .c through cc", show_default=False)],
    no_exec: Annotated[bool, typer.Option("--no-exec", help="link only (to run, there is `exclave run`)")] = False,
    arch: Annotated[str, typer.Option(help="architecture to link for")] = "x86_64",
    define: Annotated[list[str] | None, typer.Option(help="SYM=ADDR: where an undefined symbol is")] = None,
    slab_address: Annotated[str, typer.Option(help="first address of the result")] = hex(DEFAULT_SLAB),
    slab_size: Annotated[str, typer.Option(help="bytes that it may take")] = hex(DEFAULT_SLAB_SIZE),
    dump: Annotated[Dump, typer.Option(help="text, json, or image: the bytes from the first address")] = Dump.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="the same as --dump json")] = False,
    show_graph: Annotated[bool, typer.Option("--show-graph", help="print the graphs before linking")] = False,
    show_times: Annotated[bool, typer.Option("--show-times", help="print the time of each phase, to stderr")] = False,
) -> None:
    """Link objects at given addresses and dump the result."""
    if not no_exec:
        raise LinkError("exclave link does not run anything: say --no-exec, or use exclave run")
    graphs = [graph for path in files for graph in read_graphs(path, arch)]
    if show_graph:
        sys.stdout.write("".join(dump_graph(graph) for graph in graphs))
    defined = parse_definitions(define or [])
    slab = Slab(parse_number(slab_address, "--slab-address"), parse_number(slab_size, "--slab-size"))
    inputs = [LinkInput(graph, 0) for graph in graphs]
    with hinting("add the file that defines them, or say where they are with --define SYM=ADDR"):
        image = link_graphs(
            inputs,
            LinkOptions(architecture=arch),
            lambda names: {name: defined[name] for name in names if name in defined},
            slab.allocate,
        )
    _write(image, Dump.JSON if as_json else dump)
    if show_times:
        times = image.account.seconds.items()
        print_table("times", [(phase, human_seconds(seconds)) for phase, seconds in times], to_stderr=True)


def _write(image: LinkedImage, form: Dump) -> None:
    if form is Dump.TEXT:
        sys.stdout.write(dump_image(image))
    elif form is Dump.JSON:
        json.dump(image_to_json(image), sys.stdout, indent=1, sort_keys=True)
        sys.stdout.write("\n")
    else:
        sys.stdout.buffer.write(flat_image(image))


def flat_image(image: LinkedImage) -> bytes:
    """All segments as they lie in memory, from the first address to the last byte of content."""
    first = min((segment.address for segment in image.segments), default=0)
    end = max((segment.address + len(segment.content) for segment in image.segments), default=0)
    flat = bytearray(end - first)
    for segment in image.segments:
        start = segment.address - first
        flat[start : start + len(segment.content)] = segment.content
    return bytes(flat)


def read_graphs(path: Path, arch: str) -> list[LinkGraph]:
    """The graphs of a file; an archive has one for each member, a module of IR is compiled."""
    if path.suffix in (".ll", ".bc"):
        return [parse_object(_compile(path, arch), str(path))]
    data = compile_c(path) if path.suffix in C_ENDINGS else read_file(path)
    if path.suffix == ".a":
        return [parse_object(content, f"{path}({member})") for member, content in read_archive(data, str(path))]
    return [parse_object(data, str(path))]


def _compile(path: Path, arch: str) -> bytes:
    """For the oldest CPU that anybody has: there is no executor that would say more."""
    data = read_file(path)
    module = data if path.suffix == ".bc" else data.decode("utf-8", errors="surrogateescape")
    target = Target(f"{arch}-unknown-linux-gnu", BASELINE_CPU.get(arch, ""), "")
    pool = CompilePool(workers=1)
    try:
        return pool.compile([CompileRequest(module_source(module, str(path)), target)])[0]
    finally:
        pool.close()


def parse_definitions(texts: Sequence[str]) -> Mapping[str, int]:
    """`SYM=ADDR` pairs.

    Raises:
        LinkError: one of them is none.
    """
    pairs = [text.rpartition("=") for text in texts]
    bad = [text for text, (name, _, _) in zip(texts, pairs, strict=True) if not name]
    if bad:
        raise LinkError(f"--define takes SYM=ADDR, not {bad[0]!r}")
    return {name: parse_number(value, f"--define {name}") for name, _, value in pairs}


def parse_number(text: str, what: str) -> int:
    """A number in C's notation, within 64 bits."""
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if not 0 <= number < 1 << 64:
        raise LinkError(f"{what}: {text!r} is no number from 0 to 2**64 - 1 (decimal, or 0x...)")
    return number
