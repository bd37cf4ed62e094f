"""Names that may have been meant."""

import pickle

import pytest
from exclave.controller.errors import UndefinedSymbolsError
from exclave.controller.suggestions import MOST_KNOWN, MOST_NAMES, close_names

KNOWN = ["zlibVersion", "compress", "compress2", "_Z6scaledi", "exclave_compres", "plain"]
CASES = {
    "zlibVersoin": ("zlibVersion",),
    "compres": ("compress", "compress2"),
    "scaled": ("_Z6scaledi",),
    "_Z5plainv": ("plain",),
    "nothing_like_it": (),
}


@pytest.mark.parametrize("name", CASES)
def test_what_comes_close(name: str) -> None:
    assert close_names([name], KNOWN).get(name, ()) == CASES[name]


def test_the_message_says_so() -> None:
    error = UndefinedSymbolsError({"compres": ["main"], "scaled": []})
    error.suggest(close_names(error.symbols, KNOWN))
    assert error.message.splitlines() == [
        "2 undefined symbols:",
        "  compres (referred to by main); did you mean compress or compress2?",
        '  scaled (asked for); did you mean _Z6scaledi, which is C++: declare it extern "C" in both?',
        "add the object or IR that defines them, or define them in the session",
    ]
    again = pickle.loads(pickle.dumps(error))
    assert (again.message, again.close, again.referrers) == (error.message, error.close, error.referrers)


def test_it_looks_at_no_more_than_it_may() -> None:
    known = [f"name_{number}" for number in range(MOST_KNOWN + 1)]
    assert len(close_names([f"nam_{number}" for number in range(100)], known[:100])) == MOST_NAMES
    assert close_names(["unlike_all_the_others"], [*known[:MOST_KNOWN], "unlike_all_the_other"]) == {}
