"""What a layer of the sandbox says of itself.

Owns: the record. Must not know: which layers there are, how they work.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import NamedTuple

_ABSENT = {errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


class Layer(NamedTuple):
    """One layer of the sandbox: its name, whether it is in force, what it does or why it is not."""

    name: str
    active: bool
    detail: str


def optional_layer(name: str, detail: str, act: Callable[[], object]) -> Layer:
    """Puts a layer in force if the kernel has it; any failure but its absence is raised."""
    try:
        act()
    except OSError as error:
        if error.errno not in _ABSENT:
            raise
        return Layer(name, False, f"this kernel does not have it ({os.strerror(error.errno or 0)})")
    return Layer(name, True, detail)
