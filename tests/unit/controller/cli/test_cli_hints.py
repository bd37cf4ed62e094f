"""Names that may have been meant."""

from __future__ import annotations

import pytest
from exclave.controller.cli.hints import did_you_mean, hinting
from exclave.controller.errors import UndefinedSymbolsError


def test_similar_names_are_offered() -> None:
    known = ["counter", "count", "main", "unrelated_name"]
    assert did_you_mean(["countr", "zzz"], known) == ["countr: did you mean counter or count?"]
    assert did_you_mean(["countr"], []) == []


def test_no_number_of_names_takes_long() -> None:
    known = [f"name_{number}" for number in range(100_000)]
    assert len(did_you_mean([f"nam_{number}" for number in range(1000)], known)) <= 8


def test_the_hint_follows_the_questions() -> None:
    with pytest.raises(UndefinedSymbolsError) as caught, hinting("do this", ["helper"]):
        raise UndefinedSymbolsError({"helpr": ["main"]})
    assert str(caught.value) == (
        "1 undefined symbol:\n  helpr (referred to by main)\nhelpr: did you mean helper?\ndo this"
    )


def test_other_hints_stay() -> None:
    with pytest.raises(UndefinedSymbolsError, match="its own"), hinting("do this", ["helper"]):
        raise UndefinedSymbolsError({"helpr": ["main"]}, "its own")
