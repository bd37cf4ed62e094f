"""The legend of the picture: which colour is whose, and how much they have.

Owns: what it looks like. Must not know: bands. Invariant: the largest trackers come first; those that have no line of
their own are summed up in the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .markup import element, rectangle, shortened, text
from .model import MemoryMap
from .units import count_text, size_text

LINE = 20.0
LINES_MOST = 16
LEFT, NAME, SHARE, RIGHT = 24.0, 44.0, 380.0, 976.0
COLUMN = 92.0
NAME_LETTERS = 44
SHARE_WIDTH = 180.0


class Legend:
    """Lines of a tracker each, below a heading; `y` is its upper edge."""

    def __init__(self, shown: MemoryMap, classes: Mapping[str, str], y: float) -> None:
        self._shown = shown
        self._classes = classes
        self._y = y
        names = list(shown.by_tracker)
        self._named = names if len(names) <= LINES_MOST else names[: LINES_MOST - 1]
        self._more = names[len(self._named) :]
        sizes = list(shown.by_tracker.values())
        self._most = max([*sizes[: len(self._named)], sum(sizes[len(self._named) :]), 1])
        self.height = LINE * (len(self._named) + bool(self._more) + 1) + 48

    def draw(self) -> Iterator[str]:
        """Its elements."""
        yield element("path", d=f"M{LEFT} {self._y:.1f}H{RIGHT}", class_="line frame")
        yield from self._cells(self._y + 20, [*(zone.zone for zone in self._shown.zones), "all"], "faint")
        yield text("tracker", NAME, self._y + 20, class_="faint")
        y = self._y + 20 + LINE
        for name in self._named:
            yield from self._line(y, shortened(name, NAME_LETTERS), self._classes[name], [name])
            y += LINE
        if self._more:
            yield from self._line(y, f"and {count_text(len(self._more), 'tracker')} more", "rest", self._more)
            y += LINE
        yield from self._key(y + 8)

    def _line(self, y: float, words: str, colour: str, names: Sequence[str]) -> Iterator[str]:
        sizes = [sum(zone.by_tracker.get(name, 0) for name in names) for zone in self._shown.zones]
        yield rectangle(LEFT, y - 10, 12, 12, rx=2, class_=colour)
        yield text(words, NAME, y, class_="ink")
        cells = [size_text(size) if size else "\N{EN DASH}" for size in sizes]
        yield from self._cells(y, [*cells, size_text(sum(sizes))], "ink")
        share = max(1.0, SHARE_WIDTH * sum(sizes) / self._most)
        yield rectangle(SHARE, y - 7, share, 6, rx=2, class_=colour)

    def _cells(self, y: float, cells: Sequence[str], colour: str) -> Iterator[str]:
        for index, cell in enumerate(reversed(cells)):
            yield text(cell, RIGHT - index * COLUMN, y, class_=colour, text_anchor="end")

    def _key(self, y: float) -> Iterator[str]:
        """What is nobody's."""
        yield rectangle(LEFT, y - 10, 12, 12, class_="hole", fill="url(#exclave-map-hatch)")
        yield text("free in a block; torn where it is shortened", NAME, y, class_="faint")
        yield element("path", d=f"M{LEFT + 316} {y - 4:.1f}h24", class_="line edge", stroke_dasharray="1 4")
        yield text("no block was carved from it", LEFT + 348, y, class_="faint")
        yield text("what has few bytes is wider than to scale", RIGHT, y, class_="faint", text_anchor="end")
