"""Layout: properties over random objects, initializers, zero-fill, owners, pruning, limits."""

from __future__ import annotations

from itertools import pairwise

import pytest
from exclave.controller.errors import LinkError
from exclave.controller.link import LinkGraph, LinkInput, LinkOptions, PassConfiguration, link, parse_object
from hypothesis import given
from hypothesis import strategies as st
from support_elf import ALLOC, EXEC, NOBITS, WRITE, ObjectBuilder, allocate, link_objects, read, read_int

R_64 = 1
PLACES = {"code": ALLOC | EXEC, "readonly": ALLOC, "data": ALLOC | WRITE}

a_section = st.tuples(
    st.sampled_from(sorted(PLACES)), st.integers(0, 70), st.integers(0, 8).map(lambda n: 1 << n), st.booleans()
)
objects = st.lists(st.tuples(st.integers(1, 3), st.lists(a_section, min_size=1, max_size=8)), min_size=1, max_size=5)


@given(objects)
def test_blocks_are_aligned_disjoint_inside_and_keep_their_content(
    plan: list[tuple[int, list[tuple[str, int, int, bool]]]],
) -> None:
    builders, expected = [], {}
    for number, (owner, sections) in enumerate(plan):
        builder = ObjectBuilder()
        for index, (zone, size, alignment, zero_fill) in enumerate(sections):
            name = f"s{number}_{index}"
            content = b"" if zero_fill else bytes([1 + (number * 8 + index) % 255]) * size
            kind = NOBITS if zero_fill else 1
            section = builder.section(f".{name}", content, PLACES[zone], kind, alignment, size)
            builder.symbol(name, section, 0, size)
            expected[name] = (owner, zone, size, alignment, content or bytes(size))
        builders.append(builder)
    image = link_objects(*builders, owners=[owner for owner, _ in plan])
    assert {(s.owner, s.zone) for s in image.segments} == {(o, z) for o, z, *_ in expected.values()}
    assert len(image.segments) == len({(s.owner, s.zone) for s in image.segments})
    taken = []
    for name, (owner, zone, size, alignment, content) in expected.items():
        address = image.symbols[name]
        segment = next(s for s in image.segments if s.address <= address <= s.address + s.size and s.owner == owner
                       and s.zone == zone)  # fmt: skip
        assert address % alignment == 0
        assert address + size <= segment.address + segment.size
        assert (read(image, address, size) if size else b"") == content
        taken.append((address, address + size))
    taken = sorted(t for t in taken if t[0] < t[1])
    assert all(before[1] <= after[0] for before, after in pairwise(taken))


@given(objects)
def test_the_same_input_gives_the_same_bytes(plan: list[tuple[int, list[tuple[str, int, int, bool]]]]) -> None:
    builders = []
    for number, (_, sections) in enumerate(plan):
        builder = ObjectBuilder()
        for index, (zone, size, alignment, _) in enumerate(sections):
            section = builder.section(f".s{index}", bytes(range(size)), PLACES[zone], 1, alignment)
            builder.symbol(f"s{number}_{index}", section, 0, size)
        builders.append(builder.build())
    first, second = link_objects(*builders), link_objects(*builders)
    assert [bytes(s.content) for s in first.segments] == [bytes(s.content) for s in second.segments]
    assert first.symbols == second.symbols


def with_table(name: str, values: list[int], root: str, kind: int = 1) -> ObjectBuilder:
    builder = ObjectBuilder()
    builder.section(name, b"".join(v.to_bytes(8, "little") for v in values), ALLOC | WRITE, kind, 8)
    builder.symbol(root, builder.data(), 0, 8)
    return builder


@pytest.mark.parametrize(
    ("kind", "sections", "order"),
    [
        ("init_array", [".init_array", ".init_array.00200", ".init_array.101", ".init_array"], [3, 2, 1, 4]),
        ("fini_array", [".fini_array.65535", ".fini_array", ".fini_array.5"], [3, 1, 2]),
        ("ctors", [".ctors.65000", ".ctors", ".ctors.00001", ".ctors"], [2, 4, 3, 1]),
        ("dtors", [".dtors.7", ".dtors"], [2, 1]),
    ],
)
def test_tables_of_initializers_are_one_range_in_order(kind: str, sections: list[str], order: list[int]) -> None:
    image = link_objects(*[with_table(name, [n], f"r{n}") for n, name in enumerate(sections, 1)])
    (special,) = image.ranges
    assert (special.kind, special.size) == (kind, 8 * len(sections))
    values = [read_int(image, special.address + 8 * i) for i in range(len(sections))]
    assert values == order
    segment = next(s for s in image.segments if s.address <= special.address < s.address + s.size)
    assert segment.zone == "readonly", "it is relocated before it is shipped"


def test_preinit_comes_first_and_types_count_as_names_do() -> None:
    image = link_objects(
        with_table(".init_array", [2], "a", 14),
        with_table(".preinit_array", [1], "b", 16),
        with_table(".x", [9], "c", 15),
    )
    init, fini = image.ranges
    assert [read_int(image, init.address + 8 * i) for i in range(2)] == [1, 2]
    assert (fini.kind, read_int(image, fini.address)) == ("fini_array", 9)


def test_each_owner_has_its_own_ranges() -> None:
    image = link_objects(*[with_table(".init_array", [n], f"r{n}") for n in (1, 2)], owners=[5, 6])
    assert [(r.owner, read_int(image, r.address)) for r in image.ranges] == [(5, 1), (6, 2)]


def test_a_table_that_is_none_is_refused() -> None:
    builder = ObjectBuilder()
    builder.section(".init_array", bytes(7), ALLOC | WRITE)
    with pytest.raises(LinkError, match="7 bytes, which are no table of pointers"):
        link_objects(builder)


def test_relocated_read_only_data_is_read_only() -> None:
    builder = ObjectBuilder()
    for name in (".data.rel.ro", ".data.rel.ro.local.x", ".data.rel", ".data.read"):
        builder.symbol(name[1:], builder.section(name, bytes(8), ALLOC | WRITE, align=8), 0, 8)
    image = link_objects(builder)
    zones = {
        n: next(s.zone for s in image.segments if s.address <= a < s.address + s.size) for n, a in image.symbols.items()
    }
    assert [zones[n] for n in ("data.rel.ro", "data.rel.ro.local.x", "data.rel", "data.read")] == [
        "readonly", "readonly", "data", "data",
    ]  # fmt: skip


def test_zero_fill_is_not_shipped() -> None:
    builder = ObjectBuilder()
    builder.symbol("big", builder.section(".bss", b"", ALLOC | WRITE, NOBITS, 4096, 1 << 28), 0, 1 << 28)
    builder.symbol("small", builder.data(b"\1" * 8), 0, 8)
    (segment,) = link_objects(builder).segments
    assert (len(segment.content), segment.size >= 1 << 28) == (8, True)


def test_more_memory_than_the_limit_is_refused_with_numbers() -> None:
    builder = ObjectBuilder()
    builder.symbol("big", builder.section(".bss", b"", ALLOC | WRITE, NOBITS, 16, 2 << 30), 0, 8)
    builder.symbol("more", builder.section(".bss.2", b"", ALLOC | WRITE, NOBITS, 16, 16), 0, 8)
    with pytest.raises(LinkError, match=f"{(2 << 30) + 16} bytes of memory, the limit is {2 << 30}"):
        link_objects(builder)
    assert link_objects(builder, max_size=1 << 32).symbols.keys() == {"big", "more"}


def test_padding_counts_against_the_limit() -> None:
    builder = ObjectBuilder()
    for index in range(1024):
        builder.symbol(f"s{index}", builder.section(".x", b"\1", ALLOC, align=1 << 21), 0, 1)
    with pytest.raises(LinkError, match=r"bytes of content, with the padding in it, the limit is 1073741824"):
        link_objects(builder)
    with pytest.raises(LinkError, match="bytes of memory, the limit is 1073741824"):
        link_objects(builder, max_size=1 << 30)


def chain(length: int) -> ObjectBuilder:
    """f0 refers to f1, f1 to f2, ..., each in a section of its own; and nobody refers to `alone`."""
    builder = ObjectBuilder()
    sections = [builder.text(bytes(16), f".text.f{n}") for n in range(length)]
    symbols = [builder.function(f"f{n}", section, 0, 16) for n, section in enumerate(sections)]
    for section, symbol in zip(sections, symbols[1:], strict=False):
        builder.relocate(section, 0, 2, symbol, 0)
    builder.function("alone", builder.text(b"\1" * 16, ".text.alone"), 0, 16)
    return builder


def test_what_no_root_reaches_is_pruned() -> None:
    image = link_objects(chain(50), roots={"f10"})
    assert set(image.symbols) == {f"f{n}" for n in range(10, 50)}
    assert image.account.pruned == 11
    assert sum(s.size for s in image.segments) == 40 * 16


def test_without_roots_every_name_that_others_may_see_is_kept() -> None:
    builder = chain(3)
    builder.function("quiet", builder.text(b"\2" * 16, ".text.quiet"), 0, 16, "local")
    image = link_objects(builder)
    assert set(image.symbols) == {"f0", "f1", "f2", "alone"}
    assert image.account.pruned == 1


def test_retained_sections_and_initializers_are_kept() -> None:
    builder = chain(2)
    builder.section(".keep", b"k" * 8, ALLOC | 0x200000)
    builder.section(".init_array", bytes(8), ALLOC | WRITE, 14, 8)
    image = link_objects(builder, roots={"f1"})
    assert [r.kind for r in image.ranges] == ["init_array"]
    assert any(b"k" * 8 in bytes(s.content) for s in image.segments)


def test_a_section_per_function_is_copied_as_it_lies() -> None:
    builder = ObjectBuilder()
    for n in range(300):
        builder.function(f"f{n}", builder.text(bytes([n % 256]) * (1 + n % 40), f".text.f{n}"), 0, 1)
        builder.symbol(f"d{n}", builder.data(bytes([n % 256]) * 8, f".data.d{n}"), 0, 8)
    image = link_objects(builder)
    for n in range(300):
        assert read(image, image.symbols[f"f{n}"], 1 + n % 40) == bytes([n % 256]) * (1 + n % 40)
        assert read(image, image.symbols[f"d{n}"], 8) == bytes([n % 256]) * 8


def test_passes_run_at_their_phases_and_see_the_batch() -> None:
    seen: list[tuple[str, bool]] = []

    def at(phase: str):
        return lambda graph: seen.append((phase, bool(graph.symbol("f0").address)))

    phases = ("pre_prune", "post_prune", "post_allocation", "pre_fixup", "post_fixup")
    link_objects(chain(2), passes=PassConfiguration(**{phase: [at(phase)] for phase in phases}))
    assert seen == [
        ("pre_prune", False),
        ("post_prune", False),
        ("post_allocation", True),
        ("pre_fixup", True),
        ("post_fixup", True),
    ]


def test_a_pass_may_edit_and_the_input_stays_as_it_is() -> None:
    graph = parse_object(chain(3).build(), "x.o")
    before = graph.dump()

    def widen(batch: LinkGraph) -> None:
        batch.edges.addend += 8

    options = LinkOptions(passes=PassConfiguration(post_prune=[widen]))
    for _ in range(2):
        image = link([LinkInput(graph, 1)], options, lambda names: {}, allocate)
        assert read_int(image, image.symbols["f0"], 4) == 16 + 8
        assert graph.dump() == before


def test_resolve_and_allocate_are_called_once() -> None:
    calls: list[str] = []
    builder = chain(2)
    builder.relocate(1, 8, R_64, builder.symbol("a"))
    builder.relocate(2, 8, R_64, builder.symbol("b", binding="weak"))
    graph = parse_object(builder.build(), "x.o")

    def resolve(names):
        calls.append(f"resolve {sorted(names)}")
        return {"a": 1}

    def place(requests):
        calls.append(f"allocate {len(requests)}")
        return allocate(requests)

    link([LinkInput(graph, 1)], LinkOptions(), resolve, place)
    assert calls == ["resolve ['a', 'b']", "allocate 1"]


def test_an_address_that_is_not_aligned_is_refused() -> None:
    with pytest.raises(LinkError, match="not aligned"):
        link_objects(chain(1), place=lambda requests: [0x1001] * len(requests))


def test_nothing_and_other_architectures_are_refused() -> None:
    with pytest.raises(LinkError, match="nothing to link"):
        link([], LinkOptions(), lambda names: {}, allocate)
    with pytest.raises(LinkError, match="no architecture 'z80'"):
        link_objects(chain(1), architecture="z80")


def test_an_object_of_nothing_links_to_nothing() -> None:
    image = link_objects(ObjectBuilder())
    assert (image.segments, dict(image.symbols), image.ranges) == ([], {}, [])


def test_the_account() -> None:
    account = link_objects(chain(3), roots={"f1"}).account
    assert (account.objects, account.sections, account.symbols, account.edges) == (1, 4, 5, 2)
    assert (account.pruned, account.bytes) == (2, 32)
    assert set(account.seconds) == {"resolve", "prune", "externals", "tables", "layout", "fixups"}
