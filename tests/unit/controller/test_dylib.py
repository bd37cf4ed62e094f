"""The rules of strong and weak, one row each."""

import pytest
from exclave.controller.dylib import JITDylib
from exclave.controller.errors import DuplicateSymbolsError
from exclave.controller.units import MaterializationUnit, UnitSymbol


def unit(name, strong=(), weak=()):
    symbols = [UnitSymbol(n, weak=False) for n in strong] + [UnitSymbol(n, weak=True) for n in weak]
    return MaterializationUnit(name, symbols, [])


@pytest.fixture
def dylib():
    return JITDylib("main")


def test_two_strong_definitions_are_all_named_and_the_unit_is_not_added(dylib):
    dylib.add(unit("a.o", strong=["f", "g", "h"]))
    with pytest.raises(DuplicateSymbolsError) as caught:
        dylib.add(unit("b.o", strong=["f", "g", "only_here"]))
    assert caught.value.definitions == {"f": ("a.o", "b.o"), "g": ("a.o", "b.o")}
    assert dylib.find("only_here") is None


def test_strong_takes_the_place_of_weak_that_is_not_live(dylib):
    weak, strong = unit("weak.o", weak=["f"]), unit("strong.o", strong=["f"])
    dylib.add(weak)
    dylib.add(strong)
    assert dylib.find("f").unit is strong
    assert dylib.not_of(weak, ["f"]) == ["f"]


def test_weak_never_takes_a_place(dylib):
    first = unit("first.o", weak=["f"])
    dylib.add(first)
    dylib.add(unit("second.o", weak=["f"]))
    assert dylib.find("f").unit is first


def test_strong_after_live_weak_is_a_duplicate(dylib):
    weak = unit("weak.o", weak=["f"])
    dylib.add(weak)
    dylib.place(weak, {"f": 0x1000})
    with pytest.raises(DuplicateSymbolsError):
        dylib.add(unit("strong.o", strong=["f"]))


def test_removal_lets_the_other_weak_definition_in(dylib):
    first, second = unit("first.o", weak=["f"]), unit("second.o", weak=["f"])
    dylib.add(first)
    dylib.add(second)
    dylib.remove(first)
    assert dylib.find("f").unit is second


def test_absolute_definitions(dylib):
    dylib.define("f", 0x1234)
    assert dylib.find("f").address == 0x1234
    with pytest.raises(DuplicateSymbolsError, match="absolute"):
        dylib.add(unit("a.o", strong=["f"]))
    with pytest.raises(DuplicateSymbolsError, match="absolute"):
        dylib.define("f", 0x5678)


def test_archive_members_join_when_they_are_needed_and_bring_all_they_define(dylib):
    member, other = unit("x.a(m.o)", strong=["f", "g"]), unit("x.a(n.o)", strong=["h"])
    dylib.add_members([member, other])
    assert dylib.names() == []
    assert dylib.find("f").unit is member
    assert dylib.names() == ["f", "g"]


def test_a_definition_outside_of_the_archive_wins(dylib):
    own = unit("own.o", strong=["f"])
    dylib.add_members([unit("x.a(m.o)", strong=["f"])])
    dylib.add(own)
    assert dylib.find("f").unit is own


def test_several_units_are_added_together_or_not_at_all(dylib):
    dylib.add(unit("a.o", strong=["f"]))
    with pytest.raises(DuplicateSymbolsError) as caught:
        dylib.add(unit("b.o", strong=["g"]), unit("c.o", strong=["f"]))
    assert caught.value.definitions == {"f": ("a.o", "c.o")}
    assert dylib.find("g") is None
    assert [one.name for one in dylib.units()] == ["a.o"]


def test_a_successor_has_what_both_define_and_the_old_one_nothing(dylib):
    old, new, other = unit("old", strong=["f1", "n", "gone"]), unit("new", strong=["f2"]), unit("other", weak=["w"])
    dylib.add(old)
    dylib.place(old, {"f1": 1, "n": 2, "gone": 3})
    dylib.add(other)
    dylib.add(new)
    new.addresses = {"f2": 4, "n": 5}
    dylib.place(new, new.addresses)
    assert dylib.names_of(old) == {"f1", "n", "gone"}
    dylib.succeed(old, new, unit("", strong=["f2", "n"], weak=["w"]).definitions)
    assert {name: dylib.find(name).address for name in dylib.names()} == {"f2": 4, "n": 5, "w": None}
    assert dylib.find("w").unit is other
    assert (dylib.names_of(old), dylib.names_of(new)) == (set(), {"f2", "n"})
    assert old in dylib.units()
    dylib.remove(old)
    assert dylib.names() == ["f2", "n", "w"]


def test_what_a_removed_definition_leaves_is_the_successors_before_it_is_a_weak_ones(dylib):
    old, new, weak = unit("old", strong=["n"]), unit("new"), unit("weak", weak=["n"])
    dylib.add(old, new)
    dylib.place(old, {"n": 2})
    dylib.add(weak)
    new.addresses = {"n": 5}
    dylib.succeed(old, new, unit("", strong=["n"]).definitions)
    assert (dylib.find("n").unit, dylib.find("n").address) == (new, 5)
