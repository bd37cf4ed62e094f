"""Chunks: every byte once and in order, none larger than allowed; nothing that was not asked for goes anywhere."""

import pytest
from exclave.controller.errors import ExecutorError
from exclave.controller.remote.chunks import CHUNK_BYTES, MOST_RANGES, chunked, in_batches, scatter


@pytest.mark.parametrize("sizes", [[], [0], [5], [CHUNK_BYTES], [CHUNK_BYTES + 1], [3, 0, 2 * CHUNK_BYTES, 7, 9]])
def test_contents_are_cut_and_joined(sizes):
    contents = [bytes([number]) * size for number, size in enumerate(sizes)]
    chunks = list(chunked(contents))
    assert b"".join(chunks) == b"".join(contents)
    assert all(len(chunk) == CHUNK_BYTES for chunk in chunks[:-1])
    assert all(0 < len(chunk) <= CHUNK_BYTES for chunk in chunks)


@pytest.mark.parametrize("chunks", [[b"abcdef"], [b"a", b"", b"bcde", b"f"], [b"ab", b"cd", b"ef"]])
def test_what_came_goes_where_it_belongs(chunks):
    places = bytearray(2), bytearray(0), bytearray(3), bytearray(1)
    scatter(chunks, [*map(memoryview, places)])
    assert places == (b"ab", b"", b"cde", b"f")


@pytest.mark.parametrize(("chunks", "how"), [([b"abc"], "fewer"), ([], "fewer"), ([b"abcde"], "more")])
def test_a_wrong_number_of_bytes_is_told(chunks, how):
    places = bytearray(2), bytearray(2)
    with pytest.raises(ExecutorError, match=f"the executor sent {how} bytes"):
        scatter(chunks, [*map(memoryview, places)])


def test_a_request_has_no_more_ranges_than_allowed():
    items = list(range(2 * MOST_RANGES + 1))
    batches = list(in_batches(items))
    assert [len(batch) for batch in batches] == [MOST_RANGES, MOST_RANGES, 1]
    assert [item for batch in batches for item in batch] == items
