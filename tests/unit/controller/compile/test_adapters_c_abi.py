"""Structs, vectors and variadic functions: our calls against functions that a C compiler made, in both directions."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import support_c_abi as c_abi
from exclave.controller.compile import (
    CompilePool,
    CompileRequest,
    Target,
    adapter_ir,
    callback_stub_ir,
    map_adapter_ir,
    module_source,
)
from exclave.controller.types import Signature
from support_tools import require_tool

HOST = Path(__file__).parents[3] / "support_runtime_host.py"
ARCHITECTURE = os.uname().machine
TARGETS = {
    "x86_64": Target("x86_64-unknown-linux-gnu", "x86-64-v2", ""),
    "aarch64": Target("aarch64-unknown-linux-gnu", "generic", "+neon"),
    "riscv64": Target("riscv64-unknown-linux-gnu", "generic-rv64", "+a,+c,+d,+f,+m"),
}
DECLARATIONS = c_abi.declarations()
COMPILERS = ["gcc", *(["clang-19"] if shutil.which("clang-19") else [])]

CHECKS = """
import random, sys
sys.path[:0] = PATHS
import support_c_abi as c_abi
from exclave.controller.types import Signature

choose = random.Random(5)

def memory(name, size):
    return (ctypes.c_char * size).from_address(host.address(name))

noted, answer, inputs, results, seen = (memory(n, 65536 if n in ("noted", "inputs", "seen") else 1024)
    for n in ("noted", "answer", "inputs", "results", "seen"))
noting, seen_id, seen_size, answer_size = (ctypes.c_uint64.from_address(host.address(n))
    for n in ("noting", "seen_id", "seen_size", "answer_size"))

def call(name, *pointers):
    ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(pointers))(host.address(name))(*pointers)

def clear():
    noted[:65536] = bytes(65536)
    noting.value = host.address("noted")

def same(t, got, wanted, what):
    assert c_abi.without_padding(t, got) == c_abi.without_padding(t, wanted), (what, str(t), got, wanted)

def check_notes(signature, values, what):
    place = 0
    for t, value in zip(signature.argtypes, values):
        same(t, noted[place:place + t.size], value, what)
        place += t.size

def check_call(text, signature, adapter):
    values = [c_abi.random_bytes(t, choose) for t in signature.argtypes]
    returned = c_abi.random_bytes(signature.restype, choose)
    clear()
    answer[:len(returned)] = returned
    slots = (ctypes.c_char * (signature.slots_size + 32))()
    slots[:] = choose.randbytes(len(slots))  # what lies beyond a value must not matter
    for place, value in zip(signature.offsets, values):
        slots[place:place + len(value)] = value
    behind = slots[signature.slots_size:]
    call(adapter, host.address(text.partition("(")[0].rpartition(" ")[2]), ctypes.addressof(slots))
    check_notes(signature, values, text)
    same(signature.restype, slots[:signature.restype.size], returned, "result of " + text)
    assert slots[signature.slots_size:] == behind, text

def check_packing(text, signature, adapter):
    # the same by Python's values, for which NaNs of floats would not come back bit by bit
    values = [zeroed(t) for t in signature.argtypes]
    clear()
    returned = zeroed(signature.restype)
    answer[:len(returned)] = returned
    given = [Signature(t, (), c_abi=True).unpack(v.ljust(8, b"\\0")) for t, v in zip(signature.argtypes, values)]
    slots = ctypes.create_string_buffer(signature.pack(given), signature.slots_size)
    call(adapter, host.address(text.partition("(")[0].rpartition(" ")[2]), ctypes.addressof(slots))
    check_notes(signature, values, text)
    result = signature.unpack(slots.raw)
    again = signature.pack_result(result)
    same(signature.restype, again, returned, "packed result of " + text)

def zeroed(t):
    content = bytearray(c_abi.random_bytes(t, choose))
    for leaf, place in c_abi.leaves(t):
        if leaf.kind == "float":
            content[place:place + leaf.size] = bytes(leaf.size - 2) + b"\\x30\\x40"
    return bytes(content)

def check_map(text, signature, adapter):
    count, stride = 3, max(signature.restype.size, 1)
    columns = [[c_abi.random_bytes(t, choose) for _ in range(count)] for t in signature.argtypes]
    returned = c_abi.random_bytes(signature.restype, choose)
    clear()
    answer[:len(returned)] = returned
    buffers = [ctypes.create_string_buffer(b"".join(column), sum(map(len, column))) for column in columns]
    target = ctypes.create_string_buffer(b"\\xa5" * (count * stride + 32), count * stride + 32)
    head = [count, 99, ctypes.addressof(target), stride]
    for t, buffer in zip(signature.argtypes, buffers):
        head += [ctypes.addressof(buffer), t.size]
    slots = (ctypes.c_uint64 * len(head))(*head)
    call(adapter, host.address(text.partition("(")[0].rpartition(" ")[2]), ctypes.addressof(slots))
    assert slots[1] == count - 1
    place = 0
    for index in range(count):
        for t, column in zip(signature.argtypes, columns):
            same(t, noted[place:place + t.size], column[index], "map of " + text)
            place += t.size
        at = index * stride
        same(signature.restype, target.raw[at:at + signature.restype.size], returned, "map of " + text)
    assert target.raw[count * signature.restype.size:count * stride + 32].strip(b"\\xa5") == b"", text

def check_callback(text, signature, number):
    values = [c_abi.random_bytes(t, choose) for t in signature.argtypes]
    name = text.partition("(")[0].rpartition(" ")[2]
    packed = b"".join(values)
    inputs[:len(packed)] = packed
    returned = c_abi.random_bytes(signature.restype, choose)
    answer[:len(returned)] = returned
    answer_size.value = len(returned)
    call(name + "_calls", host.address("stub_" + name))
    assert (seen_id.value, seen_size.value) == (number, signature.slots_size)
    content = seen[:seen_size.value]
    for t, place, value in zip(signature.argtypes, signature.offsets, values):
        same(t, content[place:place + t.size], value, "callback " + text)
    for t, got, value in zip(signature.argtypes, signature.unpack_arguments(content), values):
        if t.kind == "int":
            assert got == Signature(t, ()).unpack(value.ljust(8, b"\\0")), text
    same(signature.restype, results[:signature.restype.size], returned, "result of callback " + text)

for number, (text, adapter, mapper) in enumerate(CASES):
    signature = c_abi.signature_of(text)
    for _ in range(3):
        check_call(text, signature, adapter)
        check_packing(text, signature, adapter)
        check_map(text, signature, mapper)
        check_callback(text, signature, number)
"""


@pytest.fixture(scope="module")
def pool():
    pool = CompilePool()
    yield pool
    pool.close()


def compile_c(compiler, text, folder, *flags):
    path = folder / f"{compiler}.c"
    path.write_text(text)
    command = [require_tool(compiler), "-O2", "-fPIC", "-w", *flags, "-c", path, "-o", path.with_suffix(".o")]
    subprocess.run(command, check=True)
    return path.with_suffix(".o")


def compile_ours(pool, modules, folder, opt):
    target = TARGETS[ARCHITECTURE]
    requests = [CompileRequest(module_source(text, f"ours {n}"), target, opt) for n, text in enumerate(modules)]
    files = [folder / f"ours{n}.o" for n in range(len(modules))]
    for file, data in zip(files, pool.compile(requests), strict=True):
        file.write_bytes(data)
    return files


def run_host(files, exports, scenario):
    done = subprocess.run(
        [sys.executable, HOST, *files],
        input=scenario,
        text=True,
        capture_output=True,
        env=os.environ | {"EXPORTS": " ".join(exports)},
    )
    assert done.returncode == 0, done.stderr


def joined(texts):
    """One module of many: declarations may be there once."""
    lines = "".join(texts).splitlines()
    declared = dict.fromkeys(line for line in lines if line.startswith("declare"))
    return "\n".join([*declared, *(line for line in lines if not line.startswith("declare"))]) + "\n"


@pytest.mark.parametrize("opt", [0, 2])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_calls_callbacks_and_maps_are_a_c_compilers(pool, tmp_path, compiler, opt):
    signatures = [c_abi.signature_of(text) for text in DECLARATIONS]
    adapters = [adapter_ir(signature, ARCHITECTURE) for signature in signatures]
    mappers = [map_adapter_ir(signature, ARCHITECTURE) for signature in signatures]
    stubs = [callback_stub_ir(s, n, f"stub_f{n}", ARCHITECTURE) for n, s in enumerate(signatures)]
    modules = [joined(dict(adapters).values()), joined(dict(mappers).values()), joined(stubs)]
    files = [*compile_ours(pool, modules, tmp_path, opt), compile_c(compiler, c_abi.source(DECLARATIONS), tmp_path)]
    cases = [(t, a[0], m[0]) for t, a, m in zip(DECLARATIONS, adapters, mappers, strict=True)]
    names = [name for n in range(len(cases)) for name in (f"f{n}", f"f{n}_calls", f"stub_f{n}")]
    buffers = ["noted", "answer", "inputs", "results", "seen", "noting", "seen_id", "seen_size", "answer_size"]
    exports = [*dict(adapters), *dict(mappers), *names, *buffers]
    paths = [str(HOST.parent)]
    run_host(files, exports, f"PATHS = {paths!r}\nCASES = {json.dumps(cases)}\n{CHECKS}")


@pytest.mark.parametrize("architecture", list(TARGETS))
def test_they_compile_for_every_architecture(pool, architecture):
    texts = []
    for number, text in enumerate(DECLARATIONS):
        signature = c_abi.signature_of(text)
        texts += [adapter_ir(signature, architecture)[1], map_adapter_ir(signature, architecture)[1]]
        texts.append(callback_stub_ir(signature, number, f"stub_{number}", architecture))
    source = module_source(joined(dict.fromkeys(texts)), "all")
    assert pool.compile([CompileRequest(source, TARGETS[architecture])])


# -- variadic functions -----------------------------------------------------------------------------------------------

VARIADIC = """
#include <stdarg.h>
typedef struct { double x, y; } pair;
typedef struct { long a; double b; } mixed;
typedef struct { char text[40]; } large;
double total(const char *kinds, ...) {
  double sum = 0;
  va_list list;
  va_start(list, kinds);
  for (; *kinds; kinds++)
    switch (*kinds) {
    case 'i': sum += va_arg(list, int); break;
    case 'l': sum += va_arg(list, long); break;
    case 'd': sum += va_arg(list, double); break;
    case 's': sum += (va_arg(list, const char *))[0]; break;
    case 'p': { pair p = va_arg(list, pair); sum += p.x * p.y; break; }
    case 'm': { mixed m = va_arg(list, mixed); sum += m.a * m.b; break; }
    case 'L': { large t = va_arg(list, large); sum += t.text[39]; break; }
    }
  va_end(list);
  return sum;
}
"""
VARIADIC_CASES = [
    "'', []",
    "'iii', [1, -2, True]",
    "'dl', [0.5, 1 << 40]",
    "'s', [ctypes.addressof(text)]",
    "'ii', [ctypes.c_short(-3), ctypes.c_bool(True)]",
    "'dd', [ctypes.c_float(0.25), ctypes.c_double(0.5)]",
    "'d' * 12, [float(n) for n in range(12)]",
    "'il' * 6, [n << (32 * (n % 2)) for n in range(12)]",
    "'pmL', [Pair(2, 3), Mixed(4, 0.5), Large(b'x' * 39 + b'!')]",
    "'iiiiimmddddddddpmi', [1, 2, 3, 4, 5, Mixed(6, 7), Mixed(8, 9), *map(float, range(8)), Pair(1, 2), Mixed(3, 4), 5]",
]
VARIADIC_CHECKS = """
from exclave.controller.types import Signature
exec(STRUCTS)
text = ctypes.create_string_buffer(b"A")
direct = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_char_p)(host.address("total"))
for (kinds, arguments), adapter in zip(CASES, ADAPTERS):
    format = ctypes.create_string_buffer(kinds.encode())
    given = [ctypes.addressof(format), *arguments]
    signature = Signature.parse("f64", ["ptr"], variadic=True).for_call(given)
    slots = ctypes.create_string_buffer(signature.pack(given), signature.slots_size)
    ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(host.address(adapter))(host.address("total"), ctypes.addressof(slots))
    assert signature.unpack(slots.raw) == expected(arguments), (kinds, signature.unpack(slots.raw))
"""
STRUCTS = """
class Pair(ctypes.Structure):
    _fields_ = [("x", ctypes.c_double), ("y", ctypes.c_double)]
class Mixed(ctypes.Structure):
    _fields_ = [("a", ctypes.c_long), ("b", ctypes.c_double)]
class Large(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char * 40)]
def expected(arguments):
    return float(sum(one(value) for value in arguments))
def one(value):
    if isinstance(value, Pair): return value.x * value.y
    if isinstance(value, Mixed): return value.a * value.b
    if isinstance(value, Large): return value.text[39]
    if isinstance(value, ctypes._SimpleCData): return value.value
    return value if value != ctypes.addressof(text) else ord("A")
"""


@pytest.mark.parametrize("compiler", COMPILERS)
def test_variadic_functions_get_what_va_arg_reads(pool, tmp_path, compiler):
    import ctypes

    scope = {"ctypes": ctypes, "text": ctypes.create_string_buffer(b"A")}
    exec(STRUCTS, scope)
    open_signature = Signature.parse("f64", ["ptr"], variadic=True)
    argument_lists = [eval(case, scope)[1] for case in VARIADIC_CASES]
    adapters = [adapter_ir(open_signature.for_call([1, *given]), ARCHITECTURE) for given in argument_lists]
    files = compile_ours(pool, [joined(dict(adapters).values())], tmp_path, 0)
    files.append(compile_c(compiler, VARIADIC, tmp_path))
    cases = f"[{', '.join(f'({case})' for case in VARIADIC_CASES)}]"
    scenario = VARIADIC_CHECKS.replace("CASES", cases)
    names = [name for name, _ in adapters]
    run_host(files, [*dict(adapters), "total"], f"STRUCTS = {STRUCTS!r}\nADAPTERS = {names!r}\n{scenario}")


# -- vectors ----------------------------------------------------------------------------------------------------------

VECTORS = """
typedef float v4f __attribute__((vector_size(16)));
typedef double v2d __attribute__((vector_size(16)));
typedef signed char v16b __attribute__((vector_size(16)));
typedef int v2i __attribute__((vector_size(8)));
v4f scale(v4f x, double by, v2d more) { return x * (float)by + (float)(more[0] - more[1]); }
v16b bytes(int n, v16b x) { return x + (signed char)n; }
v2i swap(v2i x, v2i y) { v2i r = { x[1] + y[0], x[0] - y[1] }; return r; }
"""
VECTOR_CASES = {
    "scale": ("<4 x float>", ["<4 x float>", "f64", "<2 x double>"], [(1.0, 2.0, 3.0, 4.0), 2.0, (1.0, 0.5)], (2.5, 4.5, 6.5, 8.5)),
    "bytes": ("<16 x i8>", ["i32", "<16 x i8>"], [-1, tuple(range(16))], tuple(range(-1, 15))),
    "swap": ("<2 x i32>", ["<2 x i32>", "<2 x i32>"], [(1, 2), (10, 20)], (12, -19)),
}  # fmt: skip
VECTOR_CHECKS = """
from exclave.controller.types import Signature
for name, (restype, argtypes, arguments, expected) in CASES.items():
    signature = Signature.parse(restype, argtypes)
    slots = ctypes.create_string_buffer(signature.pack(arguments), signature.slots_size)
    adapter = host.address(ADAPTERS[name])
    ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(adapter)(host.address(name), ctypes.addressof(slots))
    assert signature.unpack(slots.raw) == expected, (name, signature.unpack(slots.raw))
"""


@pytest.mark.parametrize("compiler", COMPILERS)
def test_vectors_in_registers_are_a_c_compilers(pool, tmp_path, compiler):
    adapters = {name: adapter_ir(Signature.parse(*row[:2]), ARCHITECTURE) for name, row in VECTOR_CASES.items()}
    files = compile_ours(pool, [joined(dict(adapters.values()).values())], tmp_path, 0)
    files.append(compile_c(compiler, VECTORS, tmp_path))
    names = {name: symbol for name, (symbol, _) in adapters.items()}
    exports = [*names, *names.values()]
    run_host(files, exports, f"CASES = {VECTOR_CASES!r}\nADAPTERS = {names!r}\n{VECTOR_CHECKS}")
