"""`exclave inspect`: link files in a session, and show what lies where in its memory.

Owns: nothing but the order. Must not know: anything but the public API.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import LinkError
from .address import Address, ConnectTimeout, TlsCa, TlsCert, TlsKey, TlsName, TokenFile, Where
from .hints import hinting
from .inputs import add_files


def inspect(
    files: Annotated[list[Path], typer.Argument(help=".ll, .bc, .o, .a, or .c through cc", show_default=False)],
    svg: Annotated[Path | None, typer.Option(help="write a picture there, for a browser", show_default=False)] = None,
    address: Address = None,
    connect_timeout: ConnectTimeout = None,
    tls_ca: TlsCa = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    tls_name: TlsName = "",
    token_file: TokenFile = None,
    optimize: Annotated[int, typer.Option("-O", min=0, max=3, help="optimization of IR")] = 2,
) -> None:
    """Link files, with all that they define, and show what they take of a session's memory. Constructors run."""
    where = Where(address, connect_timeout, tls_ca, tls_cert, tls_key, tls_name, token_file)
    with where.connect() as executor, executor.session() as session:
        trackers = add_files(session, files, optimize)
        with hinting("add the file that defines them: exclave inspect takes several"):
            session.lookup([name for tracker in trackers for name in tracker.symbols])
        shown = session.memory_map()
    if svg is None:
        print(shown)
        return
    try:
        shown.save(svg)
    except OSError as error:
        raise LinkError(f"{svg}: cannot be written: {error.strerror or error}") from None
