"""Which executor a command talks to, and how: the options that several commands have.

Owns: those options. Must not know: what is done with the executor.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from ..addresses import parse_address
from ..checks import checked_patience
from ..executor import Executor, connect
from ..identification import TLS, checked_identification
from ..remote.connection import Connection
from .console import CONNECT_HELP

Address = Annotated[str | None, typer.Option(help="unix:/path or host:port; default: an embedded executor")]
ConnectTimeout = Annotated[float | None, typer.Option(help=CONNECT_HELP, show_default=False)]
TlsCa = Annotated[Path | None, typer.Option(help="authority of the executor's certificate (TLS)", show_default=False)]
TlsCert = Annotated[Path | None, typer.Option(help="certificate of our own", show_default=False)]
TlsKey = Annotated[Path | None, typer.Option(help="its key", show_default=False)]
TlsName = Annotated[str, typer.Option(help="name in the executor's certificate", show_default=False)]
TokenFile = Annotated[Path | None, typer.Option(help="file with the executor's bearer token", show_default=False)]


class Where(NamedTuple):
    """What the options say."""

    address: str | None
    timeout: float | None
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_name: str = ""
    token_file: Path | None = None

    def connect(self) -> Executor:
        """Connect to it."""
        return connect(self.address, timeout=self.timeout, tls=self._tls(), token_file=self.token_file)

    def connection(self, address: str) -> Connection:
        """A connection to an executor that runs, without what compiles: for looking at it."""
        remote = parse_address(address)
        identification = checked_identification(remote, self._tls(), None, self.token_file)
        return Connection(remote, checked_patience(self.timeout), identification)

    def _tls(self) -> TLS | None:
        wanted = any((self.tls_ca, self.tls_cert, self.tls_key, self.tls_name))
        return TLS(self.tls_ca, self.tls_cert, self.tls_key, self.tls_name) if wanted else None
