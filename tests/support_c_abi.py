"""C functions of many signatures, for tests that compare our calls with a C compiler's.

Owns: the shapes of structs, random signatures of them, and the C source that notes what it is given. Must not know: how
calls are made, LLVM. Invariant: the same signatures each time; no header is needed, so that any target can be compiled for.
"""

from __future__ import annotations

import random

from exclave.controller.types import Signature, Type, parse_declaration

SCALARS = {
    "_Bool": 4, "signed char": 1, "unsigned char": 1, "short": 1, "unsigned short": 1, "int": 6, "unsigned": 2, "long": 4,
    "unsigned long": 1, "float": 4, "double": 6, "void *": 2,
}  # fmt: skip
SHAPES = [
    "char a;",
    "char a, b, c;",
    "short a; char b;",
    "int a;",
    "long a;",
    "void *a;",
    "_Bool a; _Bool b;",
    "int a, b;",
    "int a, b, c;",
    "char a[5];",
    "char a[12];",
    "char a[16];",
    "char a[17];",
    "long a, b;",
    "long a; char b;",
    "long a, b, c;",
    "float a;",
    "float a, b;",
    "float a, b, c;",
    "float a, b, c, d;",
    "float a, b, c, d, e;",
    "float a[2];",
    "float a[4]; ",
    "double a;",
    "double a, b;",
    "double a, b, c;",
    "double a, b, c, d;",
    "double a[5];",
    "float a; double b;",
    "float a; int b;",
    "int a; float b;",
    "char a; float b;",
    "float a; _Bool b;",
    "double a; long b;",
    "long a; double b;",
    "double a; char b;",
    "unsigned short a; double b;",
    "int a, b; double c;",
    "double a; int b, c;",
    "float a, b; long c;",
    "float a; float b; int c;",
    "struct { float a; } a; struct { float b[1]; } b;",
    "struct { int a; float b; } a; double b;",
    "struct { double a; } a; struct { char b[3]; } b;",
    "struct { struct { int x, y; } p; struct { float z[2]; } q; } a;",
    "short a[3]; struct { char x; short y; } b[2];",
    "struct { double x, y; } a[2];",
    "int a[20];",
    "double a; float b; char c[24]; void *d;",
    "char a[200];",
]
NAMES = [f"S{number}" for number in range(len(SHAPES))]
TYPEDEFS = "".join(f"typedef struct {{ {shape} }} S{number};\n" for number, shape in enumerate(SHAPES))


def declarations() -> list[str]:
    """`R f(A a0, B a1, ...)`: every shape alone, then lists that run out of each kind of register in turn."""
    rows = [(name, [name]) for name in NAMES]
    choose = random.Random(3)
    scalars = list(SCALARS)
    weights = list(SCALARS.values())
    for count in [2, 3, 4, 5, 6, 7, 8, 10, 12, 16] * 5:
        arguments = [
            choose.choice(NAMES) if choose.random() < 0.5 else choose.choices(scalars, weights)[0] for _ in range(count)
        ]
        rows.append((choose.choice([*NAMES, *scalars, "void"]), arguments))
    for shape in ("double a; long b;", "float a, b;", "long a, b;", "float a; int b;", "char a[17];"):
        name = NAMES[SHAPES.index(shape)]
        for scalar, count in (("long", 5), ("long", 7), ("double", 7), ("float", 8)):
            rows.append((name, [*[scalar] * count, name, name, "int", "double", name]))
    by_fields, large = NAMES[SHAPES.index("float a; int b;")], NAMES[SHAPES.index("char a[17];")]
    rows += [(large, [*["long"] * count, by_fields, by_fields, "int"]) for count in (5, 6, 7)]
    return [declaration(f"f{number}", result, arguments) for number, (result, arguments) in enumerate(rows)]


def declaration(name: str, result: str, arguments: list[str]) -> str:
    """One function's, whose parameters are a0, a1, ..."""
    return f"{result} {name}({', '.join(f'{t} a{i}' for i, t in enumerate(arguments)) or 'void'})"


def signature_of(text: str) -> Signature:
    """As a user would have it."""
    return parse_declaration(TYPEDEFS + text)[1]


SUPPORT = """
void *memcpy(void *, const void *, unsigned long);
char noted[65536], answer[1024], inputs[65536], results[1024], seen[65536];
char *noting = noted;
long seen_id, seen_size, answer_size;
#define NOTE(x) (memcpy(noting, &(x), sizeof(x)), noting += sizeof(x))
#define INPUT(t, x) t x; memcpy(&x, in, sizeof(x)); in += sizeof(x)
void exclave_callback(long id, void *slots, long size) {
  seen_id = id; seen_size = size;
  memcpy(seen, slots, size);
  memcpy(slots, answer, answer_size);
}
"""


def source(texts: list[str]) -> str:
    """For each declaration `f`: f itself, which notes its arguments and returns `answer`; and f_calls(pointer), which calls
    with arguments from `inputs` and leaves what came back in `results`."""
    return SUPPORT + TYPEDEFS + "".join(_function(text) + _caller(text) for text in texts)


def _types(text: str) -> tuple[str, str, list[str]]:
    head, _, rest = text.partition("(")
    result, _, name = head.rpartition(" ")
    arguments = [part.rpartition(" ")[0] for part in rest.rstrip(")").split(", ")] if "void)" not in rest else []
    return result, name, arguments


def _function(text: str) -> str:
    result, _, arguments = _types(text)
    notes = "".join(f"NOTE(a{index}); " for index in range(len(arguments)))
    returned = "" if result == "void" else f"{result} r; memcpy(&r, answer, sizeof(r)); return r; "
    return f"{text} {{ {notes}{returned}}}\n"


def _caller(text: str) -> str:
    result, name, arguments = _types(text)
    inputs = "".join(f"INPUT({t}, a{index}); " for index, t in enumerate(arguments))
    called = f"f({', '.join(f'a{index}' for index in range(len(arguments)))})"
    kept = f"{called};" if result == "void" else f"{result} r = {called}; memcpy(results, &r, sizeof(r));"
    types = ", ".join(arguments) or "void"
    return f"void {name}_calls({result} (*f)({types})) {{ char *in = inputs; {inputs}{kept} }}\n"


def leaves(t: Type, offset: int = 0) -> list[tuple[Type, int]]:
    """The numbers in a value, without the padding between them."""
    if t.kind == "struct":
        return [leaf for one, place in zip(t.fields, t.offsets, strict=True) for leaf in leaves(one, offset + place)]
    if t.element is not None:
        return [leaf for index in range(t.count) for leaf in leaves(t.element, offset + index * t.element.size)]
    return [(t, offset)]


def random_bytes(t: Type, choose: random.Random) -> bytes:
    """A value in memory: anything, but a bool is 0 or 1, and padding is zero."""
    content = bytearray(t.size)
    for leaf, place in leaves(t):
        raw = choose.randbytes(leaf.size) if leaf.bits != 1 else bytes([choose.randrange(2)])
        content[place : place + leaf.size] = raw
    return bytes(content)


def without_padding(t: Type, content: bytes) -> bytes:
    """A value whose padding may be anything."""
    return b"".join(content[place : place + leaf.size] for leaf, place in leaves(t))
