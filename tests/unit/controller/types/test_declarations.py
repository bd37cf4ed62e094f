"""C declarations: what they mean, compared with a C compiler's layout, and what is refused."""

import subprocess

import pytest
import support_c_abi as c_abi
from exclave.controller.errors import SignatureError
from exclave.controller.types import Type, parse_declaration, parse_type
from hypothesis import given
from hypothesis import strategies as st
from support_tools import require_tool


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("double dot(const double *, const double *, size_t)", "dot", "f64 (ptr, ptr, u64)"),
        ("int printf(const char *restrict format, ...);", "printf", "i32 (ptr, ...)"),
        ("void nothing(void)", "nothing", "void ()"),
        ("int old()", "old", "i32 ()"),
        ("extern unsigned long long int f(short unsigned, long int, signed char, char)", "f", "u64 (u16, i64, i8, i8)"),
        ("_Bool f(bool a, enum color b, int8_t c, uintptr_t d)", "f", "i1 (i1, i32, i8, u64)"),
        ("static inline int f(int x) { return x + 1; }", "f", "i32 (i32)"),
        ("typedef int number; typedef number fn(number, float); fn f;", "f", "i32 (i32, f32)"),
        (
            "struct p { int x, y; double z[2]; }; struct p f(struct p)",
            "f",
            "{i32, i32, [2 x f64]} ({i32, i32, [2 x f64]})",
        ),
        ("typedef struct { struct { char a[2 * 4]; } b; } T;\nT f(const T *)", "f", "{{[8 x i8]}} (ptr)"),
        ("enum { N = 3, M = N << 2 }; struct s { char c[M]; }; void f(struct s)", "f", "void ({[12 x i8]})"),
        (
            "void f(int a[], double m[3][4], int g(int), struct unknown *p, long double *q)",
            "f",
            "void (ptr, ptr, ptr, ptr, ptr)",
        ),
        ("int (*f(void))(int)", "f", "ptr ()"),
        ("/* a */ int // b\n f(int /* c; */ x)", "f", "i32 (i32)"),
        ("struct s { char a[sizeof(long) + 0x10 - 010]; }; void f(struct s)", "f", "void ({[16 x i8]})"),
        ("FILE *fopen(const char *__restrict, const char *__restrict)", "fopen", "ptr (ptr, ptr)"),
    ],
)
def test_declarations(text, name, shown):
    found, signature = parse_declaration(text)
    assert (found, str(signature)) == (name, shown)
    assert signature.c_abi


def test_what_pointers_point_to_and_whether_it_is_const():
    text = """
    typedef const char *text; typedef const double real;
    struct p { int x; struct p *next; };
    void f(const double *a, double *b, text c, real *d, char *const *e, int (*g)(const void *), struct p *h, void *i)
    """
    a, b, c, d, e, g, h, i = parse_declaration(text)[1].argtypes
    assert [one.const for one in (a, b, c, d, e, g, h, i)] == [True, False, True, True, True, False, False, False]
    assert [str(one.pointee) for one in (a, b, c, d, e, h, i)] == [
        "f64", "f64", "i8", "f64", "ptr", "{i32, ptr}", "None",
    ]  # fmt: skip
    assert str(g.function) == "i32 (ptr)"
    assert g.function.argtypes[0].const


def test_signs():
    signature = parse_declaration("unsigned f(int, char, unsigned char, long)")[1]
    assert [one.signed for one in signature.argtypes] == [True, None, False, True]
    assert signature.restype == Type("int", 32, signed=False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "declares no function"),
        ("int x;", "declares no function"),
        ("int f(int); int g(int)", "declares f, g: one function"),
        ("int f(int", "line 1"),
        ("int f(\n  foo x)", "line 2, column 7"),
        ("int f(x)", "the parameter x has no type"),
        ("@", "Illegal character"),
        ("#include <stdio.h>\nint f(void)", "there is no preprocessor"),
        ("long double f(void)", "long double is no type"),
        ("int f(double _Complex)", "double _Complex is no type"),
        ("struct s f(void)", "struct s is not defined"),
        ("struct s { struct s x; }; void f(struct s)", "struct s is not defined"),
        ("struct s { int a : 3; }; int f(struct s x)", "bit fields"),
        ("struct s { int n; char rest[]; }; int f(struct s x)", "without a length"),
        ("struct s { union { int a; } u; }; int f(struct s x)", "union is not passed by value"),
        ("struct s { char a[1 / 0]; }; int f(struct s)", "integer constant"),
        ("struct s { char a[1 << 99]; }; int f(struct s)", "integer constant"),
        ("struct s { char a[-1]; }; int f(struct s)", "at least 0 elements"),
        ("int f(int, void)", "cannot be void"),
        ("int f(" + "(" * 20_000, "deeply|line 1"),
        ("struct s { char a[40000]; }; int f(struct s)", "at most 32768"),
        ("int f(" + "int, " * 2000 + "int)", "at most 1024"),
    ],
)
def test_what_is_refused_says_where(text, words):
    with pytest.raises(SignatureError, match=words):
        parse_declaration(text)


@pytest.mark.parametrize("given_text", [None, 3, b"int f(void)", " " * 300_000], ids=["None", "3", "bytes", "long"])
def test_what_is_no_text(given_text):
    with pytest.raises(SignatureError, match="a text of at most"):
        parse_declaration(given_text)


def test_structs_that_use_others_twice_and_so_on():
    lines = ["typedef struct { int x; } T0;"]
    lines += [f"typedef struct {{ T{n} a, b; }} T{n + 1};" for n in range(40)]
    with pytest.raises(SignatureError, match="fields within fields"):
        parse_declaration("".join(lines) + "void f(T40 x)")


WORDS = [
    "int",
    "f",
    "(",
    ")",
    "*",
    ",",
    ";",
    "struct",
    "{",
    "}",
    "const",
    "...",
    "[",
    "]",
    "x",
    "3",
    "typedef",
    "void",
    "=",
    "enum",
    ":",
]


@given(st.lists(st.sampled_from(WORDS), max_size=15).map(" ".join))
def test_noise_is_a_signature_or_a_signature_error(text):
    try:
        _, signature = parse_declaration(text)
    except SignatureError:
        return
    assert parse_type(signature.restype) == signature.restype


def test_structs_have_the_compilers_size_and_offsets(tmp_path):
    signatures = [c_abi.signature_of(f"void f({name} x)").argtypes[0] for name in c_abi.NAMES]
    rows = [
        f'printf("%zu %zu {" ".join("%zu" for _ in one.names)}\\n", sizeof({name}), _Alignof({name}), '
        + ", ".join(f"__builtin_offsetof({name}, {field})" for field in one.names) + ");"
        for name, one in zip(c_abi.NAMES, signatures, strict=True)
    ]  # fmt: skip
    source, program = tmp_path / "layout.c", tmp_path / "layout"
    source.write_text(f"#include <stdio.h>\n{c_abi.TYPEDEFS}int main(void) {{ {' '.join(rows)} }}\n")
    subprocess.run([require_tool("gcc"), "-w", source, "-o", program], check=True)
    printed = subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()
    for one, line in zip(signatures, printed, strict=True):
        assert [one.size, one.alignment, *one.offsets] == list(map(int, line.split()))
