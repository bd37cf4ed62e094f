"""Numbers for people, in the same form on every machine.

Owns: this form. Must not know: what is counted.
"""

from __future__ import annotations


def size_text(count: int) -> str:
    """`3.4 KiB`; whole numbers without their `.0`."""
    value, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB"):
        if value < 1023.5:  # else it would be shown as 1024
            break
        value, unit = value / 1024, larger
    text = f"{value:.0f}" if unit == "B" or value >= 100 else f"{value:.1f}"
    return f"{text.removesuffix('.0')} {unit}"


def count_text(count: int, word: str) -> str:
    """`1 block`, `2 blocks`."""
    return f"{count} {word}{'' if count == 1 else 's'}"
