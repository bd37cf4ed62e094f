"""Programs for seccomp: a small assembler of classic BPF.

Owns: instruction encodings and the shape of a filter: architecture check, rules in order, default.
Must not know: the policy. Source: linux/filter.h, linux/bpf_common.h, linux/seccomp.h.

A rule is a system call's number and a list of tests of its arguments; when the number matches, the tests
decide between the rule's action and the default, and no later rule is looked at unless it has the same
number. Tests look at the low halves of arguments: descriptors, protections, flags and signals are 32-bit in
the kernel.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

KILL_PROCESS = 0x80000000
TRAP = 0x00030000  # SIGSYS, which the kernel forces: blocked or ignored, it is the end of the process
ALLOW = 0x7FFF0000
_ERRNO = 0x00050000

_LOAD_WORD = 0x20  # A = data[k]
_AND = 0x54  # A &= k
_JUMP_EQUAL = 0x15  # pc += A == k ? jt : jf
_JUMP_GREATER_EQUAL = 0x35
_RETURN = 0x06

_OFFSET_NUMBER, _OFFSET_ARCHITECTURE, _OFFSET_ARGUMENTS = 0, 4, 16
_X32_BIT = 0x40000000

Instruction = tuple[int, int, int, int]  # code, jt, jf, k


class Condition(NamedTuple):
    """Whether an argument, masked, is one of some values."""

    argument: int
    mask: int
    values: tuple[int, ...]


class Rule(NamedTuple):
    """What becomes of a system call: the action if all tests hold."""

    number: int
    action: int = ALLOW
    tests: tuple[Condition, ...] = ()


def errno_action(number: int) -> int:
    """Makes the call fail with an errno without being made; with 0, it seems to succeed."""
    return _ERRNO | number


def assemble(architecture: int, rules: bytes, default: int = TRAP) -> bytes:
    """Builds the filter, an array of struct sock_filter, around rules that `encode_rules` made.

    A call of another architecture, or of x32, ends the process without a word: its number would mean nothing to us.

    Rules only jump within themselves, so the results of several `encode_rules` can be joined.
    """
    begin: list[Instruction] = [
        (_LOAD_WORD, 0, 0, _OFFSET_ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, KILL_PROCESS),
        (_LOAD_WORD, 0, 0, _OFFSET_NUMBER),
        (_JUMP_GREATER_EQUAL, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, KILL_PROCESS),
    ]
    return _encode(begin) + rules + _encode([(_RETURN, 0, 0, default)])


def encode_rules(rules: Sequence[Rule]) -> bytes:
    """The instructions of rules, in order."""
    return b"".join(_encode(_rule(rule)) for rule in rules)


def _encode(program: Sequence[Instruction]) -> bytes:
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


def _rule(rule: Rule) -> list[Instruction]:
    """`if number: [tests, else give up]; return action`; who gives up reloads the number."""
    reload_number: Instruction = (_LOAD_WORD, 0, 0, _OFFSET_NUMBER)
    body: list[Instruction] = [(_RETURN, 0, 0, rule.action)]
    if rule.tests:
        body.append(reload_number)
    for test in reversed(rule.tests):
        give_up = len(body) - 1  # from behind the test to the reload
        body = _test(test, give_up) + body
    return [(_JUMP_EQUAL, 0, len(body), rule.number), *body]


def _test(test: Condition, give_up: int) -> list[Instruction]:
    load: Instruction = (_LOAD_WORD, 0, 0, _OFFSET_ARGUMENTS + 8 * test.argument)
    code: list[Instruction] = [load, (_AND, 0, 0, test.mask)]
    for left, value in zip(range(len(test.values) - 1, -1, -1), test.values, strict=True):
        code.append((_JUMP_EQUAL, left, 0 if left else give_up, value))
    return code
