"""Colours: of trackers, of everything else, on light and on dark ground.

Owns: the style sheet, which tracker has which colour. Must not know: where anything is drawn. Invariant: all rules are
for what is inside of `.exclave-map`, since in a notebook a style sheet is the whole page's; the picture has a ground of
its own, so that it can be read on any page.
"""

from __future__ import annotations

from collections.abc import Mapping

from .model import ADAPTERS, ARRAYS, IN_FLIGHT, KEPT, RUNTIME, MemoryMap

OF_OUR_OWN = {RUNTIME: "runtime", ADAPTERS: "adapters", ARRAYS: "arrays", KEPT: "kept", IN_FLIGHT: "flight"}
COLOURS = 9
"""For the largest trackers; the rest have one for all of them."""

_LIGHT = {
    "ground": "#ffffff", "frame": "#d9dee5", "ink": "#1f2733", "faint": "#667282", "block": "#f4f6f9",
    "edge": "#8b97a7", "hatch": "#c3ccd8", "label": "#ffffff",
    "t0": "#2f6fb3", "t1": "#c2571a", "t2": "#2e8540", "t3": "#a3368b", "t4": "#8a6d00", "t5": "#5b4bb5",
    "t6": "#007d8a", "t7": "#b3352f", "t8": "#7a4a2b",
    "rest": "#5a687b", "runtime": "#46505e", "adapters": "#79828e", "arrays": "#0f766e", "kept": "#4f8a85",
    "flight": "#b8860b",
}  # fmt: skip
_DARK = {
    "ground": "#14181f", "frame": "#2b323d", "ink": "#e6eaf0", "faint": "#97a3b3", "block": "#1c222b",
    "edge": "#6f7c8d", "hatch": "#3d4856", "label": "#10141a",
    "t0": "#7fb0e6", "t1": "#f0a06a", "t2": "#7cc98d", "t3": "#e08fd0", "t4": "#d9bf4a", "t5": "#a99cf2",
    "t6": "#5cc7d1", "t7": "#f08a84", "t8": "#c79a78",
    "rest": "#94a0ae", "runtime": "#aab4c1", "adapters": "#7f8a98", "arrays": "#4fc3b8", "kept": "#3c726e",
    "flight": "#e5b94e",
}  # fmt: skip
_STROKES = {"frame", "edge", "hatch"}


def style_sheet() -> str:
    """The text of the style element."""
    fixed = (
        ".exclave-map text{font:11px system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif}"
        ".exclave-map .heading{font-size:16px;font-weight:600}.exclave-map .name{font-size:13px;font-weight:600}"
        ".exclave-map .mono{font-family:ui-monospace,'DejaVu Sans Mono',monospace;font-size:10px}"
        ".exclave-map .tiny{font-size:10px}"
        ".exclave-map .line{fill:none}.exclave-map .padding{opacity:.4}"
        ".exclave-map .piece:hover{stroke:#000;stroke-width:1.5}"
    )
    dark = _rules(_DARK) + ".exclave-map .piece:hover{stroke:#fff}"
    return f"{fixed}{_rules(_LIGHT)}@media (prefers-color-scheme:dark){{{dark}}}"


def _rules(colours: Mapping[str, str]) -> str:
    kind = {name: "stroke" if name in _STROKES else "fill" for name in colours}
    return "".join(f".exclave-map .{name}{{{kind[name]}:{colour}}}" for name, colour in colours.items())


def classes_of(shown: MemoryMap) -> dict[str, str]:
    """The class of each tracker, the largest tracker first."""
    users = [name for name in shown.by_tracker if name not in OF_OUR_OWN]
    chosen = {name: f"t{index}" if index < COLOURS else "rest" for index, name in enumerate(users)}
    return {name: chosen.get(name) or OF_OUR_OWN[name] for name in shown.by_tracker}
