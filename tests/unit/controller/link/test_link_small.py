"""Small objects: which are read without NumPy, and that a link cannot tell. (That both readers agree: tests/fuzz.)"""

from __future__ import annotations

from pathlib import Path

import pytest
from exclave.controller.errors import ObjectFormatError
from exclave.controller.link import LinkInput, LinkOptions, link, parse_object, read_object
from exclave.controller.link.dump import dump_image
from exclave.controller.link.packed import PackedGraph
from exclave.controller.link.small_object import MAX_BYTES, MAX_ROWS, read_small
from support_elf import ObjectBuilder, allocate

TESTS = Path(__file__).parents[3]
SMALL = (TESTS / "fuzz/corpus/gcc_tiny.o").read_bytes()
ODD = (TESTS / "fuzz/corpus/gcc_comdat.o").read_bytes()


def numbered(number: int) -> bytes:
    builder = ObjectBuilder()
    builder.function(f"f{number}", builder.text(bytes(16)), 0, 16)
    return builder.build()


def test_a_batch_of_both_kinds_links_as_if_it_were_of_one() -> None:
    files = [numbered(0), SMALL, ODD, numbered(1), numbered(2)]
    graphs = [read_object(data, f"{index}.o") for index, data in enumerate(files)]
    assert [isinstance(graph, PackedGraph) for graph in graphs] == [True, True, False, True, True]
    dumps = []
    for batch in (graphs, [parse_object(data, f"{index}.o") for index, data in enumerate(files)]):
        inputs = [LinkInput(graph, owner) for owner, graph in enumerate(batch)]
        image = link(inputs, LinkOptions(), lambda names: dict.fromkeys(names, 0x1000), allocate)
        dumps.append(dump_image(image))
    assert dumps[0] == dumps[1]


def test_what_is_large_is_not_small() -> None:
    assert read_small(SMALL + bytes(MAX_BYTES - len(SMALL)), "x") is not None
    assert read_small(SMALL + bytes(MAX_BYTES - len(SMALL) + 1), "x") is None


def test_many_symbols_are_not_small() -> None:
    for count in (MAX_ROWS - 3, MAX_ROWS):
        builder = ObjectBuilder()
        text = builder.text(bytes(16))
        for number in range(count):
            builder.function(f"f{number}", text, 0, 1)
        assert (read_small(builder.build(), "x") is not None) == (count < MAX_ROWS)


def test_an_error_is_the_other_readers() -> None:
    with pytest.raises(ObjectFormatError, match="truncated"):
        read_object(SMALL[:-1], "x")
