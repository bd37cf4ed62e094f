"""The cost of a link is per batch: no Python loop over symbols, sections or edges. Counted in lines, not in time."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest
from exclave.controller.link import LinkInput, LinkOptions, link, parse_object
from support_elf import ALLOC, WRITE, ObjectBuilder, allocate

R_64, R_PLT32, R_GOTPCREL = 1, 4, 9


def big(sections: int) -> bytes:
    """Functions in sections of their own, each with three edges; one external for all of them, one for each tenth."""
    builder = ObjectBuilder()
    data = builder.section(".data.rel.ro", bytes(8 * sections), ALLOC | WRITE, align=8)
    external = builder.symbol("external")
    for number in range(sections):
        section = builder.text(bytes(32), f".text.f{number}")
        function = builder.function(f"f{number}", section, 0, 32)
        called = builder.symbol(f"e{number}") if number % 10 == 0 else external
        builder.relocate(section, 1, R_PLT32, called, -4)
        builder.relocate(section, 9, R_GOTPCREL, function)
        builder.relocate(data, 8 * number, R_64, function)
    builder.symbol("table", data, 0, 8)
    return builder.build()


def lines_of(data: bytes) -> int:
    """Python lines that run in link/ to parse and link an object."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        if "/link/" not in frame.f_code.co_filename or "/tests/" in frame.f_code.co_filename:
            return None
        count += 1
        return trace

    sys.settrace(trace)
    try:
        graph = parse_object(data, "big.o")
        link([LinkInput(graph, 1)], LinkOptions(), lambda names: dict.fromkeys(names, 0x7F00_0000_0000), allocate)
    finally:
        sys.settrace(None)
    return count


@pytest.mark.skipif(sys.gettrace() is not None, reason="a debugger or coverage traces already")
def test_no_loop_over_sections_symbols_or_edges() -> None:
    small, large = lines_of(big(200)), lines_of(big(2000))
    assert large < 1.1 * small + 100
