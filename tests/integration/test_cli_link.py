"""`exclave link --no-exec` as a person types it: what it prints, and what it says of mistakes."""

import base64
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from support_tools import require_tool

SMALL = Path(__file__).parent.parent / "programs" / "small"
OBJECTS = Path(__file__).parent.parent / "golden" / "link"
HELLO = ("--define", "puts=0x40001000", "--define", "printf=0x40001008", SMALL / "hello.ll")
CALLS = tuple(f"--define={name}=0x4000{number}000" for number, name in enumerate(("qsort", "printf", "hook")))


def exclave_link(*arguments, text=True, **options):
    command = [sys.executable, "-m", "exclave.controller.cli", "link", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=text, timeout=60, stdin=subprocess.DEVNULL, **options)


def link(*arguments, **options):
    done = exclave_link("--no-exec", *arguments, **options)
    assert done.returncode == 0, done.stderr
    return done


def symbols_of(*arguments, **options):
    data = json.loads(link("--dump", "json", *arguments, **options).stdout)
    return {s["name"]: s["address"] for s in data["symbols"] if s["binding"] != "local"}


def test_the_same_gives_the_same():
    arguments = ("--slab-address", "0x40000000", *HELLO)
    first = link("--dump", "json", *arguments)
    assert symbols_of(*arguments)["main"] >= 0x40000000
    assert link("--dump", "json", *arguments).stdout == first.stdout
    assert link("--json", *arguments).stdout == first.stdout


def test_the_forms_of_the_result(tmp_path):
    arguments = (*CALLS, "calls.o")
    data = json.loads(link("--dump", "json", *arguments, cwd=OBJECTS).stdout)
    image = link("--dump", "image", *arguments, cwd=OBJECTS, text=False).stdout
    first = data["segments"][0]["address"]
    for segment in data["segments"]:
        start = segment["address"] - first
        assert image[start:][: segment["content_size"]] == base64.b64decode(segment["content"])
    text = link(*arguments, cwd=OBJECTS).stdout
    assert f"symbol show {symbols_of(*arguments, cwd=OBJECTS)['show']:#x}" in text
    done = link("-o", tmp_path / "out", "--dump", "image", *arguments, cwd=OBJECTS)
    assert (done.stdout, (tmp_path / "out").read_bytes()) == ("", image)
    assert link("-o", "-", *arguments, cwd=OBJECTS).stdout == text


def test_graphs_do_not_mix_with_what_programs_read(tmp_path):
    done = link("--json", "--show-graph", "before,after", *CALLS, OBJECTS / "calls.o")
    json.loads(done.stdout)
    assert done.stderr.startswith("== before ==\ngraph ")
    done = link("--json", "-o", tmp_path / "out", "--show-graph", "after", *CALLS, OBJECTS / "calls.o")
    assert (done.stdout.startswith("== after ==\ngraph "), done.stderr) == (True, "")


def test_graphs_of_a_link_that_fails_are_there():
    done = exclave_link("--no-exec", "--show-graph", "before,pre-prune,after", OBJECTS / "calls.o")
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if line.startswith("==")] == ["== before ==", "== pre-prune =="]
    assert "undefined symbols:" in done.stderr


def test_times_are_told_by_phase():
    done = link("--show-times", *CALLS, OBJECTS / "calls.o")
    rows = [line.split()[0] for line in done.stderr.splitlines()]
    phases = "read compile pull resolve prune externals tables layout fixups"
    assert rows == ["times", *phases.split(), "total", "edges"]
    assert done.stderr.count("%") == len(phases.split())
    assert done.stdout == link(*CALLS, OBJECTS / "calls.o").stdout


def test_a_picture(tmp_path):
    dot = require_tool("dot", "graphviz")
    link("--dot", tmp_path / "x.dot", *CALLS, OBJECTS / "calls.o")
    svg = subprocess.run([dot, "-Tsvg", tmp_path / "x.dot"], capture_output=True, text=True, check=True).stdout
    for word in ("stub(qsort)", "got(qsort)", "R_X86_64_PLT32", "show"):
        assert word in svg


def test_only_what_is_kept_and_what_it_reaches(tmp_path):
    (tmp_path / "x.ll").write_text(
        "declare i32 @g()\ndefine i32 @f() {\n  %r = call i32 @g()\n  ret i32 %r\n}\n@gone = global i32 1\n"
    )
    (tmp_path / "y.ll").write_text(
        "@data = constant i32 2\ndefine i32 @g() {\n  %r = load volatile i32, ptr @data\n  ret i32 %r\n}\n"
    )
    files = (tmp_path / "x.ll", tmp_path / "y.ll")
    assert set(symbols_of(*files)) == {"f", "g", "data", "gone"}
    assert set(symbols_of("--keep", "f", *files)) == {"f", "g", "data"}
    assert set(symbols_of("--entry", "gone", "--keep", "data", *files)) == {"gone", "data"}


@pytest.fixture
def library(tmp_path):
    """Objects of gcc, one per function, in a full and in a thin archive; f needs g, main needs f."""
    ar, gcc = require_tool("ar", "binutils"), require_tool("gcc")
    sources = {
        "f": "int g(void); int f(void) { return g(); }",
        "g": "int shared = 5; int g(void) { return shared; }",
        "h": "int nowhere(void); int h(void) { return nowhere(); }",
    }
    (tmp_path / "objects").mkdir()
    for name, source in sources.items():
        output = f"objects/{name}.o"
        subprocess.run(
            [gcc, "-c", "-fPIC", "-x", "c", "-", "-o", output], input=source, text=True, cwd=tmp_path, check=True
        )
    members = [f"objects/{name}.o" for name in sources]
    for option, name in (("rcs", "full.a"), ("rcT", "thin.a"), ("rcS", "bare.a")):
        subprocess.run([ar, option, name, *members], cwd=tmp_path, check=True)
    (tmp_path / "main.c").write_text("int f(void); extern int shared; int main(void) { return f() + shared; }")
    return tmp_path


@pytest.mark.parametrize("name", ["full.a", "thin.a", "bare.a"])
def test_archives_give_what_is_needed(library, name):
    done = json.loads(link("--json", "main.c", name, cwd=library).stdout)
    member = "objects/{}.o" if name == "thin.a" else "{}.o"
    assert done["objects"] == ["main.c", *(f"{name}({member.format(one)})" for one in "fg")]
    assert set(symbols_of("--keep", "f", name, cwd=library)) == {"f", "g", "shared"}
    whole = exclave_link("--no-exec", "--whole-archive", "main.c", name, cwd=library)
    assert whole.returncode == 1
    assert "nowhere (referred to by h)" in whole.stderr
    whole = symbols_of("--whole-archive", "--define", "nowhere=0x10100000", "main.c", name, cwd=library)
    assert set(whole) == {"main", "f", "g", "h", "shared"}


def test_a_program_that_waits_sees_a_bar_on_its_terminal_only(library):
    """Whether half a second passes nobody knows; what stdout gets does not depend on it."""
    own, theirs = pty.openpty()
    try:
        command = [sys.executable, "-m", "exclave.controller.cli", "link", "--no-exec", "main.c", "full.a"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, cwd=library, text=True, timeout=60)
    finally:
        os.close(theirs)
        os.close(own)
    assert (done.returncode, done.stdout) == (0, link("main.c", "full.a", cwd=library).stdout)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--no-exec"], "undefined symbol"),
        (["--no-exec"], "say where they are with --define SYM=ADDR"),
        (["--no-exec", "--define", "prinf=1"], "printf (referred to by main); did you mean prinf?"),
        (["--no-exec", "--define", "nonsense"], "SYM=ADDR"),
        (["--no-exec", "--define", "printf=1", "--define", "printf=2"], "a symbol has one address"),
        (["--no-exec", "--define", "main=1"], "defined more than once"),
        (["--no-exec", "--slab-address", "-1"], "no number"),
        (["--no-exec", "--slab-address", "0xffffffffffffffff"], "beyond 2**63"),
        (["--no-exec", "--define", "printf=0x10001000", "--slab-size", "10"], "slab is too small"),
        (["--no-exec", "--show-graph", "sometimes"], "'sometimes' is no phase; there are before,pre-prune,post-prune"),
        (["--no-exec", "--show-graph", "before,"], "'' is no phase"),
        (["--no-exec", "--keep", "maim"], "maim: did you mean main?"),
        (["--no-exec", "--arch", "vax"], "no architecture 'vax'; this linker has x86_64"),
        (["--no-exec", "nowhere.o"], "cannot read nowhere.o: No such file"),
        (["--no-exec", "--define", "printf=0x10001000", "-o", "/nowhere/out"], "cannot write /nowhere/out: No such"),
        (["--no-exec", "--define", "printf=0x10001000", "--dot", "/nowhere/out"], "cannot write /nowhere/out: No such"),
        ([], "--no-exec"),
    ],
)
def test_mistakes_are_told(arguments, words):
    done = exclave_link(*arguments, SMALL / "hello.ll")
    assert done.returncode == 1
    assert done.stderr.startswith("exclave: ")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_no_files_are_a_mistake_of_usage():
    done = exclave_link("--no-exec")
    assert done.returncode == 2
    assert "Missing argument" in done.stderr
