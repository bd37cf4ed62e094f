"""Signatures that fill the registers of every kind and go on on the stack, with functions that notice every argument.

Owns: the lists, and the IR of those functions. Must not know: where they run.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from exclave.controller.types import parse_type

NARROW = {"i1": "zext", "i8": "sext", "u8": "zext", "i16": "sext", "u16": "zext", "i32": "sext", "u32": "zext"}
TYPES = [*NARROW, "i64", "u64", "f32", "f64"]
LENGTHS = (1, 2, 5, 8, 9, 11, 15, 20, 27)


def signatures() -> list[list[str]]:
    """Lists of argument types."""
    choose = random.Random(7)
    return [choose.choices(TYPES, k=length) for length in LENGTHS] + [["f64"] * 10 + ["i64"] * 10]


def numbers(choose: random.Random, argtypes: Sequence[str]) -> list[int]:
    """Values that each of the types has."""
    return [choose.randrange(2) if name == "i1" else choose.randrange(100) for name in argtypes]


def weight(values: Sequence[int]) -> int:
    """What a `weighed` function gives."""
    return sum(value * place for place, value in enumerate(values, 1))


def weighed(name: str, argtypes: Sequence[str]) -> str:
    """A function that gives the sum of its arguments, each times its place: as a double, which is exact here."""
    parameters, lines, total = [], [], "0.0"
    for i, argtype in enumerate(argtypes):
        llvm = parse_type(argtype).llvm
        parameters.append(f"{llvm} %a{i}")
        lines += [f"%d{i} = {_as_double(argtype, f'%a{i}')}", f"%w{i} = fmul double %d{i}, {i + 1}.0"]
        lines.append(f"%s{i} = fadd double {total}, %w{i}")
        total = f"%s{i}"
    body = "\n  ".join([*lines, f"ret double {total}"])
    return f"define double @{name}({', '.join(parameters)}) {{\n  {body}\n}}\n"


def _as_double(argtype: str, value: str) -> str:
    llvm = parse_type(argtype).llvm
    if argtype == "f64":
        return f"fadd double 0.0, {value}"
    convert = "fpext" if argtype == "f32" else "sitofp" if argtype in ("i8", "i16", "i32", "i64") else "uitofp"
    return f"{convert} {llvm} {value} to double"
