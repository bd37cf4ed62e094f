"""`exclave top`: the sessions of a running executor, as they live.

Owns: when it looks, and how it ends. Must not know: how a look is shown. Invariant: looking changes nothing over there:
no session is opened, none is kept from being idle. Ctrl-C ends it quietly.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, RenderableType
from rich.live import Live

from ..remote.connection import Connection
from ..remote.statistics import list_session_stats
from ..statistics import WorkerStats
from .address import ConnectTimeout, TlsCa, TlsCert, TlsKey, TlsName, TokenFile, Where
from .rates import rates_between
from .top_table import top_table

ListenAddress = Annotated[
    str | None, typer.Argument(help="unix:/path or host:port; default: where `exclave executor` listens")
]


def top(
    address: ListenAddress = None,
    connect_timeout: ConnectTimeout = None,
    tls_ca: TlsCa = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    tls_name: TlsName = "",
    token_file: TokenFile = None,
    interval: Annotated[float, typer.Option(min=0.1, help="seconds between looks")] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="print once: averages since each session began")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the counters once, as JSON")] = False,
) -> None:
    """Watch the sessions that we have at an executor: memory, calls, CPU time."""
    where = Where(address, connect_timeout, tls_ca, tls_cert, tls_key, tls_name, token_file)
    try:
        connection = where.connection(address or default_address())
        try:
            _show(connection, interval, once, as_json)
        finally:
            connection.close()
    except KeyboardInterrupt:
        pass  # that is how one leaves it


def _show(connection: Connection, interval: float, once: bool, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(list_session_stats(connection)), indent=2))
    elif once or not sys.stdout.isatty():
        console = Console(highlight=False)
        console.print(_look(connection, {}, console.width)[0])
    else:
        _watch(connection, interval)


def _watch(connection: Connection, interval: float) -> None:
    """Until somebody interrupts it."""
    before: dict[str, WorkerStats] = {}
    never = threading.Event()
    with Live(console=Console(highlight=False), screen=True, auto_refresh=False) as live:
        while True:
            table, before = _look(connection, before, live.console.width)
            live.update(table, refresh=True)
            never.wait(interval)


def _look(
    connection: Connection, before: dict[str, WorkerStats], width: int
) -> tuple[RenderableType, dict[str, WorkerStats]]:
    """What to show, and what the next look is to be compared with."""
    stats = list_session_stats(connection)
    rates = rates_between(before, stats.sessions)
    return top_table(connection.address.target, stats, rates, width), {one.name: one for one in stats.sessions}


def default_address() -> str:
    """Where a daemon of this user listens that was not told where."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        return f"unix:{runtime}/exclave/executor.sock"
    if os.geteuid() == 0:
        return "unix:/run/exclave/executor.sock"
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return f"unix:{state}/exclave/executor.sock"
