"""The adapters' text; that they run is proven by the integration tests, through every kind of argument."""

import re

import pytest
from exclave.controller.compile import adapter_ir
from exclave.controller.compile.adapters import map_adapter_ir
from exclave.controller.errors import SignatureError
from exclave.controller.types import Signature


def test_the_name_is_a_function_of_the_signature():
    names = {
        adapter_ir(Signature.parse(r, a))[0]
        for r, a in [("i32", ["i64"]), ("i64", ["i32"]), ("void", []), ("u32", ["i64"])]
    }
    assert len(names) == 4
    assert adapter_ir(Signature.parse("f64", ["ptr", "i1"]))[0] == "exclave_adapter_f64_ptr_i1"


def test_names_of_types_that_are_no_words_are_hashes():
    signatures = [
        Signature.parse("void", ["{ i32, i32 }"]),
        Signature.parse("void", ["{ i32, i32 }"], c_abi=True),
        Signature.parse("void", ["<2 x i32>"]),
        Signature.parse("void", ["i32"] * 100),
        Signature.parse("void", ["i32"], variadic=True).for_call([1, 2]),
        Signature.parse("void", ["i32", "i32"], variadic=True).for_call([1, 2]),
        Signature.parse("void", ["i32", "i32"]),
    ]
    names = {adapter_ir(signature)[0] for signature in signatures} | {map_adapter_ir(s)[0] for s in signatures}
    assert len(names) == 2 * len(signatures)
    assert all(re.fullmatch(r"exclave_(adapter|map)_[a-z0-9_]{1,200}", name) for name in names)


def test_a_variadic_call_says_so():
    _, text = adapter_ir(Signature.parse("i32", ["ptr"], variadic=True).for_call([1, 2.5]))
    assert "call i32 (ptr, ...) %function(ptr %a0, double %a1)" in text
    with pytest.raises(SignatureError, match="for_call"):
        adapter_ir(Signature.parse("i32", ["ptr"], variadic=True))


def test_results_fill_their_slot_as_their_type_says():
    assert "sext i16 %result to i64" in adapter_ir(Signature.parse("i16", []))[1]
    assert "zext i16 %result to i64" in adapter_ir(Signature.parse("u16", []))[1]
    assert "zext i1 %result to i64" in adapter_ir(Signature.parse("i1", []))[1]


def test_a_map_names_the_element_before_it_calls():
    _, text = map_adapter_ir(Signature.parse("void", ["i32"]))
    assert text.index("store volatile i64 %index, ptr %index.at") < text.index("call void %function(i32 signext %a0)")


def test_small_integers_are_extended_as_c_wants_them():
    _, text = adapter_ir(Signature.parse("i16", ["i8", "u8", "i1", "i64"]))
    assert "call i16 %function(i8 signext %a0, i8 zeroext %a1, i1 zeroext %a2, i64 %a3)" in text
