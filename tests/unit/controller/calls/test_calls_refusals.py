"""What callbacks and handlers are not made of, whatever it is."""

import pytest
from exclave.controller.calls.callbacks import CallbackTable
from exclave.controller.calls.jit_dispatch import JitDispatch
from exclave.controller.errors import SignatureError
from exclave.controller.types import Signature


class Unprintable:
    def __repr__(self):
        raise RuntimeError


NOTHING_TO_CALL = [10**5000, [10**5000], Unprintable(), None]


def type_name(value):
    return type(value).__name__


@pytest.mark.parametrize("tag", [-1, 1 << 64, 10**5000, "1", Unprintable()], ids=type_name)
def test_tags_that_are_none(tag):
    with pytest.raises(SignatureError, match="a tag is an integer from 0"):
        JitDispatch().set_handler(tag, bytes)


@pytest.mark.parametrize("handler", NOTHING_TO_CALL[:3], ids=type_name)
def test_handlers_that_are_none(handler):
    with pytest.raises(SignatureError, match="a handler is something to call"):
        JitDispatch().set_handler(1, handler)


@pytest.mark.parametrize("function", NOTHING_TO_CALL, ids=type_name)
def test_callbacks_of_nothing_to_call(function):
    with pytest.raises(SignatureError, match="a callback is something to call"):
        CallbackTable(None, None).add(function, Signature.parse("void", []))
