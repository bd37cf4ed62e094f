"""Files of the command line: what they are, what they are for, and which of their members are linked."""

from __future__ import annotations

from pathlib import Path

import pytest
from exclave.controller.cli.link_inputs import Inputs, Wishes, read_inputs
from exclave.controller.errors import DuplicateSymbolsError, LinkError, ObjectFormatError
from support_elf import ObjectBuilder


def object_of(*names: str, needs: str = "", binding: str = "global", machine: int = 62) -> bytes:
    builder = ObjectBuilder(machine)
    text = builder.text()
    for number, name in enumerate(names):
        builder.symbol(name, text, number, 1, binding, "func")
    if needs:
        builder.symbol(needs)
    return builder.build()


def archive(*members: tuple[str, bytes]) -> bytes:
    """Without an index."""
    out = b"!<arch>\n"
    for name, content in members:
        out += f"{name + '/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{len(content):<10}`\n".encode()
        out += content + b"\n" * (len(content) % 2)
    return out


@pytest.fixture
def files(tmp_path: Path) -> Path:
    members = ("f.o", object_of("f", needs="g")), ("h.o", object_of("h")), ("g.o", object_of("g"))
    (tmp_path / "main.o").write_bytes(object_of("main", needs="f"))
    (tmp_path / "lib.a").write_bytes(archive(*members))
    (tmp_path / "odd-ending").write_bytes(archive(*members))
    for name, content in members:
        (tmp_path / name).write_bytes(content)
    header = "".join(f"{name + '/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{9:<10}`\n" for name, _ in members)
    (tmp_path / "thin.a").write_text(f"!<thin>\n{header}")
    return tmp_path


def read(folder: Path, *names: str, **wishes: object) -> Inputs:
    told: list[str] = []
    inputs = read_inputs([folder / name for name in names], Wishes(**wishes), told.append)  # type: ignore[arg-type]
    assert told == [*(f"read {name}" for name in names), "compile"]
    return inputs


def linked(inputs: Inputs) -> list[str]:
    return [Path(name).name for graph in inputs.graphs for name in graph.objects]


@pytest.mark.parametrize("library", ["lib.a", "thin.a", "odd-ending"])
def test_members_are_pulled_in_their_order(files: Path, library: str) -> None:
    assert linked(read(files, "main.o", library)) == ["main.o", f"{library}(f.o)", f"{library}(g.o)"]
    assert linked(read(files, library, "main.o")) == [f"{library}(f.o)", f"{library}(g.o)", "main.o"]


def test_what_is_known_are_all_names(files: Path) -> None:
    assert read(files, "main.o", "lib.a", defined=frozenset({"x"})).known == ["main", "f", "h", "g", "x"]


def test_all_members_if_that_is_wanted(files: Path) -> None:
    assert linked(read(files, "thin.a", whole=True)) == ["thin.a(f.o)", "thin.a(h.o)", "thin.a(g.o)"]
    (files / "bad.a").write_bytes(archive(("README", b"no object")))
    assert linked(read(files, "main.o", "bad.a", defined=frozenset("f"))) == ["main.o"]
    with pytest.raises(ObjectFormatError, match=r"bad\.a\(README\)"):
        read(files, "bad.a", whole=True)


def test_roots_pull_and_definitions_do_not(files: Path) -> None:
    assert linked(read(files, "lib.a", roots=frozenset({"h"}))) == ["lib.a(h.o)"]
    assert linked(read(files, "main.o", "lib.a", defined=frozenset({"g"}))) == ["main.o", "lib.a(f.o)"]
    with pytest.raises(LinkError, match=r"--keep mian, zzz: no file defines .*; mian: did you mean main\?"):
        read(files, "main.o", "lib.a", roots=frozenset({"zzz", "mian", "f"}))


def test_archives_of_which_nothing_is_needed(files: Path) -> None:
    with pytest.raises(LinkError, match="nothing to link: nobody needs a member of these archives; say --keep NAME"):
        read(files, "lib.a")


def test_an_address_takes_the_place_of_weak_definitions_only(files: Path) -> None:
    (files / "weak.o").write_bytes(object_of("w", binding="weak"))
    assert read(files, "weak.o", defined=frozenset({"w"}))
    with pytest.raises(DuplicateSymbolsError, match=r"main \(in .*main\.o, --define\)"):
        read(files, "main.o", "lib.a", defined=frozenset({"main"}))


def test_the_first_object_says_the_architecture(files: Path) -> None:
    assert read(files, "main.o", "lib.a").architecture == "x86_64"
    (files / "a.ll").write_text("define void @a() {\n  ret void\n}\n")
    assert read(files, "a.ll", "main.o", defined=frozenset("f")).architecture == "x86_64"
    (files / "a.ll").write_text('target triple = "x86_64-pc-linux-gnu"\ndefine void @a() {\n  ret void\n}\n')
    assert read(files, "a.ll").architecture == "x86_64"


def test_architectures_do_not_mix(files: Path) -> None:
    (files / "arm.ll").write_text('target triple = "arm64-linux-gnu"\ndefine void @a() {\n  ret void\n}\n')
    with pytest.raises(LinkError, match=r"arm\.ll is for aarch64, and this link for x86_64, as .*main\.o is: link one"):
        read(files, "main.o", "arm.ll")
    with pytest.raises(LinkError, match=r"arm\.ll is for aarch64, and this link for x86_64, as --arch says"):
        read(files, "arm.ll", architecture="x86_64")
    with pytest.raises(LinkError, match="no architecture 'vax'; this linker has x86_64"):
        read(files, "main.o", architecture="vax")


def test_files_that_are_not_there_or_nothing(files: Path) -> None:
    with pytest.raises(LinkError, match=r"cannot read .*none\.o: No such file"):
        read(files, "none.o")
    (files / "text").write_text("text")
    with pytest.raises(ObjectFormatError, match="text"):
        read(files, "text")
    (files / "f.o").unlink()
    with pytest.raises(LinkError, match=r"thin\.a: a thin archive, whose member f\.o cannot be read"):
        read(files, "main.o", "thin.a")
