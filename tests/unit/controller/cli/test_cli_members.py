"""Which members of archives a link pulls, and that GNU ld pulls the same."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from exclave.controller.cli.members import pull_members
from exclave.controller.errors import LinkError
from exclave.controller.link import parse_object
from exclave.controller.units import MaterializationUnit, UnitSymbol, unit_from_graph
from support_elf import COMMON, ObjectBuilder
from support_tools import require_tool


def object_of(text: str) -> bytes:
    """`f` a function, `w:f` a weak one, `d:x` data, `c:x` common, `?f` a reference, `w?f` a weak one."""
    builder = ObjectBuilder()
    code, data = builder.text(), builder.data()
    for number, word in enumerate(text.split()):
        how, mark, name = ("", "", word) if word.isidentifier() else word.replace("?", ":?").partition(":")
        if name.startswith("?"):
            builder.symbol(name[1:], binding="weak" if how == "w" else "global")
        elif how == "c":
            builder.symbol(name, COMMON, 8, 8)
        elif how == "d":
            builder.symbol(name, data, number, 1, type="object")
        else:
            builder.symbol(name, code, number, 1, "weak" if how == "w" else "global", "func")
        assert mark or not how
    return builder.build()


def unit(name: str, text: str) -> MaterializationUnit:
    return unit_from_graph(parse_object(object_of(text), name), name)


CASES = {
    "nothing is needed": ("f", ["g", "?h i"], ""),
    "what is undefined": ("f ?g", ["h", "g"], "1"),
    "a weak definition will do": ("?g", ["w:g", "g"], "0"),
    "a common one too": ("?x", ["c:x"], "0"),
    "a weak reference pulls nothing": ("w?g", ["g"], ""),
    "but takes part when another pulls": ("w?g ?f", ["g", "f ?g"], "01"),
    "what a member needs": ("?a", ["c", "b ?c", "a ?b"], "012"),
    "a cycle": ("?a", ["a ?b", "b ?a"], "01"),
    "the first one that defines it": ("?a", ["a", "a b"], "0"),
    "what is defined weakly is defined": ("w:g ?g", ["g"], ""),
    "data takes the place of common": ("c:x", ["d:x"], "0"),
    "common does not": ("c:x", ["c:x"], ""),
    "a function does not": ("c:x", ["x"], ""),
    "weak data does not": ("c:x", ["w:x"], ""),
    "data takes the place of a member's common": ("?x", ["c:x", "d:x"], "01"),
    "data that is there is enough": ("c:x d:y ?x", ["w:y"], ""),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_pulled(case: tuple[str, list[str], str]) -> None:
    given, members, expected = case
    units = [unit(str(number), text) for number, text in enumerate(members)]
    pulled = pull_members([unit("main", given)], units, (), ())
    assert "".join(one.name for one in pulled) == expected


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_gnu_ld_pulls_the_same(case: tuple[str, list[str], str], tmp_path: Path) -> None:
    ld, ar = require_tool("ld", "binutils"), require_tool("ar", "binutils")
    given, members, expected = case
    (tmp_path / "main.o").write_bytes(object_of(given))
    for number, text in enumerate(members):
        (tmp_path / f"{number}.o").write_bytes(object_of(text))
    names = [f"{number}.o" for number in range(len(members))]
    subprocess.run([ar, "rc", "lib.a", *names], cwd=tmp_path, check=True)
    command = [ld, "-r", "-t", "-t", "-o", "out", "main.o", "--start-group", "lib.a", "--end-group"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    taken = {line.removeprefix("(lib.a)") for line in done.stdout.splitlines()}
    assert "".join(name.removesuffix(".o") for name in names if name in taken) == expected


def test_names_may_be_wanted_or_defined_besides() -> None:
    members = [unit("f", "f ?g"), unit("g", "g"), unit("h", "h")]
    assert [m.name for m in pull_members([], members, ["h", "f"], ())] == ["f", "g", "h"]
    assert [m.name for m in pull_members([], members, ["f"], ["g"])] == ["f"]
    assert pull_members([], members, ["f"], ["f"]) == []


def test_a_member_that_cannot_be_used_is_an_error_of_who_needs_it() -> None:
    bad = MaterializationUnit("bad", [UnitSymbol("f", weak=False)], [], error=LinkError("bad: thread-local"))
    assert pull_members([unit("main", "?g")], [bad], (), ()) == []
    with pytest.raises(LinkError, match="bad: thread-local") as caught:
        pull_members([unit("main", "?f")], [bad], (), ())
    assert caught.value.__notes__ == ["needed for f, which nothing else defines"]


def test_a_long_chain_in_the_wrong_order() -> None:
    members = [unit(str(n), f"f{n} ?f{n - 1}") for n in range(1, 3000)]
    assert len(pull_members([], members, ["f2999"], ())) == 2999
