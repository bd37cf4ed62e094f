"""The session runtime, as readable LLVM IR: the call loop, callbacks, exit(), main(), lookups, alloc actions, ...; and
the controller's own half of a lane.

Owns: the .ll files beside this one, one per concern, and the names of their entry points. Must not know: how they
are compiled or shipped. Invariant: the files are the same for every architecture but `arch/`; what they need from
the worker's process are plain functions of its C library.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..compile import ModuleSource
from ..errors import LinkError

SERVE = "exclave_serve"
LOOKUP = "exclave_lookup"
RUN_ACTIONS = "exclave_run_actions"
RESOLVE_IFUNCS = "exclave_resolve_ifuncs"
FLUSH_CODE = "exclave_flush_code"
RUN_MAIN = "exclave_run_main"
CALLBACK = "exclave_callback"
LAZY_ENTRY = "exclave_lazy_entry"
DISPATCH_LANE = "exclave_dispatch_lane"
FAULT_RECORD = "exclave_fault_record"
PEEK = "exclave_peek"
POKE = "exclave_poke"
RUN_EXIT_HANDLERS = "exclave_run_exit_handlers"

ARCHITECTURES = ("x86_64", "aarch64", "riscv64")
_CONCERNS = (
    "call_loop", "messages", "near", "callback", "jit_dispatch", "memory", "exit", "main", "lookup", "actions",
    "initializers", "ifuncs", "fault", "lazy", "flush_code",
)  # fmt: skip
_CALLER = ("caller", "messages")
_FOLDER = Path(__file__).parent


def runtime_sources(architecture: str) -> list[ModuleSource]:
    """The runtime's modules for an architecture.

    Raises:
        LinkError: there is no runtime for it.
    """
    return _sources([*_CONCERNS, f"arch/{architecture}_lazy", f"arch/{architecture}_flush"], architecture)


def caller_sources(architecture: str) -> list[ModuleSource]:
    """The modules of the controller's own half of a lane.

    Raises:
        LinkError: there is none for this architecture.
    """
    return _sources(_CALLER, architecture)


def _sources(concerns: Sequence[str], architecture: str) -> list[ModuleSource]:
    if architecture not in ARCHITECTURES:
        raise LinkError(f"no session runtime for {architecture}: Exclave has it for {', '.join(ARCHITECTURES)}")
    files = [f"{concern}.ll" for concern in concerns] + [f"arch/{architecture}.ll"]
    return [ModuleSource("ir", (_FOLDER / file).read_bytes(), f"runtime/{file}") for file in files]
