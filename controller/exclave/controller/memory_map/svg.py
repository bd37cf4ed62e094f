"""The picture of a memory map: a heading, a band for each zone, a legend.

Owns: their order, and what all of them share. Must not know: how a band or a legend is drawn, where the map comes from.
Invariant: a document that needs nothing from elsewhere: no script, no font, no other file.
"""

from __future__ import annotations

from collections.abc import Iterator

from .band import Band
from .legend import Legend
from .markup import element, rectangle, text
from .model import MemoryMap
from .style import classes_of, style_sheet
from .units import size_text

WIDTH = 1000
TOP = 62.0
BETWEEN = 14.0


def draw(shown: MemoryMap) -> str:
    """The document."""
    classes = classes_of(shown)
    parts, y = list(_heading(shown)), TOP
    for zone in shown.zones:
        band = Band(zone, classes, y)
        parts += band.draw()
        y += band.height + BETWEEN
    legend = Legend(shown, classes, y)
    parts += legend.draw()
    return _document(shown, y + legend.height, parts)


def _heading(shown: MemoryMap) -> Iterator[str]:
    reserved = sum(zone.end - zone.start for zone in shown.zones)
    committed = sum(zone.committed for zone in shown.zones)
    payload = sum(zone.payload for zone in shown.zones)
    yield text(f"Memory of {shown.title}", 24, 36, class_="heading ink")
    words = f"{size_text(payload)} allocated, {size_text(committed)} committed, {size_text(reserved)} reserved"
    yield text(words, WIDTH - 24, 36, class_="ink", text_anchor="end")


def _document(shown: MemoryMap, height: float, parts: list[str]) -> str:
    ground = rectangle(0.5, 0.5, WIDTH - 1, height - 1, rx=8, class_="ground frame")
    body = "\n".join([element("style", style_sheet()), _hatch(), ground, *parts])
    return (
        element(
            "svg",
            f"\n{body}\n",
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {WIDTH} {height:.0f}",
            width=WIDTH,
            height=f"{height:.0f}",
            class_="exclave-map",
            style="max-width:100%;height:auto",
            role="img",
            aria_label=f"Memory of {shown.title}",
        )
        + "\n"
    )


def _hatch() -> str:
    lines = element("path", d="M-1 1l2-2M0 6l6-6M5 7l2-2", class_="hatch", stroke_width=1)
    pattern = element("pattern", lines, id="exclave-map-hatch", width=6, height=6, patternUnits="userSpaceOnUse")
    return element("defs", pattern)
