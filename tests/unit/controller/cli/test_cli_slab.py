"""Addresses and numbers of the command line."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from exclave.controller.cli.slab import Slab, parse_definitions, parse_number
from exclave.controller.errors import LinkError, OutOfMemoryError


def request(size: int, alignment: int = 16) -> SimpleNamespace:
    return SimpleNamespace(zone="code", size=size, alignment=alignment)


def test_each_segment_begins_a_page() -> None:
    slab = Slab(0x10010, 1 << 20)
    assert slab.allocate([request(1), request(4096), request(1, 1 << 16)]) == [0x11000, 0x12000, 0x20000]
    assert slab.allocate([request(1)]) == [0x21000]


def test_a_slab_that_is_too_small_says_what_would_do() -> None:
    requests = [request(4097), request(2)]
    with pytest.raises(OutOfMemoryError, match=r"it has 8193 bytes.* take 8194 .*--slab-size 0x2002 or more"):
        Slab(0x10000, 8193).allocate(requests)
    assert Slab(0x10000, 8194).allocate(requests) == [0x10000, 0x12000]


@pytest.mark.parametrize(("address", "size"), [(1 << 63, 1), (0, (1 << 63) + 1), ((1 << 64) - 1, 1)])
def test_a_slab_ends_where_addresses_do(address: int, size: int) -> None:
    with pytest.raises(LinkError, match=r"beyond 2\*\*63"):
        Slab(address, size)
    assert Slab((1 << 63) - 4096, 4096).allocate([request(4096)])


def test_definitions() -> None:
    assert parse_definitions(["a=1", "b=0x10", "c=d=2", "a=0x1"]) == {"a": 1, "b": 16, "c=d": 2}


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["nonsense"], "takes SYM=ADDR, not 'nonsense'"),
        (["=5"], "takes SYM=ADDR"),
        (["f="], "--define f: '' is no number"),
        (["f=x"], "--define f: 'x' is no number"),
        (["f=-1"], "no number"),
        (["f=0x10000000000000000"], "no number"),
        (["f=1", "f=2"], "--define f: it is 0x1 and 0x2"),
    ],
)
def test_definitions_that_are_none(texts: list[str], words: str) -> None:
    with pytest.raises(LinkError, match=words):
        parse_definitions(texts)


def test_numbers() -> None:
    assert parse_number("0b11", "x") == 3
    assert parse_number("0xffffffffffffffff", "x") == 2**64 - 1
