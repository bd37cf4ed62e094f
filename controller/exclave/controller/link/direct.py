"""What position-dependent code takes directly of the worker's process, though it lies out of its reach.

Such code (-fno-pic, and gcc's -fPIE) has the address of a function, or reads a variable, in 32 bits, and trusts the
linker of an executable to bring it near. We do the same where it is sound: a function's address is that of its stub,
and the streams of stdio have copies, which the session runtime keeps, near enough. Any other variable of the process
would be a copy that nobody updates, so that is refused.

Owns: which variables there are. Must not know: any architecture's kinds but that they are direct, where things lie.
Invariant: afterwards every direct edge to a symbol of the process that is not in reach goes to a copy, or will go to a
stub. (System V ABI, "Copy Relocations", "Function Addresses"; JITLink refuses all of these)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import LinkError
from .architecture import Architecture
from .arrays import Ints, rows_of
from .graph import ZONES, LinkGraph, Place, Symbols

COPY_PREFIX = "exclave_near_"
COPIED = ("stdin", "stdout", "stderr")

# The variables of glibc's libc, libm and of libgcc_s that programs may name; everything else there is a function.
_VARIABLES = frozenset((
    "_IO_2_1_stderr_", "_IO_2_1_stdin_", "_IO_2_1_stdout_", "__daylight", "__environ", "__libc_single_threaded",
    "__progname", "__progname_full", "__signgam", "__timezone", "__tzname", "_environ", "_nl_msg_cat_cntr",
    "_obstack", "_res", "_sys_errlist", "_sys_nerr", "_sys_siglist", "argp_err_exit_status",
    "argp_program_bug_address", "argp_program_version", "argp_program_version_hook", "daylight", "environ",
    "error_message_count", "error_one_per_line", "error_print_progname", "getdate_err", "h_errlist", "h_nerr",
    "in6addr_any", "in6addr_loopback", "loc1", "loc2", "locs", "obstack_alloc_failed_handler", "obstack_exit_failure",
    "optarg", "opterr", "optind", "optopt", "program_invocation_name", "program_invocation_short_name",
    "re_max_failures", "re_syntax_options", "rpc_createerr", "signgam", "stderr", "stdin", "stdout", "svc_fdset",
    "svc_max_pollfd", "svc_pollfd", "sys_errlist", "sys_nerr", "sys_sigabbrev", "sys_siglist", "timezone", "tzname",
    "__cpu_model",
))  # fmt: skip


def copies_of(names: Sequence[str]) -> list[str]:
    """The names under which the copies of some of `names` are asked for."""
    return [COPY_PREFIX + name for name in names if name in COPIED]


def use_copies(graph: LinkGraph, architecture: Architecture, found: Mapping[str, int]) -> None:
    """Point direct edges at copies; the symbols from outside have their addresses by now.

    Raises:
        LinkError: a variable of which there is none.
    """
    rows = direct_edges(graph, architecture)
    if not len(rows):
        return
    for symbol in np.unique(graph.edges.symbol[rows]).tolist():
        name = graph.symbol_name(symbol)
        if name in _VARIABLES:
            uses = rows[graph.edges.symbol[rows] == symbol]
            graph.edges.symbol[uses] = _copy(graph, name, found, int(uses[0]))


def edges_taking_addresses(graph: LinkGraph, architecture: Architecture) -> Ints:
    """Direct edges for which a stub is as good as the function itself: they have its address, and read nothing."""
    direct = direct_edges(graph, architecture)
    at_start = architecture.at_start[graph.edges.kind[direct]]
    rows: Ints = direct[graph.edges.addend[direct] == at_start]  # a stub has no inside
    if not len(rows):
        return rows
    block = graph.edges.block[rows]
    takes = graph.sections.zone[graph.blocks.section[block]] != ZONES.index("code")  # a table of functions
    buffer, at = graph.blocks.buffer[block], graph.blocks.start[block] + graph.edges.offset[rows]
    for number in np.unique(buffer).tolist():
        here = buffer == number
        content = np.frombuffer(graph.buffers[number], np.uint8)
        takes[here] |= architecture.takes_address(content, at[here], graph.edges.kind[rows[here]])
    if architecture.addresses_are_split:
        takes &= ~np.isin(graph.edges.symbol[rows], graph.edges.symbol[rows[~takes]])
    taking: Ints = rows[takes]
    return taking


def direct_edges(graph: LinkGraph, architecture: Architecture) -> Ints:
    """Edges of a direct kind to symbols from outside that lie, or may lie, out of their reach."""
    edges = graph.edges
    rows: Ints = rows_of(architecture.is_direct[edges.kind])
    outside = np.zeros(len(graph.symbols), np.bool_)
    outside[graph.outside] = True
    rows = rows[outside[edges.symbol[rows]]]
    kind = edges.kind[rows]
    value = graph.symbols.offset[edges.symbol[rows]] + edges.addend[rows]
    far: Ints = rows[(value < architecture.direct_lowest[kind]) | (value > architecture.direct_highest[kind])]
    return far


def _copy(graph: LinkGraph, name: str, found: Mapping[str, int], row: int) -> int:
    """A symbol for the copy."""
    address = found.get(COPY_PREFIX + name)
    if address is None:
        where = graph.object_of_section(int(graph.blocks.section[int(graph.edges.block[row])]))
        raise LinkError(
            f"{where}: position-dependent code reads {name}, a variable of the C library, which lies farther away than "
            "it reaches: compile with -fPIC"
        )
    graph.symbols.extend(Symbols.of(1, strings=-1, external=-1, block=-1, offset=address, place=Place.ABSOLUTE))
    return len(graph.symbols) - 1
