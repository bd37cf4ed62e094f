"""`exclave doctor`: what people paste in bug reports.

Owns: which facts are worth telling, and a trial run. Must not know: how the executor finds its facts.
Invariant: it prints what it could find out even when something is broken; then its exit status is 1.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import resource
import sys
import time
from dataclasses import asdict
from typing import Annotated, Any

import typer

from ..errors import ExclaveError
from ..executor import connect
from .console import CONNECT_HELP, human_seconds, print_error, print_table

PACKAGES = ("exclave", "llvmlite", "numpy", "grpcio", "protobuf", "typer", "rich", "tenacity")
LIMITS = {
    "open files": resource.RLIMIT_NOFILE,
    "processes": resource.RLIMIT_NPROC,
    "address space": resource.RLIMIT_AS,
    "locked memory": resource.RLIMIT_MEMLOCK,
    "core file": resource.RLIMIT_CORE,
}
TRIAL_IR = "define i64 @exclave_doctor(i64 %x) {\n  %y = mul i64 %x, 2\n  ret i64 %y\n}\n"


def doctor(
    address: Annotated[str | None, typer.Option(help="unix:/path or host:port; default: an embedded executor")] = None,
    connect_timeout: Annotated[float | None, typer.Option(help=CONNECT_HELP, show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Tell versions, kernel features, limits, and whether a call gets through."""
    report: dict[str, Any] = {"versions": _versions(), "limits": _limits()}
    error = _try_executor(report, address, connect_timeout)
    if as_json:
        print(json.dumps(report, indent=2))
    else:
        _print_report(report)
    if error is not None:
        print_error(error)
        sys.exit(1)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "kernel": platform.release(), "machine": platform.machine()}
    found["libc"] = " ".join(platform.libc_ver())
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def _limits() -> dict[str, str]:
    return {name: _limit_text(resource.getrlimit(which)[0]) for name, which in LIMITS.items()}


def _limit_text(limit: int) -> str:
    return "unlimited" if limit == resource.RLIM_INFINITY else str(limit)


def _try_executor(report: dict[str, Any], address: str | None, timeout: float | None) -> ExclaveError | None:
    """Connect, open a session, call a function; what was reached is in the report."""
    try:
        start = time.perf_counter()
        with connect(address, timeout=timeout) as executor:
            report["executor"] = asdict(executor.capabilities)
            with executor.session() as session:
                report["session"] = [asdict(layer) for layer in session.sandbox]
                session.add_ir(TRIAL_IR)
                works = session.function("exclave_doctor")(21) == 42
                report["trial"] = {"works": works, "seconds": time.perf_counter() - start}
    except ExclaveError as error:
        report["trial"] = {"works": False, "error": f"{type(error).__name__}: {error.message}"}
        return error
    return None


def _print_report(report: dict[str, Any]) -> None:
    print_table("versions", report["versions"].items())
    print_table("limits of this process", report["limits"].items())
    executor = report.get("executor")
    if executor is not None:
        target = executor["target"]
        rows = [(key, str(target[key])) for key in ("triple", "cpu", "features", "page_size")]
        rows += [(name, str(value)) for name, value in executor["limits"].items()]
        rows += [(name, ", ".join(executor[name])) for name in ("readable_paths", "libraries")]
        print_table("executor", [("version", executor["executor_version"]), *rows])
    if "session" in report:
        print_table("sandbox", [_layer_row(layer) for layer in report["session"]])
    trial = report["trial"]
    how = f"in {human_seconds(trial['seconds'])}" if trial["works"] else trial.get("error", "wrong result")
    print(f"trial: {'works' if trial['works'] else 'FAILED'} {how}")


def _layer_row(layer: dict[str, Any]) -> tuple[str, str]:
    return layer["name"], f"{'on ' if layer['active'] else 'OFF'} {layer['detail']}"
