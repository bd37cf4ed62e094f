"""What all tests share: nothing may be left behind, and in CI no tool may be missing.

Owns: the run's temporary folder (TMPDIR of everything that tests start, so that what is left in it is ours),
and the rule for skips. Must not know: Exclave's modules.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from support_leftovers import leftover_files, leftover_processes, processes_of

IN_CI = os.environ.get("EXCLAVE_CI") == "1"
TOOL_IS_MISSING = re.compile(
    r"missing tool|apt-get|not installed|not found|could not import|no (cc|gcc|clang)\b", re.IGNORECASE
)


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a temporary folder of its own; pytest's tmp_path stays where it was."""
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    folder = tempfile.mkdtemp(prefix="xt-")  # short: UNIX socket paths have 107 bytes
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left_behind() -> Generator[None]:
    folder = Path(tempfile.gettempdir())
    before = processes_of(folder)
    yield
    left = leftover_processes(folder, before) + leftover_files(folder)
    if left:
        pytest.fail("the tests left behind:\n  " + "\n  ".join(left), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI, a test that was skipped for want of a tool has failed: .ci/run is to install it."""
    report = yield
    _fail_for_missing_tool(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for modules that skip themselves as a whole."""
    report = yield
    _fail_for_missing_tool(report)
    return report


def _fail_for_missing_tool(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
    if IN_CI and report.skipped and TOOL_IS_MISSING.search(reason):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: skipped in CI, where no tool may be missing: {reason}"
