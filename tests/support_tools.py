"""Tools that a test needs besides Python, and the one way to say that they are missing.

Owns: the words of the skip reason, by which conftest.py turns it into a failure in CI.
Must not know: what the tools are used for.
"""

from __future__ import annotations

import shutil

import pytest

MISSING = "missing tool"


def require_tool(name: str, package: str | None = None) -> str:
    """The path of a program, or skip the test with a reason that says what to install."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{MISSING}: {name} (apt-get install {package or name})")
    return path
