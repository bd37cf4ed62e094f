"""`exclave run`: compile, link and run a program in a worker; exit as it did.

Owns: exit statuses (the program's; 128 + signal after a crash; 124 after the deadline, as timeout(1) does).
Must not know: anything but the public API.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from ..errors import CallTimeout, ExecutorCrash
from ..executor import connect
from ..session import Session
from .console import CONNECT_HELP, human_bytes, human_seconds, print_error, print_table
from .hints import hinting
from .inputs import add_files
from .pipes import PipeEnd

TIMED_OUT = 124
SIGNALLED = 128


def run(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help=".ll, .bc, .o, .a, or .c through cc", show_default=False)],
    address: Annotated[str | None, typer.Option(help="unix:/path or host:port; default: an embedded executor")] = None,
    connect_timeout: Annotated[float | None, typer.Option(help=CONNECT_HELP, show_default=False)] = None,
    timeout: Annotated[float | None, typer.Option(help="seconds that the program may run")] = None,
    optimize: Annotated[int, typer.Option("-O", min=0, max=3, help="optimization of IR")] = 2,
    account: Annotated[bool, typer.Option("--account", help="print what was done, and how long it took")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the account as JSON, to stderr")] = False,
) -> None:
    """Run a program: `exclave run FILE... [-- ARGS]`. It reads our standard input; exits with its status."""
    argv = [str(files[0]), *context.obj]
    with (
        connect(address, timeout=connect_timeout) as executor,
        executor.session(stdout=PipeEnd(sys.stdout.buffer), stderr=PipeEnd(sys.stderr.buffer)) as session,
    ):
        add_files(session, files, optimize)
        status = _run(session, argv, timeout)
        session.close()  # finalizers may print: before the account
        if account or as_json:
            _print_account(session, as_json)
    sys.exit(status)


def _run(session: Session, argv: list[str], timeout: float | None) -> int:
    try:
        with hinting("add the file that defines them: exclave run takes several"):
            return session.run_main(argv, timeout, stdin=_own_input())
    except CallTimeout as error:
        print_error(error)
        return TIMED_OUT
    except ExecutorCrash as error:
        print_error(error)
        return SIGNALLED + error.signal if error.signal else 1


def _own_input() -> BinaryIO | None:
    """What this process reads is what the program reads; None if somebody closed it."""
    return None if sys.stdin is None or sys.stdin.closed else sys.stdin.buffer


def _print_account(session: Session, as_json: bool) -> None:
    account = session.account
    if as_json:
        print(json.dumps(asdict(account)), file=sys.stderr)
        return
    rows = [
        ("modules of IR", f"{account.modules}"),
        ("objects", f"{account.objects}"),
        ("symbols", f"{account.symbols}"),
        ("edges", f"{account.edges}"),
        ("bytes", human_bytes(account.bytes)),
        ("Initialize rpcs", f"{account.finalize_rpcs}"),
    ]
    rows += [(phase, human_seconds(seconds)) for phase, seconds in account.seconds.items()]
    print_table("account", rows, to_stderr=True)
