"""The adapters' text; that they run is proven by the integration tests, through every kind of argument."""

from exclave.controller.compile import adapter_ir
from exclave.controller.types import Signature


def test_the_name_is_a_function_of_the_signature():
    names = {
        adapter_ir(Signature.parse(r, a))[0]
        for r, a in [("i32", ["i64"]), ("i64", ["i32"]), ("void", []), ("u32", ["i64"])]
    }
    assert len(names) == 4
    assert adapter_ir(Signature.parse("f64", ["ptr", "i1"]))[0] == "exclave_adapter_f64_ptr_i1"


def test_small_integers_are_extended_as_c_wants_them():
    _, text = adapter_ir(Signature.parse("i16", ["i8", "u8", "i1", "i64"]))
    assert "call i16 %function(i8 signext %a0, i8 zeroext %a1, i1 zeroext %a2, i64 %a3)" in text
