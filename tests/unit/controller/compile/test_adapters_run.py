"""Adapters run: in a process of their own, against functions as a C compiler makes them, compared with ctypes."""

import itertools
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from exclave.controller.compile import CompilePool, CompileRequest, Target, adapter_ir, module_source
from exclave.controller.types import Signature, parse_type

HOST = Path(__file__).parents[3] / "support_runtime_host.py"
TARGETS = {
    "x86_64": Target("x86_64-unknown-linux-gnu", "x86-64-v2", ""),
    "aarch64": Target("aarch64-unknown-linux-gnu", "generic", "+neon"),
    "riscv64": Target("riscv64-unknown-linux-gnu", "generic-rv64", "+a,+c,+d,+f,+m"),
}
# Name as an Exclave type: ctypes' type, the extension that a C compiler's callee relies on, how it widens the value.
# (plain i8 and so on are signed on purpose: a signless type takes both readings, and comes back signed)
C_TYPES = {
    "i1": ("c_bool", "zeroext", "zext"),
    "i8": ("c_int8", "signext", "sext"),
    "u8": ("c_uint8", "zeroext", "zext"),
    "i16": ("c_int16", "signext", "sext"),
    "u16": ("c_uint16", "zeroext", "zext"),
    "i32": ("c_int32", "signext", "sext"),
    "u32": ("c_uint32", "", "zext"),
    "i64": ("c_int64", "", ""),
    "u64": ("c_uint64", "", ""),
    "ptr": ("c_size_t", "", ""),
    "f32": ("c_float", "", ""),
    "f64": ("c_double", "", ""),
}


def signatures():
    """Every type alone, and lists that fill the registers of every class and go on on the stack."""
    yield "void", []
    for name in C_TYPES:
        yield name, [name]
    choose = random.Random(1)
    for length in (2, 3, 6, 7, 8, 9, 12, 18, 24):
        for _ in range(2):
            arguments = choose.choices(list(C_TYPES), k=length)
            yield choose.choice(arguments), arguments
    yield "f64", ["f64"] * 10 + ["i64"] * 8


SIGNATURES = list(signatures())


def callee(number, restype, argtypes):
    """A function that notes each argument, widened as C does, and returns the last one of its result's type."""
    lines, parameters, result = [], [], "  ret void"
    for i, name in enumerate(argtypes):
        llvm_type, (_, extension, widen) = parse_type(name).llvm, C_TYPES[name]
        parameters.append(f"{llvm_type} {extension} %a{i}")
        lines.append(f"  %p{i} = getelementptr i64, ptr @noted, i64 {i}")
        value, stored = f"%a{i}", llvm_type
        if widen:
            lines.append(f"  %w{i} = {widen} {llvm_type} %a{i} to i64")
            value, stored = f"%w{i}", "i64"
        lines.append(f"  store {stored} {value}, ptr %p{i}")
        if name == restype:
            result = f"  ret {llvm_type} %a{i}"
    extension = C_TYPES[restype][1] if restype != "void" else ""
    head = f"define {extension} {parse_type(restype).llvm} @callee_{number}({', '.join(parameters)}) {{"
    return "\n".join([head, *lines, result, "}", ""])


SCENARIO = """
import json, sys
from hypothesis import given, settings, strategies as st
from exclave.controller.types import Signature

def values(name):
    if name == "i1":
        return st.booleans()
    if name[0] == "f":
        return st.floats(width=int(name[1:]), allow_nan=False)
    bits = 64 if name == "ptr" else int(name[1:])
    return st.integers(-(1 << bits - 1), (1 << bits - 1) - 1) if name[0] == "i" else st.integers(0, (1 << bits) - 1)

noted = (ctypes.c_uint64 * 64).from_address(host.address("noted"))

def bits_noted(name, slot):
    return slot & 0xFFFFFFFF if name == "f32" else slot

def check(number, restype, argtypes, adapter):
    signature = Signature.parse(restype, argtypes)
    through_adapter = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(host.address(adapter))
    c_types = [getattr(ctypes, C_TYPES[name]) for name in argtypes]
    c_result = getattr(ctypes, C_TYPES[restype]) if restype != "void" else None
    address = host.address(f"callee_{number}")
    direct = ctypes.CFUNCTYPE(c_result, *c_types)(address)

    @settings(max_examples=12, deadline=None, database=None, derandomize=True)
    @given(st.tuples(*map(values, argtypes)))
    def compare(arguments):
        noted[:] = [0] * 64
        expected = direct(*arguments)
        expected_notes = [bits_noted(name, slot) for name, slot in zip(argtypes, noted)]
        noted[:] = [0] * 64
        # what lies beyond a narrow value in its slot must not matter
        slots = (ctypes.c_uint64 * max(len(argtypes), 1)).from_buffer_copy(signature.pack(arguments))
        for i, name in enumerate(argtypes):
            width = 64 if name == "ptr" else int(name[1:])
            slots[i] |= ~0 << width if i % 2 else 0
        through_adapter(address, ctypes.addressof(slots))
        assert [bits_noted(name, slot) for name, slot in zip(argtypes, noted)] == expected_notes, arguments
        assert signature.unpack(bytes(slots)[:8]) == expected, arguments

    compare()

for case in CASES:
    check(*case)
"""


@pytest.fixture(scope="module")
def pool():
    pool = CompilePool()
    yield pool
    pool.close()


def adapter_of(restype, argtypes):
    return adapter_ir(Signature.parse(restype, argtypes))


def test_the_signatures_are_many_and_fill_the_stack():
    assert max(len(argtypes) for _, argtypes in SIGNATURES) == 24
    assert set(itertools.chain(*(argtypes for _, argtypes in SIGNATURES))) == set(C_TYPES)


@pytest.mark.parametrize("adapter_opt", [0, 2])
def test_calls_through_adapters_are_ctypes_calls(pool, tmp_path, adapter_opt):
    adapters = dict(adapter_of(*signature) for signature in SIGNATURES)
    callees = "@noted = global [64 x i64] zeroinitializer\n" + "".join(
        callee(number, *signature) for number, signature in enumerate(SIGNATURES)
    )
    target = TARGETS[os.uname().machine]
    requests = [CompileRequest(module_source("\n".join(adapters.values()), "adapters"), target, adapter_opt)]
    requests.append(CompileRequest(module_source(callees, "callees"), target, 2))
    files = [tmp_path / "adapters.o", tmp_path / "callees.o"]
    for file, data in zip(files, pool.compile(requests), strict=True):
        file.write_bytes(data)
    cases = [(n, *signature, adapter_of(*signature)[0]) for n, signature in enumerate(SIGNATURES)]
    exports = [*adapters, "noted", *(f"callee_{n}" for n in range(len(SIGNATURES)))]
    c_types = {name: row[0] for name, row in C_TYPES.items()}
    done = subprocess.run(
        [sys.executable, HOST, *files],
        input=f"CASES = {json.dumps(cases)}\nC_TYPES = {c_types!r}\n{SCENARIO}",
        text=True,
        capture_output=True,
        env=os.environ | {"EXPORTS": " ".join(exports)},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("architecture", list(TARGETS))
def test_adapters_compile_for_every_architecture(pool, architecture):
    text = "\n".join(dict(adapter_of(*signature) for signature in SIGNATURES).values())
    assert pool.compile([CompileRequest(module_source(text, "adapters"), TARGETS[architecture])])
