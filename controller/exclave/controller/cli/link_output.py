"""What `exclave link` writes: the image in its three forms, and how long it took.

Owns: where it goes. Must not know: how anything is linked. Invariant: identical images give identical bytes; times go
to stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from ..errors import LinkError
from ..link import LinkAccount, LinkedImage
from ..link.dump import dump_image
from ..link.image_json import image_to_json
from .console import human_seconds, print_table


class Dump(StrEnum):
    """Forms of the result."""

    TEXT = "text"
    JSON = "json"
    IMAGE = "image"


def render(image: LinkedImage, form: Dump) -> bytes:
    """The result in one of its forms."""
    if form is Dump.IMAGE:
        return flat_image(image)
    if form is Dump.TEXT:
        return dump_image(image).encode(errors="backslashreplace")
    return f"{json.dumps(image_to_json(image), indent=1, sort_keys=True)}\n".encode()


def flat_image(image: LinkedImage) -> bytes:
    """All segments as they lie in memory, from the first address to the last byte of content."""
    first = min((segment.address for segment in image.segments), default=0)
    end = max((segment.address + len(segment.content) for segment in image.segments), default=0)
    flat = bytearray(end - first)
    for segment in image.segments:
        start = segment.address - first
        flat[start : start + len(segment.content)] = segment.content
    return bytes(flat)


def write_to(path: Path | None, content: bytes) -> None:
    """Write a file; to stdout if there is no path or it is `-`.

    Raises:
        LinkError: it cannot be written.
    """
    if path is None or str(path) == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        raise LinkError(f"cannot write {path}: {error.strerror}") from error


def print_times(before: Mapping[str, float], account: LinkAccount) -> None:
    """The seconds of what came before the link and of its phases, and how fast it was, to stderr."""
    seconds = {**before, **account.seconds}
    total, linking = sum(seconds.values()), sum(account.seconds.values())
    rows = [(phase, human_seconds(spent), f"{spent / total:6.1%}") for phase, spent in seconds.items()]
    rows.append(("total", human_seconds(total), ""))
    rows.append(
        ("edges per second", f"{account.edges / linking:,.0f}", f"{account.edges:,} in {human_seconds(linking)}")
    )
    print_table("times", rows, to_stderr=True)
