"""Types that a module's scan hands over, and what the pool makes of a worker's answer that makes no sense."""

import pytest
from exclave.controller.compile import CompilePool, module_source
from exclave.controller.compile.pool import _interface_from
from exclave.controller.errors import CompileError
from hypothesis import given
from hypothesis import strategies as st

TEXT = """
%pair = type { i32, double }
%nested = type { %pair, [2 x %pair], <{ i8, i32 }>, <4 x float> }
%"odd name{" = type { ptr }
%opaque = type opaque
%list = type { ptr, i32 }

@number = global i32 1
@constant = constant i64 2
@text = constant [6 x i8] c"global"
@struct = global %nested zeroinitializer
@"a = constant " = hidden global %"odd name{" zeroinitializer
@per_thread = thread_local global i32 0
@elsewhere = addrspace(1) global i32 0
@wide = global i128 0
@external = external global %opaque
@bytes = weak local_unnamed_addr constant [2 x i1] zeroinitializer, align 16
@other = alias i64, ptr @constant
@uses = global ptr @external

define %pair @structs(%nested %a, { i8, [3 x i16] } %b) { ret %pair zeroinitializer }
define void @vectors(<4 x float> %a, <2 x i64> %b) { ret void }
define i32 @variadic(ptr readonly %format, ...) { ret i32 0 }
define void @pointers(ptr readonly %a, ptr %b, ptr readnone %c, i8 zeroext %d) { ret void }
define void @by_value(ptr byval(%pair) %a) { ret void }
define x86_fp80 @fp80() { ret x86_fp80 undef }
define void @vscale(<vscale x 4 x i32> %a) { ret void }
define void @large([1000 x i64] %a) { ret void }
"""


@pytest.fixture(scope="module")
def pool():
    pool = CompilePool(1)
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def symbols(pool):
    return {symbol.name: symbol for symbol in pool.scan(module_source(TEXT, "m")).definitions}


def test_functions_types(symbols):
    pair = "{i32, f64}"
    nested = f"{{{pair}, [2 x {pair}], <{{i8, i32}}>, <4 x f32>}}"
    assert {s.name: s.signature and str(s.signature) for s in symbols.values() if s.kind == "function"} == {
        "structs": f"{pair} ({nested}, {{i8, [3 x i16]}})",
        "vectors": "void (<4 x f32>, <2 x i64>)",
        "variadic": "i32 (ptr, ...)",
        "pointers": "void (ptr, ptr, ptr, u8)",
        "by_value": None,
        "fp80": None,
        "vscale": None,
        "large": None,
    }
    assert not symbols["structs"].signature.c_abi


def test_pointers_that_nothing_is_written_through(symbols):
    assert [one.const for one in symbols["pointers"].signature.argtypes] == [True, False, True, False]
    assert [one.const for one in symbols["variadic"].signature.argtypes] == [True]


def test_variables_types(symbols):
    pair = "{i32, f64}"
    found = {s.name: (s.type and str(s.type), s.constant) for s in symbols.values() if s.kind == "variable"}
    assert found == {
        "number": ("i32", False),
        "constant": ("i64", True),
        "text": ("[6 x i8]", True),
        "struct": (f"{{{pair}, [2 x {pair}], <{{i8, i32}}>, <4 x f32>}}", False),
        "a = constant ": ("{ptr}", False),
        "per_thread": (None, False),
        "elsewhere": (None, False),
        "wide": (None, False),
        "bytes": ("[2 x i1]", True),
        "other": ("i64", True),
        "uses": ("ptr", False),
    }


def test_types_that_are_written_out_without_end(pool):
    lines = ["%t0 = type { i8 }"] + [f"%t{n + 1} = type {{ %t{n}, %t{n} }}" for n in range(60)]
    text = "\n".join(lines) + "\n@g = global ptr null\n@h = external global %t60\ndefine void @f(ptr %p) { ret void }\n"
    text += "define %t20 @deep() { unreachable }\n"
    (deep,) = [s for s in pool.scan(module_source(text, "m")).definitions if s.name == "deep"]
    assert deep.signature is None


ROW = [
    "f",
    "strong",
    "function",
    False,
    {"result": "i32", "arguments": ["ptr"], "variadic": False, "readonly": [0]},
    "i32 (ptr)",
]


@pytest.mark.parametrize(
    "row",
    [
        ["f"],
        "fffff",
        [*ROW[:1], "strange", *ROW[2:]],
        [*ROW[:2], "strange", *ROW[3:]],
        [*ROW[:4], 5, ""],
        [*ROW[:4], {}, ""],
        [*ROW[:4], ROW[4] | {"arguments": 5}, ""],
        [*ROW[:4], ROW[4] | {"arguments": [None]}, ""],
        [*ROW[:4], ROW[4] | {"result": ["i32"]}, ""],
        [*ROW[:4], ROW[4] | {"readonly": [1]}, ""],
        [*ROW[:4], ROW[4] | {"readonly": [-1]}, ""],
        [*ROW[:4], ROW[4] | {"readonly": [True]}, ""],
        [*ROW[:4], ROW[4] | {"readonly": ["0"]}, ""],
        ["v", "strong", "variable", False, {"type": 5, "constant": True}, ""],
        ["v", "strong", "variable", False, {"type": "i32"}, ""],
        ["v", "strong", "variable", False, "i32", ""],
    ],
)
def test_an_answer_that_makes_no_sense_is_a_compile_error(row):
    with pytest.raises(CompileError, match="makes no sense"):
        _interface_from({"definitions": [row], "references": [], "weak_references": []}, "m")


def test_an_answer_that_does():
    (symbol,) = _interface_from({"definitions": [ROW], "references": [], "weak_references": []}, "m").definitions
    assert str(symbol.signature) == "i32 (ptr)"


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from(["i32", "ptr", "function", "variable", "strong"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=6),
        st.dictionaries(st.sampled_from(["result", "arguments", "variadic", "readonly", "type", "constant"]), inner, max_size=4),
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.lists(JSON, max_size=3), st.lists(JSON, max_size=2))
def test_noise_is_an_interface_or_a_compile_error(definitions, references):
    answer = {"definitions": definitions, "references": references, "weak_references": []}
    try:
        _interface_from(answer, "m")
    except CompileError:
        return


@given(st.sampled_from([0, 1, 2, 3, 4]), JSON)
def test_noise_in_one_place_is_an_interface_or_a_compile_error(place, noise):
    row = list(ROW)
    row[place] = noise
    try:
        _interface_from({"definitions": [row], "references": [], "weak_references": []}, "m")
    except CompileError:
        return
