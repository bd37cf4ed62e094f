"""Which compiler is taken for which architecture."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from exclave.controller.cli.compilers import BASELINES, Module, compile_c, compile_modules, host_machine, machine_called
from exclave.controller.errors import CompileError
from support_targets import TARGETS
from support_tools import require_tool

MACHINES = {"x86_64": 62, "aarch64": 183, "riscv64": 243}
FOREIGN = next(name for name in MACHINES if name != host_machine())


def machine_of(data: bytes) -> int:
    assert data[:4] == b"\x7fELF"
    return int(struct.unpack_from("<H", data, 18)[0])


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are found; empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_machines_have_one_name_each() -> None:
    assert [machine_called(name) for name in ("arm64", "AMD64", "riscv64", "x86_64")] == [
        "aarch64", "x86_64", "riscv64", "x86_64",
    ]  # fmt: skip
    assert BASELINES == TARGETS


@pytest.mark.parametrize("architecture", MACHINES)
def test_ir_is_compiled_for_any_architecture(architecture: str) -> None:
    modules = [Module(f"{name}.ll", f"define i32 @{name}() {{\n  ret i32 1\n}}\n") for name in "ab"]
    one, two = compile_modules(modules, architecture)
    assert machine_of(one) == machine_of(two) == MACHINES[architecture]
    assert one != two
    assert compile_modules(modules, architecture) == [one, two]


def test_c_for_this_machine(tmp_path: Path) -> None:
    require_tool("cc", "gcc")
    source = tmp_path / "f.c"
    source.write_text("int f(void) { return 1; }")
    assert machine_of(compile_c(source)) == MACHINES[host_machine()]
    source.write_text("int f(void) { return x; }")
    with pytest.raises(CompileError, match="x"):
        compile_c(source)


@pytest.mark.parametrize("architecture", sorted(set(MACHINES) - {host_machine()}))
def test_clang_compiles_for_all(
    architecture: str, tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    clang = require_tool("clang-19")
    monkeypatch.setenv("PATH", str(tools))
    (tools / "clang-19").symlink_to(os.path.realpath(clang))
    c, assembly = tmp_path / "f.c", tmp_path / "f.s"
    c.write_text("int f(void) { return 1; }")
    assembly.write_text(".globl f\nf: nop\n")
    for source in (c, assembly):
        assert machine_of(compile_c(source, architecture)) == MACHINES[architecture]


def test_a_compiler_for_the_architecture_goes_first(tmp_path: Path, tools: Path) -> None:
    for name in (f"{FOREIGN}-linux-gnu-gcc", "clang"):
        (tools / name).write_text(f"#!/bin/sh\necho {name} >&2\nexit 1\n")
        (tools / name).chmod(0o755)
    with pytest.raises(CompileError, match=f"f.c: {FOREIGN}-linux-gnu-gcc"):
        compile_c(tmp_path / "f.c", FOREIGN)


def test_no_compiler_says_what_to_install(tmp_path: Path, tools: Path) -> None:
    with pytest.raises(
        CompileError, match=rf"f\.c: no compiler for {FOREIGN} here \({FOREIGN}-linux-gnu-gcc, or clang"
    ):
        compile_c(tmp_path / "f.c", FOREIGN)
    with pytest.raises(CompileError, match=r"no C compiler here \(cc, clang, gcc\)"):
        compile_c(tmp_path / "f.c")
