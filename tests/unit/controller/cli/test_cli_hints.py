"""Hints in the command's words."""

from __future__ import annotations

import pytest
from exclave.controller.cli.hints import hinting
from exclave.controller.errors import UndefinedSymbolsError


def test_the_command_says_what_to_do_and_what_may_have_been_meant() -> None:
    with pytest.raises(UndefinedSymbolsError) as caught, hinting("do this", ["helper"]):
        raise UndefinedSymbolsError({"helpr": ["main"]})
    assert str(caught.value) == "1 undefined symbol:\n  helpr (referred to by main); did you mean helper?\ndo this"


def test_other_hints_stay() -> None:
    with pytest.raises(UndefinedSymbolsError, match="its own"), hinting("do this", ["helper"]):
        raise UndefinedSymbolsError({"helpr": ["main"]}, "its own")
