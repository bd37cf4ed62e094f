"""What the linker makes of relocations and symbols, for three architectures, held against the psABI's formulas.

tests/golden/check/<architecture>/*.s say what to link and what must come of it (how: tests/support_check_cases.py;
the language: controller/exclave/controller/link_check). The objects are committed, so that no assembler is needed; a
test holds them against what clang-19 gives. `make golden` assembles, and rewrites numbers on right-hand sides.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from exclave.controller.errors import CheckError, LinkError
from exclave.controller.link import parse_object, read_object
from exclave.controller.link.dump import dump_image
from exclave.controller.link_check import CheckResult, update_expectations
from support_check_cases import ASSEMBLER, Case, CheckFile, assemble, check_case, link_case, read_check_file
from support_tools import require_tool

FOLDER = Path(__file__).resolve().parent / "check"
FILES = [read_check_file(path) for path in sorted(FOLDER.glob("*/*.s"))]
ARCHITECTURES = ("x86_64", "aarch64", "riscv64")
FEWEST_CASES = 50  # for each architecture


def _ids(file: CheckFile, case: Case | None = None) -> str:
    return "-".join(
        [file.path.parent.name, file.path.stem, *([case.name.replace(" ", "_")] if case and case.name else [])]
    )


def _cases() -> list[Any]:
    return [pytest.param(file, case, id=_ids(file, case), marks=_marks(case)) for file in FILES for case in file.cases]


def _marks(case: Case) -> list[pytest.MarkDecorator]:
    """What is known not to work fails in one of these ways, and not because the case cannot be run."""
    ways = (AssertionError, pytest.fail.Exception, LinkError, OverflowError)
    return [pytest.mark.xfail(reason=case.xfail, strict=True, raises=ways)] if case.xfail else []


@pytest.fixture(scope="module", autouse=True)
def _objects(request: pytest.FixtureRequest) -> None:
    """With --update-golden, assemble first, where there is an assembler."""
    if request.config.getoption("--update-golden", default=False) and shutil.which(ASSEMBLER):
        for file in FILES:
            for part in file.parts:
                part.path.write_bytes(assemble(file, part))


@pytest.mark.parametrize(("file", "case"), _cases())
def test_case(file: CheckFile, case: Case, request: pytest.FixtureRequest) -> None:
    if case.error:
        _check_failure(file, case)
        return
    results = _results(file, case)
    if request.config.getoption("--update-golden", default=False) and not case.xfail:
        file.path.write_text(update_expectations(file.path.read_text(), results))
        results = [result for result in results if not result.right_span]  # the others are as they should be now
    failed = [result.explain() for result in results if not result.passed]
    assert not failed, "\n".join(failed)


def _results(file: CheckFile, case: Case) -> list[CheckResult]:
    image = link_case(file, case, read_object)
    assert dump_image(image) == dump_image(link_case(file, case, parse_object)), "the two readers of objects differ"
    try:
        return check_case(file, case, image)
    except CheckError as wrong:
        raise LookupError(str(wrong)) from None  # also of a case that is known to fail: its checks can be evaluated


def _check_failure(file: CheckFile, case: Case) -> None:
    """Both readers, and what links what they read, say the same."""
    messages = set()
    for reader in (read_object, parse_object):
        with pytest.raises(LinkError) as caught:
            link_case(file, case, reader)
        messages.add(str(caught.value))
    assert len(messages) == 1
    assert re.search(case.error, messages.pop(), re.DOTALL)


@pytest.mark.parametrize("file", FILES, ids=_ids)
def test_objects_are_what_the_sources_give(file: CheckFile) -> None:
    require_tool(ASSEMBLER)
    for part in file.parts:
        assert part.path.read_bytes() == assemble(file, part), f"{part.path.name} is not current: make golden"


def test_no_object_is_left_over() -> None:
    assert sorted(FOLDER.glob("*/*.o")) == sorted(part.path for file in FILES for part in file.parts)


def test_folders_are_architectures() -> None:
    assert {(file.path.parent.name, file.architecture) for file in FILES} == {(name, name) for name in ARCHITECTURES}


def test_there_are_cases_enough() -> None:
    count = Counter(file.architecture for file in FILES for case in file.cases if not case.xfail)
    assert {name: count[name] for name in ARCHITECTURES if count[name] < FEWEST_CASES} == {}
