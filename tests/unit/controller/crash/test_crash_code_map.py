"""What lies at an address, as code comes and goes: the live before the removed, and no more of these than a few."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from exclave.controller.crash.code_map import KEPT, CodeMap
from exclave.controller.link import LinkInput, LinkOptions, link, parse_object
from support_elf import allocate

OBJECT = (Path(__file__).parents[3] / "golden" / "crash" / "crashes.o").read_bytes()


@pytest.fixture(scope="module")
def linked():
    graph = parse_object(OBJECT, "crashes.o")
    return link([LinkInput(graph, 0)], LinkOptions(), lambda names: dict.fromkeys(names, 0x7F0000001000), allocate)


@pytest.fixture
def address(linked):
    return next(iter(linked.symbols.values()))


def unit(name="crashes.o", state="live"):
    return SimpleNamespace(name=name, state=state)


def test_what_is_live_is_found_before_what_lay_there(linked, address):
    code = CodeMap()
    old, new = unit("old", "removed"), unit("new")
    code.add(linked, [new])
    code.add(linked, [old])
    assert (code.find(address).unit, code.find(address).freed) == ("new", False)
    new.state = "removed"
    assert (code.find(address).unit, code.find(address).freed) == ("old", True)
    assert code.code(address) is None


def test_what_did_not_go_live_is_not_found_and_may_come_again(linked, address):
    code, one = CodeMap(), unit()
    code.add(linked, [one])
    code.remove([one])
    assert code.find(address) is None
    code.add(linked, [one])
    assert code.find(address).unit == "crashes.o"


def test_it_does_not_grow_with_what_comes_and_goes(linked, address):
    code, stays = CodeMap(), unit("stays")
    code.add(linked, [stays])
    for number in range(50 * KEPT):
        code.add(linked, [unit(f"u{number}", "removed")])
        assert len(code._images) < 3 * KEPT
    assert code.find(address).unit == "stays"
    stays.state = "removed"
    assert code.find(address).unit == f"u{50 * KEPT - 1}"


def test_all_that_is_live_is_kept(linked, address):
    code = CodeMap()
    units = [unit(f"u{number}") for number in range(5 * KEPT)]
    for one in units:
        code.add(linked, [one])
    for one in units[1:]:
        one.state = "removed"
    assert code.find(address).unit == "u0"
    code.clear()
    assert code.find(address) is None
