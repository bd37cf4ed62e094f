"""Every exception crosses a process boundary whole and says what to do."""

import inspect
import pickle

import pytest
from exclave.controller import errors
from exclave.controller.errors import (
    CallTimeout,
    DuplicateSymbolsError,
    ExclaveError,
    UndefinedSymbolsError,
)

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, ExclaveError)]


def make(cls):
    if cls is UndefinedSymbolsError:
        return cls({"f": ("main",), "g": ()})
    if cls is DuplicateSymbolsError:
        return cls({"f": ("a.o", "b.o")})
    return cls("what was wrong", number=7, names=("a", "b"))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_pickles_whole(cls):
    error = make(cls)
    error.add_note("a note")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is cls
    assert str(copy) == str(error)
    assert copy.__dict__ == error.__dict__


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_is_documented_and_in_the_picture(cls):
    assert cls.__doc__
    assert cls.__name__ in errors.__doc__


def test_the_builtin_bases_that_users_expect():
    assert issubclass(errors.SignatureError, TypeError)
    assert issubclass(errors.ArgumentRangeError, OverflowError)
    assert issubclass(CallTimeout, TimeoutError)


def test_undefined_symbols_are_all_listed_with_some_of_their_referrers():
    error = UndefinedSymbolsError({"b": [f"f{i}" for i in range(9)], "a": []})
    assert str(error).splitlines() == [
        "2 undefined symbols:",
        "  a (asked for)",
        "  b (referred to by f0, f1, f2 and 6 more)",
        "add the object or IR that defines them, or define them in the session",
    ]
    assert error.symbols == ("a", "b")
