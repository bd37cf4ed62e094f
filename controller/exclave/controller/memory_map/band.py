"""One zone of the picture: a heading, and a band with its blocks.

Owns: what a zone looks like. Must not know: other zones, the scale. Invariant: what crosses the end of a row goes on in
the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .markup import element, fitted, rectangle, text, title, width_of
from .model import Allocation, ZoneMap
from .scale import Layout, Placed, lay_out
from .units import count_text, size_text

LEFT, WIDTH = 104.0, 872.0
HEADING = 26.0
ROW, ROW_GAP = 30.0, 8.0
INSET, CORNER = 4.0, 4.0
NAMES_MOST = 12
TOOTH, TEETH = 3.0, 6
TORN_LEAST = 64.0
"""Where a cut hole has less room than that in each row, its size is in its title only."""
PROTECTIONS = {"code": "read and execute", "readonly": "read", "data": "read and write"}


class Band:
    """A zone's band; `y` is the upper edge of its heading."""

    def __init__(self, zone: ZoneMap, classes: Mapping[str, str], y: float) -> None:
        self._zone = zone
        self._classes = classes
        self._y = y
        self._layout: Layout = lay_out(zone, WIDTH)
        self.height = HEADING + self._layout.rows * (ROW + ROW_GAP)

    def draw(self) -> Iterator[str]:
        """Its elements, the lowest first."""
        yield from self._heading()
        yield from self._addresses()
        for x, end in self._layout.blocks:
            yield from self._block(x, end)
        for placed in self._layout.pieces:
            yield from self._piece(placed)

    def _heading(self) -> Iterator[str]:
        zone, y = self._zone, self._y + 15
        yield text(zone.zone, 24, y, class_="name ink")
        yield text(PROTECTIONS.get(zone.zone, ""), LEFT, y, class_="faint")
        count = len(zone.allocations)
        words = [f"{size_text(zone.payload)} in {count_text(count, 'allocation')}" if count else "nothing allocated"]
        words += [f"{size_text(zone.padding)} padding"] if zone.padding else []
        words += [f"{size_text(zone.free)} free in {count_text(len(zone.blocks), 'block')}"] if zone.blocks else []
        words += [f"{size_text(zone.committed)} committed of {size_text(zone.end - zone.start)}"]
        yield text(" \N{MIDDLE DOT} ".join(words), LEFT + WIDTH, y, class_="faint", text_anchor="end")

    def _addresses(self) -> Iterator[str]:
        """Of what begins each row."""
        for row in range(self._layout.rows):
            first = next(placed for placed in self._layout.pieces if placed.end > row * WIDTH)
            address = first.piece.start + round(first.piece.size * max(0.0, row * WIDTH - first.x) / first.width)
            yield text(f"{address:#x}", LEFT - 12, self._row_y(row) + 19, class_="mono faint", text_anchor="end")

    def _row_y(self, row: int) -> float:
        return self._y + HEADING + row * (ROW + ROW_GAP)

    def _parts(self, x: float, end: float) -> Iterator[tuple[float, float, float]]:
        """A range of the band as x, y and width in each of its rows."""
        row = int(x // WIDTH)
        while x < end and row < self._layout.rows:
            stop = min(end, (row + 1) * WIDTH)
            yield LEFT + x - row * WIDTH, self._row_y(row), stop - x
            x, row = stop, row + 1

    def _block(self, x: float, end: float) -> Iterator[str]:
        parts = list(self._parts(x, end))
        for index, (left, y, width) in enumerate(parts):
            yield _outline(left, y, width, begins=index == 0, ends=index == len(parts) - 1)

    def _piece(self, placed: Placed) -> Iterator[str]:
        if placed.piece.kind == "used" and placed.piece.allocation is not None:
            yield from self._used(placed, placed.piece.allocation)
        elif placed.piece.kind == "hole":
            yield from self._hole(placed)
        else:
            yield from self._gap(placed)

    def _used(self, placed: Placed, one: Allocation) -> Iterator[str]:
        colour = self._classes[one.tracker]
        padding = placed.width * (one.address - one.start) / (one.end - one.start)
        if padding >= 0.5:
            for left, y, width in self._parts(placed.x, placed.x + padding):
                yield rectangle(left, y + INSET, width, ROW - 2 * INSET, class_=f"padding {colour}")
        parts = []
        for left, y, width in self._parts(placed.x + padding, placed.end):
            gap = 0.5 if width >= 4 else 0.0
            box = rectangle(left + gap, y + INSET, width - 2 * gap, ROW - 2 * INSET, rx=1.5, class_=f"piece {colour}")
            parts += [box, *_label(one.tracker, left, y, width)]
        yield element("g", title(_description(one)), *parts)

    def _hole(self, placed: Placed) -> Iterator[str]:
        size = size_text(placed.piece.end - placed.piece.start)
        parts = [
            rectangle(left, y + INSET, width, ROW - 2 * INSET, class_="hole", fill="url(#exclave-map-hatch)")
            for left, y, width in self._parts(placed.x, placed.end)
        ]
        left, y, width = max(self._parts(placed.x, placed.end), key=lambda part: part[2])
        if placed.cut and width >= TORN_LEAST:
            parts += _torn(left + width / 2, y, size)
        yield element("g", title(f"free: {size}\n{_range(placed.piece.start, placed.piece.end)}"), *parts)

    def _gap(self, placed: Placed) -> Iterator[str]:
        size = size_text(placed.piece.end - placed.piece.start)
        hint = title(f"no block was carved from it: {size}\n{_range(placed.piece.start, placed.piece.end)}")
        left, y, width = max(self._parts(placed.x, placed.end), key=lambda part: part[2])
        middle, room = y + ROW / 2, (width - width_of(size)) / 2 - 10
        dots = {"class_": "line edge", "stroke_dasharray": "1 4"}
        lines = [
            element("path", d=f"M{x:.1f} {middle:.1f}h{room:.1f}", **dots) for x in (left + 4, left + width - room - 4)
        ]
        words = text(size, left + width / 2, y + 18.5, class_="tiny faint", text_anchor="middle")
        yield element("g", hint, *lines, words)


def _outline(left: float, y: float, width: float, begins: bool, ends: bool) -> str:
    """A block's part in one row: open where it goes on in another."""
    right, bottom = left + width, y + ROW
    if begins and ends:
        return rectangle(left, y, width, ROW, rx=CORNER, class_="block edge")
    if begins:
        line = f"M{right:.1f} {y:.1f}H{left + CORNER:.1f}q-4 0-4 4V{bottom - CORNER:.1f}q0 4 4 4H{right:.1f}"
    elif ends:
        line = f"M{left:.1f} {y:.1f}H{right - CORNER:.1f}q4 0 4 4V{bottom - CORNER:.1f}q0 4-4 4H{left:.1f}"
    else:
        line = f"M{left:.1f} {y:.1f}H{right:.1f}M{right:.1f} {bottom:.1f}H{left:.1f}"
    ground = rectangle(left, y, width, ROW, rx=CORNER if begins or ends else 0, class_="block")
    return ground + element("path", d=line, class_="line edge")


def _label(name: str, left: float, y: float, width: float) -> list[str]:
    """A name, or what of it fits."""
    words = fitted(name, width - 11)
    return [text(words, left + 6, y + 19, class_="label", pointer_events="none")] if words else []


def _torn(x: float, y: float, words: str) -> list[str]:
    """A label on a strip with torn edges: here something was cut out."""
    half, step = width_of(words) / 2 + 6, (ROW + 4) / TEETH
    down = "".join(f"l{-TOOTH if i % 2 else TOOTH:g} {step:.2f}" for i in range(TEETH))
    up = "".join(f"l{-TOOTH if i % 2 else TOOTH:g} {-step:.2f}" for i in range(TEETH))
    left, right = (f"M{x + side:.1f} {y - 2:.1f}{down}" for side in (-half, half))
    strip = element("path", d=f"{left}H{x + half:.1f}{up}Z", class_="ground")
    edges = element("path", d=f"{left}{right}", class_="line edge")
    return [strip, edges, text(words, x, y + 18.5, class_="tiny faint", text_anchor="middle")]


def _description(one: Allocation) -> str:
    lines = [one.tracker, f"{_range(one.address, one.end)}: {size_text(one.size)}"]
    if one.start < one.address:
        lines.append(f"{one.address - one.start} bytes padding before it")
    lines += [f"{address:#x} {name}" for name, address in one.names[:NAMES_MOST]]
    more = len(one.names) - NAMES_MOST
    return "\n".join([*lines, f"and {count_text(more, 'name')} more"] if more > 0 else lines)


def _range(start: int, end: int) -> str:
    return f"{start:#x}..{end:#x}"
