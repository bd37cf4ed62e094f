"""Files of checks: assembly, how to link it, and what must come of that, in one file.

    # arch: x86_64                     for which architecture (all of these lines begin the line)
    # flags: -mno-relax                more for the assembler
    # part: a owner 2                  from here on it is another object, called a, which belongs to tracker 2
    # define: ext = 0x7f0000000000     where an undefined symbol is; without a value: nowhere, after all
    # slab: 0x10000000                 where the result lies; `# slab: data 0x5000000000` for one zone
    # roots: f g                       keep what these reach (all non-local symbols, if not said)
    # check: *{4}(f + 1) = g - next_pc(f)
    # case: out of reach               from here on it is another link of the same objects, with the lines above all
    # define: ext = 0x8000000000       cases, and its own
    # error: does not fit              the link fails, and says this (a regular expression)
    # xfail: why                       it does not do what it should yet; fails once it does

Owns: reading such files, assembling and linking. Must not know: what the checks say.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from exclave.controller.alignment import align_up
from exclave.controller.link import LinkedImage, LinkInput, LinkOptions, SegmentRequest, link
from exclave.controller.link_check import CheckResult, ParsedCheck, parse_checks, run_checks

ASSEMBLER = "clang-19"
DEFAULT_SLAB = 0x1000_0000
PAGE = 4096
_FLAGS = {"x86_64": (), "aarch64": (), "riscv64": ("-march=rv64gc",)}
_LINE = re.compile(r"# (?P<word>[a-z]+): *(?P<rest>.*?) *\Z")


@dataclass(frozen=True)
class Part:
    """One object of a file, as source."""

    name: str
    owner: int
    source: str
    path: Path  # of the committed object


@dataclass(frozen=True)
class Case:
    """One link, and what must come of it. `lines`: the first line of the file that is its own, and the end."""

    name: str = ""
    defines: dict[str, int] = field(default_factory=dict)
    slabs: dict[str, int] = field(default_factory=dict)
    roots: frozenset[str] | None = None
    error: str = ""
    xfail: str = ""
    lines: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class CheckFile:
    """A file of checks."""

    path: Path
    architecture: str
    flags: Sequence[str]
    parts: Sequence[Part]
    cases: Sequence[Case]
    checks: Sequence[ParsedCheck]

    def checks_of(self, case: Case) -> list[ParsedCheck]:
        first, end = case.lines
        return [one for one in self.checks if first <= one.check.line < end]


def read_check_file(path: Path) -> CheckFile:
    text = path.read_text()
    lines = text.splitlines()
    words = [(number, *_directive(path, number, line)) for number, line in enumerate(lines, 1) if _LINE.match(line)]
    said = {word: rest for _, word, rest in words}
    parts = _read_parts(path, lines, [(number, rest) for number, word, rest in words if word == "part"])
    cases, checks = _read_cases(words, len(lines) + 1), parse_checks(text, path.name)
    return _only_used_cases(CheckFile(path, said["arch"], said.get("flags", "").split(), parts, cases, checks))


def _only_used_cases(file: CheckFile) -> CheckFile:
    """Without those that say nothing: what is above the first `# case:` may be meant for all."""
    used = [case for case in file.cases if case.error or file.checks_of(case)]
    both = [case.name for case in used if case.error and file.checks_of(case)]
    assert not both, f"{file.path.name}: links that fail have nothing to check: cases {both}"
    return replace(file, cases=used)


def _directive(path: Path, number: int, line: str) -> tuple[str, str]:
    found = _LINE.match(line)
    assert found is not None
    assert found["word"] in _WORDS, f"{path.name}:{number}: no such line as {found['word']}: {', '.join(_WORDS)}"
    return found["word"], found["rest"]


def _read_parts(path: Path, lines: list[str], marks: list[tuple[int, str]]) -> list[Part]:
    """The source of each part, with what comes before the first; a file without parts is one, called as the file."""
    if not marks:
        return [Part(path.stem, 1, "\n".join(lines) + "\n", path.with_suffix(".o"))]
    ends = [number for number, _ in marks[1:]] + [len(lines) + 1]
    parts = []
    for (number, rest), end in zip(marks, ends, strict=True):
        name, _, owner = rest.partition(" owner ")
        source = "\n".join(lines[number : end - 1]) + "\n"
        parts.append(Part(name, int(owner or 1), source, path.with_suffix(f".{name}.o")))
    return parts


def _read_cases(words: list[tuple[int, str, str]], end: int) -> list[Case]:
    cases = [Case(lines=(1, end))]
    for number, word, rest in words:
        if word == "case":
            cases[-1] = replace(cases[-1], lines=(cases[-1].lines[0], number))
            cases.append(replace(cases[0], name=rest, error="", xfail="", lines=(number, end)))
        elif word in _OF_CASES:
            cases[-1] = _OF_CASES[word](cases[-1], rest)
    return cases


def _define(case: Case, rest: str) -> Case:
    name, _, value = rest.partition(" = ")
    others = {key: known for key, known in case.defines.items() if key != name}
    return replace(case, defines=others | ({name: int(value, 0)} if value else {}))


def _slab(case: Case, rest: str) -> Case:
    *zone, address = rest.split()
    return replace(case, slabs=case.slabs | {zone[0] if zone else "": int(address, 0)})


_OF_CASES: dict[str, Callable[[Case, str], Case]] = {
    "define": _define,
    "slab": _slab,
    "roots": lambda case, rest: replace(case, roots=frozenset(rest.split())),
    "error": lambda case, rest: replace(case, error=rest),
    "xfail": lambda case, rest: replace(case, xfail=rest),
}
_WORDS = ("arch", "flags", "part", "case", "check", *_OF_CASES)


def assemble(file: CheckFile, part: Part) -> bytes:
    """The object that the assembler makes of a part now."""
    command = [ASSEMBLER, f"--target={file.architecture}-linux-gnu", *_FLAGS[file.architecture], *file.flags]
    command += ["-c", "-x", "assembler", "-o", "-", "-"]
    done = subprocess.run(command, input=part.source.encode(), capture_output=True, check=False)
    assert not done.returncode, f"{file.path.name}, {part.name}: {done.stderr.decode()}"
    return done.stdout


def link_case(file: CheckFile, case: Case, read: Callable[[bytes, str], object]) -> LinkedImage:
    """`read`: one of the linker's readers of objects."""
    inputs = [LinkInput(read(part.path.read_bytes(), part.name), part.owner) for part in file.parts]
    options = LinkOptions(architecture=file.architecture, roots=case.roots)
    known = case.defines
    return link(inputs, options, lambda names: {n: known[n] for n in names if n in known}, Slabs(case.slabs).allocate)


class Slabs:
    """Addresses for segments: pages behind each other, from one address or from one for each zone."""

    def __init__(self, slabs: dict[str, int]) -> None:
        self._next = {"": DEFAULT_SLAB} | slabs

    def allocate(self, requests: Sequence[SegmentRequest]) -> list[int]:
        return [self._take(request) for request in requests]

    def _take(self, request: SegmentRequest) -> int:
        slab = request.zone if request.zone in self._next else ""
        address = align_up(self._next[slab], request.alignment)
        self._next[slab] = align_up(address + request.size, PAGE)
        return address


def check_case(file: CheckFile, case: Case, image: LinkedImage) -> list[CheckResult]:
    return run_checks(image, file.checks_of(case), file.path.name)
