"""Pictures of graphs: what they show, and that no name breaks them."""

from __future__ import annotations

import subprocess

import pytest
from exclave.controller.link import parse_object
from exclave.controller.link.dot import dot_graph
from support_elf import ABSOLUTE, FAR, ObjectBuilder, link_objects
from support_tools import require_tool

PC32, ABS64, GOTPCREL, PLT32 = 2, 1, 9, 4


def builder_of(*names: str, section: str = ".text") -> ObjectBuilder:
    """A block with functions of these names; each calls the next one, whom nobody may define."""
    builder = ObjectBuilder()
    text = builder.text(bytes(16 * len(names)), section)
    symbols = [builder.function(name, text, 16 * index, 16) for index, name in enumerate(names)]
    for index, symbol in enumerate([*symbols[1:], builder.symbol("outside")]):
        builder.relocate(text, 16 * index + 4, PLT32, symbol, -4)
    return builder


def test_arrows_go_from_symbol_to_symbol() -> None:
    text = dot_graph(link_objects(builder_of("f", "g"), symbols={"outside": FAR}).graph)
    assert '[label="block 0\\l0x1000000000, 32 bytes\\l|<s1> +0x0 f\\l|<s2> +0x10 g\\l"]' in text
    assert 'b0:s1 -> b0:s2 [label="+0x4\\nR_X86_64_PLT32 -0x4"]' in text
    assert "stub(outside)" in text
    assert "got(outside)" in text
    assert 'label="outside\\n0x7f0000000000"' in text
    assert 'label="0.o: .text (code)"' in text


def test_what_is_not_linked_can_be_seen_too() -> None:
    text = dot_graph(parse_object(builder_of("f").build(), "a.o"))
    assert 'label="block 0\\l16 bytes\\l|<s1> +0x0 f\\l"' in text
    assert 'label="outside\\nundefined"' in text


def test_dead_blocks_are_not_shown() -> None:
    text = dot_graph(link_objects(builder_of("f"), builder_of("gone"), symbols={"outside": FAR}, roots={"f"}).graph)
    assert "gone" not in text


NAMES = [
    'a"b',
    "a\\",
    "a|b",
    "{a}",
    "<a>",
    "a b",
    "&lt;",
    "\\N",
    "a\nb",
    "a\x07b",
    "ä€",
    "a\u202eb",
    "</>",
    "\\l",
    "->",
    "];",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_a_name(name: str) -> None:
    dot = require_tool("dot", "graphviz")
    builder = builder_of(name, section=name)
    builder.relocate(1, 8, ABS64, builder.symbol(f"{name} too", ABSOLUTE, 5))
    done = subprocess.run(
        [dot, "-Tplain"],
        input=dot_graph(link_objects(builder, symbols={"outside": FAR}).graph),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    nodes = [line for line in done.stdout.splitlines() if line.startswith("node ")]
    assert sorted(line.split()[1] for line in nodes) == ["b0", "b1", "b2", "x2", "x3"]


def test_blocks_that_refer_to_each_other_can_be_laid_out() -> None:
    """As a function and its cold part do; a record of such a pair was too much for older versions of dot."""
    dot = require_tool("dot", "graphviz")
    builder = ObjectBuilder()
    sections = [builder.text(name=f".text.{index}") for index in range(6)]
    symbols = [builder.function(f"f{index}", section) for index, section in enumerate(sections)]
    for index, section in enumerate(sections):
        for step, symbol in enumerate(symbols):
            builder.relocate(section, 4 + 8 * step, PC32, symbol, index)
    text = dot_graph(link_objects(builder).graph)
    assert text == dot_graph(link_objects(builder).graph)
    done = subprocess.run([dot, "-Tsvg"], input=text, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count('class="edge"') == 36
