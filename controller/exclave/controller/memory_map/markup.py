"""SVG as text: elements with everything escaped, numbers in one form.

Owns: the escaping. Must not know: what is drawn. Invariant: whatever names it is given, the result is well-formed XML
and shows no control characters.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

Attribute = str | int | float
NARROW, WIDE = frozenset("ijltfrI.,:;'|!/()[] "), frozenset("mwMW@%")
LEAST_LETTERS = 4


def element(tag: str, *children: str, **attributes: Attribute) -> str:
    """An element; `children` are markup. `class_` is the attribute class, `text_anchor` text-anchor."""
    pairs = [f" {name.rstrip('_').replace('_', '-')}={_quoted(value)}" for name, value in attributes.items()]
    return f"<{tag}{''.join(pairs)}>{''.join(children)}</{tag}>" if children else f"<{tag}{''.join(pairs)}/>"


def text(content: str, x: float, y: float, **attributes: Attribute) -> str:
    """A line of text, whose baseline begins (or ends, or has its middle: `text_anchor`) at a place."""
    return element("text", escaped(content), x=x, y=y, **attributes)


def rectangle(x: float, y: float, width: float, height: float, *children: str, **attributes: Attribute) -> str:
    """A rectangle."""
    return element("rect", *children, x=x, y=y, width=width, height=height, **attributes)


def title(content: str) -> str:
    """What is shown when the pointer rests on the element around it; may have several lines."""
    return element("title", "\n".join(escaped(line) for line in content.split("\n")))


def escaped(content: str) -> str:
    """Text as markup."""
    return escape(printable(content))


def printable(content: str) -> str:
    """A name is whatever somebody gave; it must not break lines, nor move the cursor, nor be no text at all."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in content)


def shortened(content: str, most: int) -> str:
    """At most so many letters, one of which says that there were more. Of a path, the end tells more."""
    if len(content) <= most:
        return content
    ellipsis = "\N{HORIZONTAL ELLIPSIS}"
    return f"{ellipsis}{content[1 - most :]}" if "/" in content else f"{content[: most - 1]}{ellipsis}"


def fitted(content: str, room: float) -> str:
    """As much of it as has room in a label; empty if that would tell nothing."""
    for most in range(len(content), min(LEAST_LETTERS, len(content)) - 1, -1):
        words = shortened(content, most)
        if width_of(words) <= room:
            return words
    return ""


def width_of(words: str) -> float:
    """About how wide it is as a label; rather more than less."""
    return sum(4.2 if letter in NARROW else 9.8 if letter in WIDE else 6.7 for letter in words)


def _quoted(value: Attribute) -> str:
    return quoteattr(printable(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip("."))
