"""The picture and the table of small maps that were made by hand: what changes in how they look shows as a diff."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support_maps import EMPTY, MANY, SMALL

FOLDER = Path(__file__).resolve().parent / "map"
Compare = Callable[[Path, str], None]


@pytest.mark.parametrize(("name", "shown"), [("small", SMALL), ("empty", EMPTY), ("many", MANY)])
def test_picture_and_table(name: str, shown, golden: Compare) -> None:
    golden(FOLDER / f"{name}.svg", shown.svg())
    golden(FOLDER / f"{name}.txt", f"{shown}\n")
