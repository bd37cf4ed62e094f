"""Rewrites expectations: numbers on right-hand sides become what the image has.

Owns: which and how. Invariant: only right-hand sides that are plain numbers, or `?`, change; formulas are what
somebody means, and stay.
"""

from __future__ import annotations

from collections.abc import Iterable

from .results import CheckResult


def update_expectations(text: str, results: Iterable[CheckResult]) -> str:
    """The text of a file, with the numbers that its failed checks would need."""
    lines = text.split("\n")
    for result in results:
        if not result.passed and result.right_span:
            start, end = (result.check.column + at for at in result.right_span)
            line = lines[result.check.line - 1]
            lines[result.check.line - 1] = line[:start] + _number(result) + line[end:]
    return "\n".join(lines)


def _number(result: CheckResult) -> str:
    """Negative where the sign was loaded."""
    negative = result.signed and result.left >> 63
    return f"{result.left - (1 << 64) if negative else result.left:#x}"
