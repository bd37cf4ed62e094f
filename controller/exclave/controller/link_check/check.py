"""Holds checks against a linked image: this is the table of contents.

Owns: the order of the steps, and the one error. Must not know: how any of them works. Invariant: all checks that are
wrong are told at once, and the image is not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, NoReturn, TypeVar

from ..errors import CheckError
from ..link import LinkedImage
from .evaluate import Evaluator
from .grammar import parse_check
from .lines import Check, find_checks
from .mistakes import Mistake
from .results import CheckResult
from .tree import Comparison, Load, Node, Number, Unstated

T = TypeVar("T")
R = TypeVar("R")


class ParsedCheck(NamedTuple):
    """A check and its tree."""

    check: Check
    tree: Comparison


def check_image(image: LinkedImage, text: str, name: str) -> list[CheckResult]:
    """What comes of all checks in `text`, in its order; `name` is the file's, for messages.

    Raises:
        CheckError: checks that cannot be read or evaluated, all of them.
    """
    return run_checks(image, parse_checks(text, name), name)


def parse_checks(text: str, name: str) -> list[ParsedCheck]:
    """All checks in `text`.

    Raises:
        CheckError: some are none; all of these.
    """
    return _for_each(find_checks(text), lambda check: check, _parse, name)


def run_checks(image: LinkedImage, checks: Sequence[ParsedCheck], name: str) -> list[CheckResult]:
    """What comes of each.

    Raises:
        CheckError: some ask for what the image does not have; all of these.
    """
    evaluator = Evaluator(image)
    return _for_each(checks, lambda one: one.check, lambda one: _evaluate(evaluator, one, name), name)


def _parse(check: Check) -> ParsedCheck:
    return ParsedCheck(check, parse_check(check.text))


def _for_each(items: Iterable[T], check_of: Callable[[T], Check], do: Callable[[T], R], name: str) -> list[R]:
    """Do it to each, and raise what was wrong with any when all were tried."""
    done, wrong = [], []
    for item in items:
        try:
            done.append(do(item))
        except Mistake as mistake:
            wrong.append((check_of(item), mistake))
    if wrong:
        _raise(wrong, name)
    return done


def _raise(wrong: Sequence[tuple[Check, Mistake]], name: str) -> NoReturn:
    lines = (
        [f"{len(wrong)} check{'s' if len(wrong) > 1 else ''} cannot be read or evaluated:"] if len(wrong) > 1 else []
    )
    for check, mistake in wrong:
        lines.append(f"{name}:{check.line}:{check.column + mistake.column + 1}: {mistake}")
        lines += [f"    {check.text}", f"    {' ' * mistake.column}^"]
    first, mistake = wrong[0]
    column = first.column + mistake.column + 1
    raise CheckError("\n".join(lines), file=name, line=first.line, column=column)


def _evaluate(evaluator: Evaluator, parsed: ParsedCheck, name: str) -> CheckResult:
    check, tree = parsed
    parts: dict[Node, int] = {}
    left = evaluator.value(tree.left, parts)
    right = None if isinstance(tree.right, Unstated) else evaluator.value(tree.right, parts)
    return CheckResult(
        check=check, file=name, passed=right is not None and _holds(tree.operator, left, right), left=left, right=right,
        sides=(_text_of(check, tree.left), _text_of(check, tree.right)),
        parts=tuple({_text_of(check, node): value for node, value in parts.items()}.items()),
        right_span=_rewritable(tree), signed=isinstance(tree.left, Load) and tree.left.signed,
    )  # fmt: skip


def _text_of(check: Check, node: Node) -> str:
    return check.text[node.start : node.end]


def _holds(operator: str, left: int, right: int) -> bool:
    return {"=": left == right, "!=": left != right, "<": left < right, "<=": left <= right}[operator]


def _rewritable(tree: Comparison) -> tuple[int, int] | None:
    """Where the right-hand side is, if it is a plain number or not stated: what is meant by it, nobody else says."""
    plain = tree.operator == "=" and isinstance(tree.right, Number | Unstated)
    return (tree.right.start, tree.right.end) if plain else None
