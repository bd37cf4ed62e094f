"""What came of a check, for people.

Owns: the text of a check that failed. Invariant: it names both sides and everything that was asked of the image.
"""

from __future__ import annotations

from dataclasses import dataclass

from .lines import Check


@dataclass(frozen=True)
class CheckResult:
    """A check, evaluated. `right` is None where it is not stated yet (`?`).

    sides: the texts of both. parts: text and value of all that the image was asked for. right_span: the place of the
    right-hand side in the check's text, if it is a number, which may be rewritten. signed: the left-hand side is.
    """

    check: Check
    file: str
    passed: bool
    left: int
    right: int | None
    sides: tuple[str, str]
    parts: tuple[tuple[str, int], ...]
    right_span: tuple[int, int] | None
    signed: bool

    def explain(self) -> str:
        """Several lines: the check, both sides, and the values that they are made of."""
        state = "holds" if self.passed else "does not hold" if self.right is not None else "is not stated yet"
        right = "?" if self.right is None else shown(self.right)
        lines = [f"{self.file}:{self.check.line}: {state}: {self.check.text}"]
        lines += [f"    left   {shown(self.left)}  {self.sides[0]}", f"    right  {right}  {self.sides[1]}"]
        lines += [f"    {text} = {shown(value)}" for text, value in self.parts if text not in self.sides]
        return "\n".join(lines)


def shown(value: int) -> str:
    """In hexadecimal, and what it is as a negative number if it may be one."""
    return f"{value:#x} ({value - (1 << 64):#x})" if value >> 63 else f"{value:#x}"
