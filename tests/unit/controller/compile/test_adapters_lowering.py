"""How each architecture passes structs, compared with what clang makes of the same C declarations for it."""

import re
import subprocess

import pytest
import support_c_abi as c_abi
from exclave.controller.compile.abi import lower
from exclave.controller.compile.adapters import callback_stub_ir
from exclave.controller.errors import SignatureError
from exclave.controller.types import Signature, Type, parse_type
from support_tools import require_tool

TRIPLES = {"x86_64": "x86_64-linux-gnu", "aarch64": "aarch64-linux-gnu", "riscv64": "riscv64-linux-gnu"}
DECLARATIONS = c_abi.declarations()
DEFINE = re.compile(r"^define (?P<head>.*?)@(?P<name>(?:stub_)?f[0-9]+)\((?P<parameters>.*)\)[^)]*\{$", re.MULTILINE)
# Words of a definition that do not say where a value is.
SILENT = re.compile(
    r"\b(?:dso_local|local_unnamed_addr|noundef|nocapture|writeonly|readonly|readnone|noalias|writable|dead_on_unwind|signext|"
    r"zeroext|alignstack\(\d+\)|initializes\(\([^)]*\)\)|range\([^)]*\))(?=\s|$)"
)
VALUE = re.compile(r"(?<=\S) %[\w.]+$")
MEMORY = re.compile(r"ptr (?P<kind>byval|sret)\((?P<type>[^)]*)\)( align (?P<align>\d+))?")


def definitions(text):
    """Each function's result and parameters, as LLVM's text has them."""
    found = {}
    for match in DEFINE.finditer(text):
        found[match["name"].replace("stub_", "")] = (match["head"], split(match["parameters"]))
    return found


def split(text):
    """At the commas that are not within brackets."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([{<") - (letter in ")]}>")
        if letter == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [part for part in [*parts, text[start:]] if part.strip()]


def canonical(text, architecture, named):
    """What decides where a value is passed. `named`: clang's names of structs, written out."""
    words = " ".join(SILENT.sub("", text).split())
    memory = MEMORY.match(words)
    if memory:
        return f"{memory['kind']} align {memory['align']}" if memory["kind"] == "byval" else "sret"
    for name, fields in named.items():
        words = words.replace(f"%{name}", fields) if words == f"%{name}" else words
    return EQUAL[architecture](words)


def equal_on_x86(words):
    """An eightbyte is an eightbyte; the class decides which register it is in."""
    words = re.sub(r"\bi(1|8|16|24|32|40|48|56|64)\b|\bptr\b", "INTEGER", words)
    return re.sub(r"<2 x float>|\bfloat\b|\bdouble\b", "SSE", words)


def equal_on_aarch64(words):
    """An integer of up to 64 bits takes one register; what a result has in a row of registers is the same as an array."""
    words = re.sub(r"\bi(8|16|24|32|40|48|56|64)\b|\bptr\b", "i64", words)
    row = re.match(r"\{ ((\w+)(?:, \2)*) \}$", flat(words))
    return f"[{row[1].count(row[2])} x {row[2]}]" if row else words


def equal_on_riscv64(words):
    """Structs of floats come back as their fields, however deep these were."""
    return re.sub(r"\bptr\b", "i64", flat(words))


def flat(words):
    """`{ { float }, [2 x float] }` as `{ float, float, float }`; only structs, since an array as such is passed otherwise."""
    if not words.startswith("{"):
        return words
    spelled = words
    while "[" in spelled:  # from within
        spelled = re.sub(r"\[(\d+) x ([^\[\]]*)\]", lambda m: ", ".join([m[2]] * int(m[1])), spelled)
    return "{ " + re.sub(r"[{}\s]+", " ", spelled).strip().replace(" ,", ",") + " }"


EQUAL = {"x86_64": equal_on_x86, "aarch64": equal_on_aarch64, "riscv64": equal_on_riscv64}


def clang_ir(architecture):
    command = [
        require_tool("clang-19"),
        f"--target={TRIPLES[architecture]}",
        "-S",
        "-emit-llvm",
        "-O1",
        "-w",
        "-ffreestanding",
    ]
    return subprocess.run(
        [*command, "-x", "c", "-o", "-", "-"],
        input=c_abi.source(DECLARATIONS),
        text=True,
        capture_output=True,
        check=True,
    ).stdout


def struct_names(text):
    """Named structs, written out."""
    found = dict(re.findall(r"^%([\w.]+) = type (\{.*\})$", text, re.MULTILINE))
    return {name: written_out(fields, found) for name, fields in found.items()}


def written_out(fields, found):
    return re.sub(r"%([\w.]+)", lambda match: written_out(found[match[1]], found), fields)


def on_stack(parameters, architecture):
    """On x86-64 an integer that finds no register lies where a small struct does that is passed in memory."""
    if architecture != "x86_64":
        return parameters
    taken, shown = 0, []
    for words in parameters:
        taken += words in ("INTEGER", "sret")
        shown.append("byval align 8" if words == "INTEGER" and taken > 6 else words)
    return shown


@pytest.mark.parametrize("architecture", list(TRIPLES))
def test_parameters_and_results_are_clangs(architecture):
    text = clang_ir(architecture)
    theirs, named = definitions(text), struct_names(text)
    for number, declaration in enumerate(DECLARATIONS):
        stub = callback_stub_ir(c_abi.signature_of(declaration), 1, f"stub_f{number}", architecture)
        ((head, parameters),) = definitions(stub).values()
        expected_head, expected = theirs[f"f{number}"]
        assert canonical(head, architecture, {}) == canonical(expected_head, architecture, named), declaration
        got = [canonical(VALUE.sub("", part), architecture, {}) for part in parameters]
        wanted = [canonical(VALUE.sub("", part), architecture, named) for part in expected]
        assert on_stack(got, architecture) == on_stack(wanted, architecture), declaration


def lowered(architecture, argtypes, restype="void", **options):
    return lower(Signature.parse(restype, argtypes, c_abi=True, **options), architecture)


def parts(passing):
    return [part.llvm for part in passing.parts] or passing.memory


@pytest.mark.parametrize(
    ("given", "x86_64", "aarch64", "riscv64"),
    [
        ("{ <4 x float> }", ["<2 x double>"], ["[1 x <4 x i32>]"], ["i128"]),
        ("{ <2 x float>, i64 }", ["double", "i64"], ["[2 x i64]"], ["[2 x i64]"]),
        ("{ <2 x i32>, <2 x i32> }", ["double", "double"], ["[2 x <2 x i32>]"], ["[2 x i64]"]),
        ("{ half, half }", ["double"], ["[2 x half]"], ["half", "half"]),
        ("{ i64, i64, i64 }", "stack", "pointer", "pointer"),
    ],
)  # fmt: skip
def test_structs_with_what_c_declarations_here_do_not_have(given, x86_64, aarch64, riscv64):
    for architecture, expected in (("x86_64", x86_64), ("aarch64", aarch64), ("riscv64", riscv64)):
        assert parts(lowered(architecture, [given]).arguments[0]) == expected


def test_what_a_variadic_riscv_call_does_not_name_is_not_passed_by_its_fields():
    pair = parse_type("{ float, float }")
    signature = Signature(parse_type("void"), (pair, pair), c_abi=True, fixed=1)
    named, rest = lower(signature, "riscv64").arguments
    assert (parts(named), parts(rest)) == (["float", "float"], ["i64"])


def test_a_signature_of_ir_is_passed_as_llvm_does():
    signature = Signature.parse("{ i32, i32 }", ["{ i32, [2 x float] }", "<4 x float>", "[2 x i64]"])
    assert lower(signature, "x86_64") == lower(signature, "unknown")
    stub = callback_stub_ir(signature, 1, "s")
    assert "define { i32, i32 } @s({ i32, [2 x float] } %a0, <4 x float> %a1, [2 x i64] %a2)" in stub


@pytest.mark.parametrize("given", ["<8 x float>", "<4 x i8>", "<1 x i64>", "{ <8 x float> }", "<{ i8, i32 }>"])
@pytest.mark.parametrize("architecture", ["x86_64", "riscv64"])
def test_what_c_passes_as_the_cpu_is_is_refused(architecture, given):
    with pytest.raises(SignatureError, match="pointer"):
        lowered(architecture, [given])


def test_an_architecture_without_rules():
    with pytest.raises(SignatureError, match="s390x: how C passes structs is not known; x86_64, aarch64, riscv64 are"):
        lowered("s390x", ["{ i32 }"])
    assert lowered("s390x", ["i32", "f64"]).arguments == (None, None)


def test_callbacks_are_not_variadic():
    with pytest.raises(SignatureError, match="variadic"):
        callback_stub_ir(Signature.parse("i32", ["ptr"], variadic=True), 1, "s")


def test_the_stubs_name_may_be_anything():
    assert '@"a\\20\\22b\\22\\C3\\A4"' in callback_stub_ir(Signature(Type("void"), ()), 1, 'a "b"ä')
