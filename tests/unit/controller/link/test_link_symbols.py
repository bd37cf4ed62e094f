"""ELF's symbol semantics: strong, weak, common, hidden, absolute, COMDAT, overriding, bounds of sections."""

from __future__ import annotations

import pickle
import re

import pytest
from exclave.controller.errors import DuplicateSymbolsError, LinkError, UndefinedSymbolsError
from exclave.controller.link import Definition, LinkedImage, Reference, parse_object
from support_elf import ABSOLUTE, ALLOC, CODE, COMMON, WRITE, ObjectBuilder, link_objects, read, read_int

R_64, R_PLT32 = 1, 4


def defining(name: str, value: int, binding: str = "global", visibility: str = "default") -> ObjectBuilder:
    """An object with an 8-byte variable `name`."""
    builder = ObjectBuilder()
    data = builder.data(value.to_bytes(8, "little"))
    builder.symbol(name, data, 0, 8, binding, "object", visibility)
    return builder


def pointing(*names: str, binding: str = "global") -> ObjectBuilder:
    """An object with a table `table` of pointers to these names."""
    builder = ObjectBuilder()
    data = builder.data(bytes(8 * len(names)))
    builder.symbol("table", data, 0, 8 * len(names))
    for index, name in enumerate(names):
        builder.relocate(data, 8 * index, R_64, builder.symbol(name, binding=binding))
    return builder


def value_through(image: LinkedImage, index: int = 0) -> int:
    """What the pointer in `table` points at."""
    return read_int(image, read_int(image, image.symbols["table"] + 8 * index))


@pytest.mark.parametrize(
    ("first", "second", "wins"),
    [("weak", "weak", 1), ("weak", "global", 2), ("global", "weak", 1), ("unique", "global", 2)],
)
def test_strong_wins_over_weak_and_the_first_over_the_second(first: str, second: str, wins: int) -> None:
    image = link_objects(pointing("x"), defining("x", 1, first), defining("x", 2, second))
    assert value_through(image) == wins
    assert read_int(image, image.symbols["x"]) == wins


def test_duplicate_strong_definitions_are_told_all_at_once() -> None:
    def both() -> ObjectBuilder:
        builder = defining("x", 1)
        builder.symbol("y", 1)
        return builder

    with pytest.raises(DuplicateSymbolsError) as caught:
        link_objects(both(), both(), both())
    assert caught.value.definitions == dict.fromkeys(("x", "y"), ("0.o", "1.o", "2.o"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.definitions == caught.value.definitions


def test_local_symbols_of_one_name_do_not_meet() -> None:
    def one(table: str, value: int) -> ObjectBuilder:
        builder = ObjectBuilder()
        data = builder.data(bytes(8) + value.to_bytes(8, "little"))
        local = builder.symbol("x", data, 8, 8, "local")
        builder.symbol(table, data, 0, 8)
        builder.relocate(data, 0, R_64, local)
        return builder

    image = link_objects(one("a", 1), one("b", 2))
    assert [read_int(image, read_int(image, image.symbols[name])) for name in "ab"] == [1, 2]
    assert "x" not in image.symbols


def test_undefined_symbols_are_told_all_at_once_with_who_refers_to_them() -> None:
    builder = ObjectBuilder()
    text = builder.text()
    builder.function("caller", text, 0, 16)
    builder.function("other", text, 16, 16)
    for offset, name, kind in ((1, "a", R_PLT32), (17, "b", 9), (21, "a", R_PLT32)):
        builder.relocate(text, offset, kind, builder.symbol(name))
    with pytest.raises(UndefinedSymbolsError) as caught:
        link_objects(builder, pointing("a"))
    assert caught.value.referrers == {"a": ("caller", "other", "table"), "b": ("other",)}
    assert pickle.loads(pickle.dumps(caught.value)).symbols == ("a", "b")


def test_a_strong_reference_makes_a_weak_one_strong() -> None:
    strong = pointing("x")
    strong.symbols[1] = ("strong_table", *strong.symbols[1][1:])
    with pytest.raises(UndefinedSymbolsError):
        link_objects(pointing("x", binding="weak"), strong)
    image = link_objects(pointing("x", binding="weak"))
    assert read_int(image, image.symbols["table"]) == 0


def test_what_nobody_refers_to_need_not_be_defined() -> None:
    builder = defining("x", 1)
    builder.symbol("nowhere")
    assert set(link_objects(builder).symbols) == {"x"}


def test_common_the_largest_with_the_strictest_alignment() -> None:
    def common(size: int, alignment: int) -> ObjectBuilder:
        builder = ObjectBuilder()
        builder.symbol("c", COMMON, alignment, size, type="object")
        return builder

    image = link_objects(pointing("c"), common(4, 64), common(100, 4), common(8, 8))
    assert image.symbols["c"] % 64 == 0
    assert read(image, image.symbols["c"], 100) == bytes(100)
    assert image.symbols["c"] == read_int(image, image.symbols["table"])


@pytest.mark.parametrize(("binding", "wins"), [("global", 7), ("weak", 0)])
def test_common_gives_way_to_strong_but_not_to_weak(binding: str, wins: int) -> None:
    common = ObjectBuilder()
    common.symbol("x", COMMON, 8, 8)
    assert value_through(link_objects(pointing("x"), common, defining("x", 7, binding))) == wins


def test_hidden_symbols_are_found_in_the_batch_and_marked() -> None:
    image = link_objects(
        pointing("x", "y"), defining("x", 5, visibility="hidden"), defining("y", 6, visibility="internal")
    )
    assert (value_through(image), value_through(image, 1)) == (5, 6)
    assert image.hidden == {"x", "y"}


def test_absolute_symbols_keep_their_value() -> None:
    builder = ObjectBuilder()
    builder.symbol("abs", ABSOLUTE, 0x1234)
    image = link_objects(pointing("abs"), builder)
    assert image.symbols["abs"] == 0x1234
    assert read_int(image, image.symbols["table"]) == 0x1234
    assert image.symbol_owner("abs") == 1


def test_symbols_belong_to_the_owner_of_their_definition() -> None:
    image = link_objects(
        pointing("x", "y"), defining("x", 1, "weak"), defining("x", 2), owners=[7, 8, 9], symbols={"y": 1}
    )
    assert {name: image.symbol_owner(name) for name in image.symbols} == {"table": 7, "x": 9}


def comdat(value: int, extra: str | None = None, signature: str = "g") -> ObjectBuilder:
    """A group `g` with an 8-byte variable, to which a local pointer of the object refers by name."""
    builder = ObjectBuilder()
    member = builder.section(".data.g", value.to_bytes(8, "little"), ALLOC | WRITE | 0x200, align=8)
    name = builder.symbol(signature, member, 0, 8, "weak", "object")
    if extra:
        builder.symbol(extra, member, 0, 8)
    builder.group(name, [member])
    data = builder.data(bytes(8))
    builder.symbol(f"pointer{value}", data, 0, 8)
    builder.relocate(data, 0, R_64, name)
    return builder


def test_of_comdat_groups_the_first_one_is_taken() -> None:
    image = link_objects(comdat(1, "e"), comdat(2, "e"))
    for pointer in ("pointer1", "pointer2"):
        assert read_int(image, read_int(image, image.symbols[pointer])) == 1
    assert sum(len(s.content) for s in image.segments if s.zone == "data") == 24, "the second copy is not shipped"


def section_comdat(value: int, section_name: str) -> ObjectBuilder:
    """The same with the section's symbol, which has no name of its own, as the group's signature."""
    builder = ObjectBuilder()
    member = builder.section(section_name, value.to_bytes(8, "little"), ALLOC | WRITE | 0x200, align=8)
    builder.group(builder.symbol("", member, binding="local", type="section"), [member])
    name = builder.symbol(f"base{section_name}", member, 0, 8, "weak", "object", "hidden")
    data = builder.data(bytes(8))
    builder.symbol(f"pointer{value}", data, 0, 8)
    builder.relocate(data, 0, R_64, name)
    return builder


def test_a_group_whose_signature_is_a_section_is_called_as_the_section() -> None:
    image = link_objects(section_comdat(1, ".one"), section_comdat(2, ".one"), section_comdat(3, ".other"))
    values = [read_int(image, read_int(image, image.symbols[f"pointer{number}"])) for number in (1, 2, 3)]
    assert values == [1, 1, 3]


def test_groups_that_are_not_comdat_are_all_kept() -> None:
    one, two = comdat(1), comdat(2, signature="h")
    for builder in (one, two):
        number = next(i for i, s in enumerate(builder.sections) if s.name == ".group")
        builder.sections[number].content = bytes(4) + builder.sections[number].content[4:]
    assert len(link_objects(one, two).symbols) == 4


def test_a_local_reference_into_a_lost_group_is_an_error() -> None:
    def one() -> ObjectBuilder:
        builder = comdat(1)
        builder.symbols = [(re.sub("pointer1", f"p{id(builder)}", s[0]), *s[1:]) for s in builder.symbols]
        local = builder.symbol("inside", 1, 0, 8, "local")
        builder.relocations[3] = [(0, R_64, local, 0)]
        return builder

    with pytest.raises(LinkError, match=r"1\.o: \.data\+0x0 refers to inside, which is in .* COMDAT"):
        link_objects(one(), one())


def test_overridden_weak_definitions_give_way() -> None:
    both = defining("x", 1, "weak")
    image = link_objects(pointing("x"), both, overridden={"x"}, symbols={"x": 0x4000})
    assert read_int(image, image.symbols["table"]) == 0x4000
    assert "x" not in image.symbols
    assert link_objects(defining("x", 1), overridden={"x"}).symbols.keys() == {"x"}, "a strong one does not"


def test_overriding_needs_a_definition_elsewhere() -> None:
    with pytest.raises(UndefinedSymbolsError):
        link_objects(pointing("x"), defining("x", 1, "weak"), overridden={"x"})


def bounded(value: int, name: str = "items") -> ObjectBuilder:
    builder = ObjectBuilder()
    builder.section(name, value.to_bytes(8, "little"), ALLOC | WRITE, align=8)
    table = builder.data(bytes(16))
    builder.symbol(f"bounds{value}", table, 0, 16)
    builder.relocate(table, 0, R_64, builder.symbol(f"__start_{name}"))
    builder.relocate(table, 8, R_64, builder.symbol(f"__stop_{name}"))
    return builder


def test_start_and_stop_span_the_section_of_all_objects_of_an_owner() -> None:
    image = link_objects(bounded(1), bounded(2), bounded(3), owners=[1, 2, 1])
    first, second, third = ([read_int(image, image.symbols[f"bounds{n}"] + 8 * i) for i in (0, 1)] for n in (1, 2, 3))
    assert first == third
    assert second[1] - second[0] == 8
    assert [read_int(image, a) for a in range(*first, 8)] == [1, 3]


def test_a_bounded_section_is_kept_by_its_bounds_only() -> None:
    lonely = ObjectBuilder()
    lonely.section("items", bytes(8), ALLOC | WRITE, align=8)
    lonely.symbol("root", lonely.data(), 0, 8)
    assert link_objects(lonely).account.pruned == 1
    assert link_objects(bounded(1)).account.pruned == 0


def test_start_of_a_section_that_is_not_there_is_undefined() -> None:
    with pytest.raises(UndefinedSymbolsError, match="__start_nothing"):
        link_objects(pointing("__start_nothing"))
    image = link_objects(pointing("__start_nothing", binding="weak"))
    assert read_int(image, image.symbols["table"]) == 0


def test_definitions_and_references() -> None:
    builder = comdat(1)
    builder.symbol("common", COMMON, 8, 8)
    builder.function("f", builder.text())
    builder.symbol("absolute", ABSOLUTE, 1)
    builder.symbol("secret", 1, visibility="hidden")
    builder.symbol("local", 1, binding="local")
    builder.symbol("needed")
    builder.symbol("wanted", binding="weak")
    builder.symbol("_GLOBAL_OFFSET_TABLE_")
    graph = parse_object(builder.build(), "x.o")
    assert graph.definitions() == [
        Definition("g", "weak", False, False, True, 8),
        Definition("pointer1", "strong", False, False, False, 8),
        Definition("common", "common", False, False, False, 8),
        Definition("f", "strong", False, True, False, 1),
        Definition("absolute", "strong", False, False, False, 0),
        Definition("secret", "strong", True, False, True, 0),
    ]
    assert graph.references() == [Reference("needed", False), Reference("wanted", True)]


def test_views_of_symbols() -> None:
    builder = defining("x", 0x11, "weak", "hidden")
    graph = parse_object(builder.build(), "x.o")
    view = graph.symbol("x")
    assert (view.name, view.binding, view.place, view.section, view.size) == ("x", "weak", "block", ".data", 8)
    assert (view.hidden, view.callable, view.offset, view.content[:1]) == (True, False, 0, b"\x11")
    with pytest.raises(KeyError):
        graph.symbol("y")


def test_names_in_utf_8_and_names_that_are_tails_of_others() -> None:
    builder = defining("größe", 1)
    builder.symbol("barfoo", 1)
    data = builder.build()
    graph = parse_object(data, "x.o")
    assert [d.name for d in graph.definitions()] == ["größe", "barfoo"]
    start = data.index(b"barfoo\0")
    at = data.index((start - data.index(b"\0gr")).to_bytes(4, "little") + b"\x10")
    tail = data[:at] + (start - data.index(b"\0gr") + 3).to_bytes(4, "little") + data[at + 4 :]
    assert [d.name for d in parse_object(tail, "x.o").definitions()] == ["größe", "foo"]


def test_symbolize() -> None:
    builder = ObjectBuilder()
    text = builder.text()
    builder.function("f", text, 0, 16)
    builder.function("helper", text, 16, 16, "local")
    image = link_objects(builder)
    f = image.symbols["f"]
    assert [image.symbolize(f + d) for d in (0, 5, 16, 20)] == ["f", "f+0x5", "helper", "helper+0x4"]
    assert image.symbolize(f + 64) is None
    assert image.symbolize(1) is None


def test_labels_of_the_assembler_name_no_code() -> None:
    builder = ObjectBuilder()
    text = builder.text()
    builder.function("f", text, 0, 64)
    for name in ("$x", ".L0 ", ".Lloop"):
        builder.symbol(name, text, 8, binding="local")
    builder.symbol("inner", text, 32, binding="local")
    image = link_objects(builder)
    assert [image.symbolize(CODE + at) for at in (0, 8, 9, 40)] == ["f", "f+0x8", "f+0x9", "inner+0x8"]
    assert image.graph.function_at(0, 9) == "f"
