"""Graphs and linked images of small real objects, as text: what changes in the linker shows as a diff.

The inputs are committed as sources and as objects, so that no compiler is needed; the commands that made them:
gcc 12 -O2 -fPIC -c (tiny, calls; groups with g++ -ffunction-sections), gcc 12 -O1 -mcmodel=large -fPIC (calls_large),
the same with -fno-pic (calls_nopic), clang 19 -O2 -fPIC -g (calls_clang), as (tables).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from exclave.controller.link import LinkedImage, LinkInput, LinkOptions, link, parse_object
from exclave.controller.link.dump import dump_image, image_to_json
from support_elf import FAR, allocate

FOLDER = Path(__file__).resolve().parent / "link"
OBJECTS = sorted(FOLDER.glob("*.o"))
NEAR = 0x10_3000_0000
Compare = Callable[[Path, str], None]


def resolve(names: Sequence[str]) -> dict[str, int]:
    """The unwinder's and the C++ library's data near, all else far away; a weak hook is nowhere."""
    near = ("_ZTV", "__gxx_personality", "__dso")
    return {
        name: (NEAR if name.startswith(near) else FAR) + 16 * index
        for index, name in enumerate(sorted(names))
        if name != "hook"
    }


def linked(*names: str, owners: Sequence[int] = (1, 2)) -> LinkedImage:
    graphs = [parse_object((FOLDER / name).read_bytes(), name) for name in names]
    inputs = [LinkInput(graph, owner) for graph, owner in zip(graphs, owners, strict=False)]
    return link(inputs, LinkOptions(), resolve, allocate)


@pytest.mark.parametrize("path", OBJECTS, ids=[path.stem for path in OBJECTS])
def test_graph(path: Path, golden: Compare) -> None:
    golden(path.with_suffix(".graph.txt"), parse_object(path.read_bytes(), path.name).dump())


@pytest.mark.parametrize("path", OBJECTS, ids=[path.stem for path in OBJECTS])
def test_image(path: Path, golden: Compare) -> None:
    image = linked(path.name)
    golden(path.with_suffix(".image.txt"), image.graph.dump() + dump_image(image))


@pytest.mark.parametrize("owners", [(1, 1), (1, 2)], ids=["together", "apart"])
def test_image_of_two(owners: tuple[int, int], golden: Compare) -> None:
    text = dump_image(linked("tiny.o", "calls.o", owners=owners))
    golden(FOLDER / f"two_{'together' if owners[0] == owners[1] else 'apart'}.image.txt", text)


def test_json_says_what_the_image_is() -> None:
    image = linked("calls.o")
    data = json.loads(json.dumps(image_to_json(image)))
    seen = [s for s in data["symbols"] if s["binding"] != "local"]
    assert {s["name"]: s["address"] for s in seen} == dict(image.symbols)
    assert {s["name"] for s in data["sections"]} >= {".text", ".data.rel.ro.local"}
    assert {e["target"] for e in data["stubs"]} <= {"qsort", "printf", "puts", "hook"}
    assert [s["content_size"] for s in data["segments"]] == [len(s.content) for s in image.segments]
    assert image_to_json(linked("calls.o")) == data
