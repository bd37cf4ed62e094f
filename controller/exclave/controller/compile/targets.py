"""What to compile for: target machines, and whether a module agrees with one. Runs in the compile worker.

Owns: making target machines, comparing triples and data layouts. Must not know: who asks. Invariant: nothing that
LLVM would ignore with a warning (a CPU, a feature, a data layout) is ignored: it is refused.
"""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import Any

from llvmlite import binding as llvm

_NOT_RECOGNIZED = re.compile(r"'([^']*)' is not a recognized (?:processor|feature) for this target")
_SYSTEM = re.compile(r"linux|darwin|macos|windows|freebsd|wasi")
_SAME_MACHINE = {"arm64": "aarch64", "amd64": "x86_64"}
_LAYOUT_KEY = re.compile(r"[a-zA-Z]+\d*")
_LAYOUT_DEFAULTS = {"p": "p:64:64", "e": "e"}
_NO_ABI = ("n", "Fn", "Fi", "G", "A", "P")


class RefusedError(Exception):
    """The module cannot be compiled, and LLVM has said why without dying."""


class TargetMachines:
    """LLVM's target machines, made once each: position independent, small code model."""

    def __init__(self) -> None:
        self._machines: dict[tuple[str, str, str, int], Any] = {}

    @cached_property
    def any_pass_builder(self) -> Any:
        """For passes that do not look at the target."""
        machine = llvm.Target.from_default_triple().create_target_machine(codemodel="small", reloc="pic")
        return llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options())

    def get(self, triple: str, cpu: str, features: str, opt: int) -> Any:
        """The machine for an executor's target.

        Raises:
            RefusedError: LLVM does not know its CPU or a feature.
            RuntimeError: LLVM does not know the triple.
        """
        key = (triple, cpu, features, opt)
        if key not in self._machines:
            self._machines[key] = _create_machine(triple, cpu, features, opt)
        return self._machines[key]


def _create_machine(triple: str, cpu: str, features: str, opt: int) -> Any:
    if opt not in range(4):
        raise RefusedError(f"optimization level {opt!r}: LLVM has 0 to 3")
    before = os.fstat(2).st_size
    machine = llvm.Target.from_triple(triple).create_target_machine(
        cpu=cpu, features=features, opt=opt, reloc="pic", codemodel="small", abiname=_abi_name(triple, features)
    )
    _refuse_what_llvm_ignores(os.pread(2, 65536, before).decode(errors="replace"), triple)
    return machine


def _abi_name(triple: str, features: str) -> str:
    """Which calling convention, where the triple does not say. (RISC-V psABI, "Named ABIs": lp64d needs D)"""
    if triple.startswith("riscv64"):
        return "lp64d" if "+d" in features.split(",") else "lp64"
    return ""


def _refuse_what_llvm_ignores(said: str, triple: str) -> None:
    """LLVM only prints that it ignores what it does not know, and then compiles for another machine."""
    unknown = sorted({match[0] for match in _NOT_RECOGNIZED.finditer(said)})
    if unknown:
        raise RefusedError(f"{', '.join(unknown)}: the LLVM here does not know what the executor ({triple}) is")


def check_target(module: Any, triple: str, layout: str) -> None:
    """Refuse a module that says it is for another machine, system or data layout.

    Raises:
        RefusedError: it does; empty and `unknown` parts of its triple agree with everything.
    """
    for mine, theirs in zip(_machine_and_system(module.triple), _machine_and_system(triple), strict=True):
        if mine not in ("", "unknown", theirs):
            raise RefusedError(
                f"the module is for {module.triple}, the executor is {triple}: compile it for the executor, or remove "
                "its `target triple` and `target datalayout`"
            )
    wrong = layout_differences(module.data_layout, layout)
    if wrong:
        raise RefusedError(
            f"the module's data layout says {', '.join(wrong)}, the executor's ({triple}) is {layout}: compile it for "
            "the executor, or remove its `target datalayout`"
        )


def _machine_and_system(triple: str) -> tuple[str, str]:
    machine, *rest = triple.split("-")
    system = next((part for part in rest if _SYSTEM.match(part)), "")
    return _SAME_MACHINE.get(machine, machine), re.sub(r"[\d.]+$", "", system)


def layout_differences(own: str, wanted: str) -> list[str]:
    """Entries of a module's data layout that contradict the executor's.

    An entry that only one of them has is no contradiction: LLVM adds some with every release. Nor are those that are
    hints (native integer widths) and no layout. (LLVM Language Reference, "Data Layout")
    """
    theirs = _LAYOUT_DEFAULTS | _layout_entries(wanted)
    mine = _layout_entries(own)
    return [entry for key, entry in mine.items() if theirs.get(key, entry) != entry and not key.startswith(_NO_ABI)]


def _layout_entries(layout: str) -> dict[str, str]:
    """Each entry under its key: `i64:64` under `i64`; both byte orders under `e`."""
    entries = {}
    for entry in filter(None, layout.split("-")):
        key = _LAYOUT_KEY.match(entry)
        name = key[0] if key else entry
        if name in ("p0", "E"):
            name, entry = ("p", "p" + entry[2:]) if name == "p0" else ("e", entry)
        entries["S" if name.startswith("S") else name] = entry
    return entries
