"""Pictures of linked graphs, as Graphviz source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from exclave.controller.link import LinkInput, LinkOptions, link, parse_object
from exclave.controller.link.dot import dot_graph
from support_elf import FAR, allocate

FOLDER = Path(__file__).resolve().parent / "link"


def resolve(names: Sequence[str]) -> dict[str, int]:
    """What the unwinder reads near, all else far away."""
    near = ("_ZTV", "__gxx")
    return {
        name: (0x10_3000_0000 if name.startswith(near) else FAR) + 16 * row for row, name in enumerate(sorted(names))
    }


@pytest.mark.parametrize("name", ["tiny", "calls", "groups"])
def test_dot(name: str, golden: Callable[[Path, str], None]) -> None:
    graph = parse_object((FOLDER / f"{name}.o").read_bytes(), f"{name}.o")
    image = link([LinkInput(graph, 1)], LinkOptions(), resolve, allocate)
    golden(FOLDER / f"{name}.dot", dot_graph(image.graph))
