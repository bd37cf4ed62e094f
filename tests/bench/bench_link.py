"""Linking alone: parse, prune, layout, fixups, of one object, against JITLink in process on the same file.

Nothing is shipped, so nothing else runs than link/ itself: addresses come from a counter, and every undefined
symbol lies far away, where it needs a stub. Targets are issue 1's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from exclave.controller.link import LinkInput, LinkOptions, SegmentRequest, link, parse_object

from . import corpora, peers
from .measure import Effort, Measurement, Peer, Target, median_ms
from .workshop import Unavailable

BASE = 0x10_0000_0000
FAR_AWAY = 0x7F00_0000_0000

PEER_PROCESSES = 7

# name, how to get the object, how many times faster it must be, repeats of ours, of the peer's in each process
Case = tuple[str, Callable[[], Path], float | None, int, int]
SMALL_CASES: list[Case] = [("tiny object", corpora.tiny_object, None, 300, 100)]
LARGE_CASES: list[Case] = [
    ("Lua, one object", corpora.lua_object, 6, 50, 5),
    ("zstd, one object", corpora.zstd_object, 6, 50, 5),
    ("Lua, -ffunction-sections", lambda: corpora.lua_object(function_sections=True), 40, 30, 3),
]


def measure(effort: Effort) -> Iterator[Measurement]:
    """A row per object."""
    for name, get, bound, ours, theirs in SMALL_CASES + ([] if effort.smoke else LARGE_CASES):
        target = Target("ratio", "at least", bound) if bound else None
        try:
            path = get()
        except Unavailable as why:
            yield Measurement("link", name, target=target, skipped=str(why))
            continue
        value = link_ms(path, effort.times(ours))
        peer, note = _peer(path, effort.times(theirs))
        yield Measurement("link", name, "ms", value, peer, target, note=note)


def link_ms(path: Path, times: int) -> float:
    """Median time of our parse and link of one object, in milliseconds."""
    data = path.read_bytes()
    options = LinkOptions(architecture="x86_64")
    return median_ms(lambda: link([LinkInput(parse_object(data, path.name), 1)], options, _resolve, _allocate), times)


def _resolve(names: Sequence[str]) -> Mapping[str, int]:
    return {name: FAR_AWAY + 16 * index for index, name in enumerate(names)}


def _allocate(requests: Sequence[SegmentRequest]) -> Sequence[int]:
    """Each segment behind the one before it, on pages of its own."""
    addresses, free = [], BASE
    for request in requests:
        addresses.append(free)
        free += (request.size + 0xFFFF) & ~0xFFFF
    return addresses


def _peer(path: Path, times: int) -> tuple[Peer | None, str]:
    try:
        return Peer("JITLink 19", peers.link_ms(path, times, PEER_PROCESSES)), ""
    except Unavailable as why:
        return None, str(why)
