"""A short form of the fuzzing, for every run of the tests: mutated real objects, and noise."""

import random
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from elf_target import CORPUS, parse_and_link

EXTREMES = [
    0,
    1,
    7,
    0x7F,
    0xFF,
    0x7FFF,
    0xFFFF,
    1 << 31,
    (1 << 32) - 1,
    1 << 62,
    1 << 63,
    (1 << 64) - 1,
    (1 << 64) - 64,
]


@pytest.mark.parametrize("name", CORPUS)
def test_the_corpus_itself(name):
    # Only those that are not position independent cannot be linked where they have to be.
    assert parse_and_link(CORPUS[name], dump=True) == (name not in ("gcc_sections.o", "gcc_aarch64.o"))


@pytest.mark.parametrize("name", CORPUS)
def test_every_field_of_every_header_with_extreme_values(name):
    data = CORPUS[name]
    (table,) = struct.unpack_from("<Q", data, 40)
    (count,) = struct.unpack_from("<H", data, 60)
    offsets = [*range(0, 64, 2), *range(table, table + 64 * count, 8)]
    dice = random.Random(name)
    for offset in offsets:
        for value in dice.sample(EXTREMES, 2):
            for width in (2, 4, 8):
                mutated = bytearray(data)
                mutated[offset : offset + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")
                parse_and_link(bytes(mutated[: len(data)]))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(sorted(CORPUS)),
    changes=st.lists(
        st.tuples(st.integers(0, 1 << 16), st.sampled_from(EXTREMES), st.sampled_from([1, 2, 4, 8])),
        min_size=1,
        max_size=8,
    ),
    cut=st.one_of(st.none(), st.integers(0, 1 << 16)),
)
def test_mutated_objects(name, changes, cut):
    data = bytearray(CORPUS[name])
    for offset, value, width in changes:
        offset %= len(data)
        data[offset : offset + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")
    parse_and_link(bytes(data[: cut % len(data)] if cut is not None else data), dump=True)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_noise(data, with_magic):
    assert not parse_and_link(b"\x7fELF\x02\x01\x01" + data if with_magic else data)
